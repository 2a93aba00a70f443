"""The state file: every change, one JSON line each, on disk before its answer leaves; replayed at the next start.

The first line says what the file was made for. A torn last line is what a crash leaves behind and is cut off: its
answer was never sent. A line that is broken anywhere else is an error.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.errors import EmulatorError

FORMAT = "caudal.emulator.1"


def header_of(config: EmulatorConfig) -> dict[str, Any]:
    """What a state file is bound to: accounts with their scenarios as they are now. Port and speed may change."""
    accounts = [
        {
            "scenario": account.market.name,
            "seed": account.seed,
            "digest": account.market.digest,
            **({"start_day": account.start_day.isoformat()} if account.start_day else {}),
        }
        for account in config.accounts
    ]
    return {"format": FORMAT, "accounts": accounts}


def start_day_of(path: Path) -> date | None:
    """The day to which the scenarios of a state file were moved; None where there is no file, or they were not.

    Raises:
        EmulatorError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline())
        return date.fromisoformat(header["accounts"][0]["start_day"])
    except (KeyError, IndexError, TypeError, ValueError, FileNotFoundError):
        return None  # what is wrong with the file is said when it is opened
    except OSError as error:
        raise EmulatorError(f"state file {path} cannot be opened: {error.strerror}") from error


class Journal:
    """An open state file, ours alone until it is closed.

    Args:
        path: made, with its folder, where it does not exist.
        header: what it must be bound to.

    Raises:
        EmulatorError: made for something else, damaged, in use by another emulator, or not writable.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
        except OSError as error:
            raise EmulatorError(f"state file {path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise EmulatorError(f"state file {path} is in use by another emulator") from error
        try:
            self.entries = self._load(header)
        except EmulatorError:
            self._file.close()
            raise

    def _load(self, header: dict[str, Any]) -> list[dict[str, Any]]:
        self._file.seek(0)
        raw = self._file.read()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            self._file.truncate(whole)
        lines = raw[:whole].splitlines()
        if not lines:
            self.write([header])
            return []
        found = [self._parsed(number, line) for number, line in enumerate(lines, start=1)]
        if found[0] != header:
            was, wanted = _described(found[0]), _described(header)
            told = f"made for {was}, not for {wanted}; give the accounts it was made for"
            if _named(found[0]) == _named(header):
                told = f"made for other contents of {was}: give the same --start, the unchanged scenario"
            raise EmulatorError(f"state file {self.path} was {told}, or another --state-file")
        return found[1:]

    def _parsed(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            raise EmulatorError(f"state file {self.path} is damaged in line {number}; restore it or remove it")
        return entry

    def write(self, entries: Iterable[dict[str, Any]]) -> None:
        """Append, and come back only when it is on disk."""
        data = b"".join(json.dumps(entry, separators=(",", ":")).encode() + b"\n" for entry in entries)
        if data:
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let another emulator have it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _described(header: dict[str, Any]) -> str:
    accounts = header.get("accounts")
    if header.get("format") != FORMAT or not isinstance(accounts, list):
        return f"format {header.get('format')!r}"
    return ", ".join(f"{a['scenario']} seed {a['seed']} ({str(a['digest'])[:8]})" for a in accounts)


def _named(header: dict[str, Any]) -> Any:
    """What the accounts are called, whatever is in them."""
    accounts = header.get("accounts")
    return [(a["scenario"], a["seed"]) for a in accounts] if isinstance(accounts, list) else None
