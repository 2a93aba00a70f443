"""The web application over the ports: `service/app.py` hands in the real ones, tests hand in fakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.types import LifespanHook

from service.api import methods, openapi, problems, routes, security
from service.api.given import Unread
from service.ports import Books, Clock, PolicyStore


def web_app(
    *,
    books: Books,
    store: PolicyStore,
    clock: Clock,
    version: str,
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
    mlflow_url: str | None = None,
    unread: Unread = dict,
    allowed_hosts: Sequence[str] = security.LOOPBACK,
) -> Litestar:
    """REST API, OpenAPI page, health and dashboard over these ports.

    Args:
        books: the reading side of the ledger; must be safe to use from several worker threads.
        store: where the promoted policy comes from.
        clock: time as the ad platform lives it.
        version: of Caudal, shown in the OpenAPI document and the page's footer.
        on_startup: hooks of the caller, for instance starting the scheduler.
        on_shutdown: hooks of the caller, in the order in which they shall run.
        mlflow_url: where people can open MLflow's pages; None where none is running.
        unread: configured accounts that could not be read since the start, and why.
        allowed_hosts: names (without port) by which requests may call this service.
    """
    app = Litestar(
        route_handlers=routes(),
        dependencies={
            "books": _given(books),
            "store": _given(store),
            "clock": _given(clock),
            "version": _given(version),
            "mlflow_url": _given(mlflow_url),
            "unread": _given(unread),
        },
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        openapi_config=openapi.config(version),
        request_class=problems.ProblemRequest,
        exception_handlers=problems.handlers(),
        middleware=[security.KnownHosts(allowed_hosts)],
        before_send=[security.add_headers, methods.complete_allow],
        request_max_body_size=problems.MOST_BODY_BYTES,
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=6),
        logging_config=None,
    )
    app.asgi_handler = methods.HeadAsGet(app.asgi_handler)
    return app


def _given(value: Any) -> Provide:
    """A dependency that is this very object."""

    def give() -> Any:
        return value

    return Provide(give, sync_to_thread=False)
