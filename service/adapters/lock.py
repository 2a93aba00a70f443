"""One service per home: two would decide the same mornings twice over."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from service.errors import SettingsError


class HomeLock:
    """An advisory lock on `<home>/service.lock`; the kernel lets go of it when the process dies, however it dies."""

    def __init__(self, home: Path) -> None:
        """Args: home: the directory to hold."""
        self._path = home / "service.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, making the home if there is none.

        Raises:
            SettingsError: another service holds it, or the home cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SettingsError(
                f"CAUDAL_HOME: cannot write to {self._path.parent}: {error.strerror}; choose a directory of yours"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise SettingsError(
                f"another service (process {holder or 'unknown'}) already runs on {self._path.parent}: stop it, or "
                "give this one a home of its own with CAUDAL_HOME"
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; harmless if it was never taken."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
