"""`caudal serve`: the REST door, the dashboard, the scheduler and its workers, in one process."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import Annotated

import typer

from service.errors import SettingsError


def serve(
    role: Annotated[str, typer.Option(help="all: everything; api: only HTTP, beside a process that does the rest.")] = (
        "all"
    ),
    host: Annotated[str | None, typer.Option(help="Address to listen on [CAUDAL_HOST, 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one [CAUDAL_PORT, 8200].")] = None,
) -> None:
    """Serve API and dashboard, and see every account's morning through (configured by environment variables)."""
    import uvicorn  # noqa: PLC0415 - heavy imports stay inside commands

    from service.adapters.logs import configure  # noqa: PLC0415 - the same
    from service.app import Role, assemble, create_app  # noqa: PLC0415 - the same
    from service.settings import load_settings  # noqa: PLC0415 - the same

    if role not in set(Role):
        raise typer.BadParameter(f"{role!r}: choose {' or '.join(Role)}", param_hint="--role")
    settings = load_settings({k: v for k, v in {"CAUDAL_HOST": host, "CAUDAL_PORT": port}.items() if v is not None})
    configure()
    # uvicorn hands the signal back when it is done; without this the process would die of it instead of ending.
    signal.signal(signal.SIGTERM, _end)
    door = listen(settings.host, settings.port)
    service = assemble(settings, role=Role(role))
    try:
        service.start()
        app = create_app(settings, service=service)
        url = f"http://{settings.host}:{door.getsockname()[1]}"
        typer.echo(f"Dashboard {url}/   API {url}/docs   health {url}/health/ready")
        options = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=2, server_header=False
        )
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(options).run(sockets=[door])
    finally:
        service.stop()
        door.close()


def _end(_number: int, _frame: object) -> None:
    """SIGTERM is how a service is asked to end: with everything closed, and without a complaint."""
    raise SystemExit(0)


def listen(host: str, port: int, option: str = "--port or CAUDAL_PORT") -> socket.socket:
    """A listening socket.

    Raises:
        SettingsError: the port is taken, or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only a socket that says TCP gets TCP_NODELAY from asyncio; without it every answer waits 40 ms for an ACK.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(128)
    except OSError as error:
        door.close()
        raise SettingsError(
            f"port {port} on {host} cannot be used ({error.strerror}): choose another with {option}"
        ) from error
    return door


COMMAND = serve
