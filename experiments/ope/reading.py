"""Logs of decisions from CSV and Parquet files, by the names of their columns."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.errors import did_you_mean
from experiments.errors import LogRefused
from experiments.ope.log import BanditLog, refuse_row

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log, and where a column of the file holds them, the target's probabilities of the logged actions (N,)."""

    log: BanditLog
    target: FloatArray | None
    position_names: tuple[str, ...]


def read_log(
    path: Path,
    *,
    action: str,
    reward: str,
    propensity: str,
    position: str | None = None,
    time: str | None = None,
    target: str | None = None,
    n_actions: int | None = None,
) -> LogFile:
    """The log in a .csv or .parquet file.

    Args:
        path: of the file; rows are rounds.
        action: column of the action: whole numbers from 0 on, or names.
        reward: column of the reward, numbers.
        propensity: column of the logging policy's probability of the logged action.
        position: column of the position in a list, if there is one.
        time: column to sort by, as numbers where all are, else as text (ISO times sort rightly); without it rows are
            taken as they come.
        target: column of the target policy's probability of the logged action, if there is one.
        n_actions: how many actions there are, where some were never logged and actions are numbers.

    Raises:
        LogRefused: no such file or column (with the nearest name), or a cell that is no number; the message says which
            row of the file, from 1 on below the header.
    """
    names = [name for name in (action, reward, propensity, position, time, target) if name is not None]
    table = _parquet(path, names) if path.suffix.lower() in {".parquet", ".pq"} else _csv(path, names)
    if not len(table[action]):
        raise LogRefused(f"{path} has no rows below its header")
    order = np.arange(len(table[action])) if time is None else _in_time(table[time])
    actions, action_names = _codes(table[action], action, n_actions)
    places: tuple[IntArray | None, tuple[str, ...]] = (None, ())
    if position is not None:
        places = _dense(table[position])
    numbers = {name: _numbers(table[name], name) for name in {reward, propensity, target} - {None} if name is not None}
    count = len(action_names) or n_actions or int(actions.max()) + 1
    # Checked in the file's order, so that rows are named as in the file.
    log = BanditLog(actions, numbers[reward], numbers[propensity], count, places[0], action_names=action_names)
    if time is not None:
        where = None if log.positions is None else log.positions[order]
        log = BanditLog(
            log.actions[order], log.rewards[order], log.propensities[order], count, where, action_names=action_names
        )
    return LogFile(log, None if target is None else numbers[target][order], places[1])


def read_target(path: Path, file: LogFile) -> FloatArray:
    """A target policy from a file with columns `action`, `probability` and perhaps `position`: (A,) or (A, L).

    Actions that it does not name have probability 0.

    Raises:
        LogRefused: no such file or column, an action or position that the log does not have, or one named twice.
    """
    log = file.log
    table = _csv(path, ["action", "probability"], optional=("position",))
    actions = {name: code for code, name in enumerate(log.action_names or map(str, range(log.n_actions)))}
    places = {name: code for code, name in enumerate(file.position_names)} if "position" in table else {}
    if "position" in table and not places:
        raise LogRefused(f"{path} has positions, and the log has none: name the log's column of positions")
    found = np.full((log.n_actions, log.n_positions if places else 1), np.nan)
    chances = _numbers(table["probability"], "probability")
    for row, (name, chance) in enumerate(zip(table["action"], chances, strict=True), start=1):
        if name.strip() not in actions:
            raise LogRefused(f"{path}, row {row}: action {name!r} is not in the log ({did_you_mean(name, actions)})")
        place = 0
        if places:
            said = table["position"][row - 1].strip()
            if said not in places:
                raise LogRefused(f"{path}, row {row}: position {said!r} is not in the log: known: {', '.join(places)}")
            place = places[said]
        if np.isfinite(found[actions[name.strip()], place]):
            raise LogRefused(f"{path}, row {row}: action {name!r} has a probability already")
        found[actions[name.strip()], place] = chance
    whole: FloatArray = np.nan_to_num(found)
    return whole if places else whole.reshape(-1)


