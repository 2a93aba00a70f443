"""Several worlds behind one port, each an emulator of its own: one without a name, others under a path prefix."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from simulator.graph_api.clock import real_now
from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.recipes import Recipe, checked_name

ADMIN = "_emulator"
VERSION = re.compile(r"v\d+\.\d+")
MOST_WORLDS, MOST_ACCOUNTS = 100, 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: a world, its prefix ("" or "/name"), and the path inside it."""

    emulator: Emulator
    prefix: str
    path: str


class Worlds:
    """Every world of one process. Any method may be called from any thread.

    With a state file STATE, the world `b` has its own in STATE.b, and STATE.worlds.json lists the worlds made while it
    ran, so that they are there again after a restart.

    Args:
        config: the world without a name, and how all are served.
        recipes: the named ones.
        wall: a monotonic counter of seconds.
        now: the real instant, for worlds that begin now.

    Raises:
        EmulatorError: an unknown scenario, or a state file that does not fit.
    """

    def __init__(
        self,
        config: EmulatorConfig,
        recipes: Mapping[str, Recipe],
        wall: Callable[[], float],
        now: Callable[[], datetime] = real_now,
    ) -> None:
        self.config = config
        self._wall, self._now = wall, now
        self._lock = Lock()
        self._made: dict[str, Recipe] = {}
        self.named: dict[str, Emulator] = {}
        self.default = _begun(config, wall, now)
        try:
            for name, recipe in {**self._listed(), **recipes}.items():
                self._add(checked_name(name), recipe)
        except EmulatorError:
            self.close()
            raise

    def place(self, path: str) -> Place | None:
        """The world that a path speaks to; None where it names one that is not there."""
        _, _, rest = path.partition("/")
        name, _, inside = rest.partition("/")
        if found := self.named.get(name):
            return Place(found, f"/{name}", f"/{inside}")
        following = inside.lstrip("/").partition("/")[0]
        # Two versions cannot follow each other, and no object of the API has one inside.
        if name and name != ADMIN and (following == ADMIN or VERSION.fullmatch(following)):
            return None
        return Place(self.default, "", path)

    def items(self) -> dict[str, Emulator]:
        """Every world by its prefix, the one without a name first."""
        return {"": self.default, **{f"/{name}": found for name, found in list(self.named.items())}}

    def create(self, name: object, recipe: Recipe) -> str:
        """Begin a world, and give its name.

        Raises:
            EmulatorError: the name is taken or impossible, or the recipe is.
        """
        checked = checked_name(name)
        with self._lock:
            if checked in self.named:
                raise EmulatorError(f"there is a world {checked!r} already; remove it first (DELETE worlds/{checked})")
            if len(self.named) >= MOST_WORLDS:
                raise EmulatorError(f"{MOST_WORLDS} worlds are the most; remove one first")
            if (recipe.accounts or 0) > MOST_ACCOUNTS:
                raise EmulatorError(f"{MOST_ACCOUNTS} accounts are the most of a world made over the admin door")
            if self.config.everyone_may_call and any("/" in text or "." in text for text in recipe.scenarios):
                raise EmulatorError("where everyone may call, worlds are made of the library's scenarios, by name")
            self._add(checked, recipe)
            self._made[checked] = recipe
            self._list()
        return checked

    def remove(self, name: str) -> None:
        """End a world and forget it, with its state file.

        Raises:
            EmulatorError: there is none of this name.
        """
        with self._lock:
            ended = self.named.pop(name, None)
            if ended is None:
                known = ", ".join(self.named) or "none but the one without a name, which stays"
                raise EmulatorError(f"there is no world {name!r}; known: {known}")
            ended.close()
            self._made.pop(name, None)
            self._list()
            if file := self._file(name):
                file.unlink(missing_ok=True)

    def close(self) -> None:
        """End all worlds; what they are is in their state files."""
        for emulator in self.items().values():
            emulator.close()

    def _add(self, name: str, recipe: Recipe) -> None:
        config = recipe.config(self._now(), self._file(name))
        own = self.config
        config = replace(config, faults=own.faults, tier=own.tier, require_proof=own.require_proof)
        self.named[name] = _begun(config, self._wall, self._now)

    def _file(self, suffix: str) -> Path | None:
        own = self.config.state_file
        return own.with_name(f"{own.name}.{suffix}") if own else None

    def _listed(self) -> dict[str, Recipe]:
        """Worlds that were made while an earlier process ran."""
        file = self._file("worlds.json")
        if file is None or not file.exists():
            return {}
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            self._made = {name: Recipe.from_json(values) for name, values in found.items()}
        except (OSError, ValueError, AttributeError, TypeError, EmulatorError) as error:
            raise EmulatorError(
                f"the list of worlds in {file} cannot be read ({error}); restore or remove it"
            ) from error
        return self._made

    def _list(self) -> None:
        """Write the list of worlds; it is replaced whole, so that a crash leaves the old one or the new one."""
        file = self._file("worlds.json")
        if file is None:
            return
        draft = file.with_name(f"{file.name}.new")
        with draft.open("w", encoding="utf-8") as out:
            json.dump({name: recipe.to_json() for name, recipe in self._made.items()}, out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)


def _begun(config: EmulatorConfig, wall: Callable[[], float], now: Callable[[], datetime]) -> Emulator:
    """A world; one that begins now does so when it has been made, which may take a while."""
    emulator = Emulator(config, wall)
    try:
        if config.begins_now and (begin_at := now()) > emulator.now():
            emulator.move(begin_at)
    except EmulatorError:
        emulator.close()
        raise
    return emulator
