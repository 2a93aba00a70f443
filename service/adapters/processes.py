"""Child processes that never outlive their parent's work: each in a group of its own, ended with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from service.errors import ServiceError

OURS = ("CAUDAL_", "META_", "MLFLOW_", "DUMMY_MODE")
"""Variables that children do not inherit: they know of us what they are told, and nothing of a person's set-up."""
CAUDAL = (sys.executable, "-m", "service")


class ChildFailed(ServiceError):
    """A child process did not do its work; the message carries its own last words."""


class Child:
    """A process in the background. Its standard error, and its output after the first line, go to a log file."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it.

        Args:
            name: what people call it.
            arguments: the command.
            environment: laid over this process's own.
            log: where it writes.
        """
        self.name, self.log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                arguments,
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=sink,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is also that of its group."""
        return self._process.pid

    def first_line(self, seconds: float) -> str:
        """The first line it prints.

        Raises:
            ChildFailed: it ended, or said nothing in time.
        """
        pipe = self._process.stdout
        if pipe is None:
            raise ChildFailed(f"{self.name} has no output")
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            line = pipe.readline() if selector.select(seconds) else b""
        if not line:
            self.require()
            raise ChildFailed(f"{self.name} said nothing for {seconds:.0f} seconds; its log is {self.log}")
        return line.decode().rstrip("\n")

    def require(self) -> None:
        """Nothing, while it runs.

        Raises:
            ChildFailed: it has ended, with its last words.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            # A pipe closes a moment before the process is gone: give it that moment.
            code = self._process.wait(timeout=0.05)
            raise ChildFailed(f"{self.name} ended with exit code {code}: {last_words(self.log)}")

    def stop(self, seconds: float = 8.0) -> None:
        """Ask its group to end, then make it; harmless when it is gone."""
        _signal_group(self.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            _signal_group(self.pid, signal.SIGKILL)
            self._process.wait()
        _signal_group(self.pid, signal.SIGKILL)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Family:
    """All children of one piece of work; leaving the block, however it is left, ends them, youngest first."""

    def __init__(self, logs: Path) -> None:
        """Args: logs: folder for what they write."""
        self._logs = logs
        self._children: list[Child] = []
        self._former: Any = None

    def __enter__(self) -> Self:
        """From now on a SIGTERM leaves the block in good order too."""
        self._former = signal.signal(signal.SIGTERM, _leave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all children."""
        while self._children:
            self._children.pop().stop()
        signal.signal(signal.SIGTERM, self._former)

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
        """A child in the background."""
        child = Child(name, arguments, environment, self._logs / f"{name}.log")
        self._children.append(child)
        return child

    def require(self) -> None:
        """Nothing, while every child runs.

        Raises:
            ChildFailed: one has ended.
        """
        for child in self._children:
            child.require()

    def wait(self, what: str, ready: Callable[[], bool], seconds: float, every_seconds: float = 0.1) -> None:
        """Until something holds, while every child is alive.

        Raises:
            ChildFailed: a child ended, or it took too long.
        """
        end = time.monotonic() + seconds
        while not ready():
            self.require()
            if time.monotonic() > end:
                raise ChildFailed(f"{what} took more than {seconds:.0f} seconds; logs are in {self._logs}")
            pause(every_seconds)


def run_json(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run a command to its end; its progress goes to our standard error, the one object it prints is given back.

    Raises:
        ChildFailed: it failed, after saying why on standard error, or printed something else.
    """
    with subprocess.Popen(  # noqa: S603 - our own commands
        arguments,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            _signal_group(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise ChildFailed(f"{name} failed (exit code {process.returncode}); its own words stand above")
    try:
        found = json.loads(output)
    except ValueError as error:
        raise ChildFailed(f"{name} printed no JSON object: {output[:200]!r}") from error
    if not isinstance(found, dict):
        raise ChildFailed(f"{name} printed no JSON object: {output[:200]!r}")
    return found


def last_words(log: Path) -> str:
    """The last line of a log that says something, without our own prefix."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("caudal: ") if lines else f"it said nothing in {log}"


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)  # noqa: TID251 - this is the adapter


def seconds_now() -> float:
    """A stopwatch's reading."""
    return time.monotonic()


def _environment(changes: Mapping[str, str]) -> dict[str, str]:
    inherited = os.environ.items()  # noqa: TID251 - this is the adapter
    return {name: value for name, value in inherited if not name.startswith(OURS)} | dict(changes)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def _leave(number: int, _frame: object) -> None:
    """SIGTERM as an exception, so that blocks are left."""
    raise SystemExit(128 + number)