def _csv(path: Path, names: Sequence[str], optional: Sequence[str] = ()) -> dict[str, list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            wanted = [*names, *(name for name in optional if name in header)]
            places = [_place(name, header, path) for name in dict.fromkeys(wanted)]
            columns: list[list[str]] = [[] for _ in places]
            for number, row in enumerate((row for row in rows if row), start=1):
                if len(row) <= max(places):
                    raise LogRefused(f"{path}, row {number}: it has {len(row)} cells, and the header {len(header)}")
                for column, place in zip(columns, places, strict=True):
                    column.append(row[place])
    except OSError as error:
        raise LogRefused(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise LogRefused(f"{path} is not a CSV file in UTF-8: {error}") from error
    return dict(zip(dict.fromkeys(wanted), columns, strict=True))


def _parquet(path: Path, names: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    try:
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise LogRefused("reading Parquet needs pyarrow: install it, or save the log as CSV") from error
    try:
        header = parquet.read_schema(path).names
        for name in names:
            _place(name, header, path)
        table = parquet.read_table(path, columns=list(dict.fromkeys(names)))
    except OSError as error:
        raise LogRefused(f"cannot read {path}: {error}") from error
    except ValueError as error:  # pyarrow's own errors are ValueErrors
        raise LogRefused(f"{path} is not a Parquet file: {error}") from error
    return {name: table.column(name).to_pylist() for name in names}


def _place(name: str, header: Sequence[str], path: Path) -> int:
    if name not in header:
        raise LogRefused(f"{path} has no column {name!r}: {did_you_mean(name, header)}")
    return list(header).index(name)


def _numbers(cells: Sequence[Any], column: str) -> FloatArray:
    try:
        found: FloatArray = np.array(cells, dtype=np.float64)
    except (TypeError, ValueError) as error:
        row, cell = next((row, cell) for row, cell in enumerate(cells, start=1) if not _is_number(cell))
        said = "empty" if cell in {"", None} else repr(cell)
        raise LogRefused(f"row {row}: {column} is {said}; write plain numbers such as 0.0125") from error
    return found


def _is_number(cell: Any) -> bool:
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True


def _codes(cells: Sequence[Any], column: str, n_actions: int | None) -> tuple[IntArray, tuple[str, ...]]:
    """Actions as numbers from 0 on: as they are where they are whole numbers, else in the order of their names."""
    words = np.array([str(cell).strip() for cell in cells])
    blank = (words == "") | (words == "None")
    refuse_row(blank, words, f"{column} is empty: every round has the action that was taken")
    if all(word.isascii() and word.isdigit() for word in np.unique(words)):
        return words.astype(np.int64), ()
    names, codes = np.unique(words, return_inverse=True)
    if n_actions is not None and n_actions != len(names):
        raise LogRefused(
            f"{column} has {len(names)} names, and {n_actions} actions were said: number actions from 0 on where some "
            "were never logged"
        )
    return codes.astype(np.int64), tuple(names.tolist())


def _dense(cells: Sequence[Any]) -> tuple[IntArray, tuple[str, ...]]:
    """Positions as numbers from 0 on, in the order of their values, with what they were called."""
    words = [str(cell).strip() for cell in cells]
    known = sorted(set(words), key=lambda word: (not word.isdigit(), int(word) if word.isdigit() else 0, word))
    code = {word: place for place, word in enumerate(known)}
    return np.array([code[word] for word in words], dtype=np.int64), tuple(known)


def _in_time(cells: Sequence[Any]) -> IntArray:
    try:
        order: IntArray = np.argsort(np.array(cells, dtype=np.float64), kind="stable")
    except (TypeError, ValueError):
        order = np.argsort(np.array([str(cell) for cell in cells]), kind="stable")
    return order
