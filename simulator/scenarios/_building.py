"""Plain values of a file to a scenario or a fleet; what one file says of another is looked up from its own folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from simulator.errors import did_you_mean
from simulator.fleet import Fleet, Member
from simulator.mechanism import mechanisms
from simulator.scenario import Scenario
from simulator.scenarios._reading import SUFFIXES, Document, Refused, read

LIBRARY = Path(__file__).parent
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_TEXTS = ("name", "description", "currency", "time_zone")
_FLEET_KEYS = ("name", "description", "accounts")


def library() -> dict[str, Path]:
    """The files that come with the package by name, sorted."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*.yaml"))}


def locate(reference: str, folder: Path) -> Path:
    """The file that a name of the library means, or that a path means; anything with a suffix or a slash is a path.

    Args:
        reference: name or path.
        folder: where a relative path begins.

    Raises:
        ValueError: there is none; the nearest name is suggested, or it is said where the file should be.
    """
    known = library()
    if "/" not in reference and "\\" not in reference and not Path(reference).suffix:
        if reference not in known:
            here = next((f"./{reference}{end}" for end in SUFFIXES if (folder / f"{reference}{end}").is_file()), None)
            hint = f"did you mean the file {here}?" if here else did_you_mean(reference, known)
            raise ValueError(f"there is no scenario {reference!r}: {hint}")
        return known[reference]
    try:
        path = folder / Path(reference).expanduser()
        there, folder_there = path.is_file(), path.is_dir()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{reference} cannot be looked for: {error}") from error
    if folder_there:
        raise ValueError(f"{path.absolute()} is a folder, and one file is needed here")
    if not there:
        raise ValueError(f"there is no file {path.absolute()}; names that need no file: {', '.join(known)}")
    return path


def build(path: Path, chain: tuple[Path, ...] = ()) -> Scenario | Fleet:
    """What a file describes.

    Args:
        path: a file that is there.
        chain: the files that led here.

    Raises:
        ValueError: the file, the line where it is known, and what is wrong.
    """
    own = path.resolve()
    if own in chain:
        loop = " -> ".join(step.name for step in (*chain, own))
        raise Refused(f"{path}: files refer to each other in a circle: {loop}")
    document = read(path)
    fleet = "accounts" in document.values
    try:
        return _fleet(document, (*chain, own)) if fleet else _scenario(document, (*chain, own))
    except Refused:
        raise
    except ValueError as error:
        raise document.refusal(error) from error


def _scenario(document: Document, chain: tuple[Path, ...]) -> Scenario:
    values = {"name": document.path.stem, **document.values}
    _check_name(values["name"])
    base = _single(values.pop("extends"), document, chain, "extends") if "extends" in values else None
    return _made(base, values)


def _fleet(document: Document, chain: tuple[Path, ...]) -> Fleet:
    values = {"name": document.path.stem, "description": "", **document.values}
    for key in values:
        if key not in _FLEET_KEYS:
            raise ValueError(f"a fleet has no {key!r}: {did_you_mean(key, _FLEET_KEYS)}")
    _check_name(values["name"])
    if not isinstance(values["description"], str):
        raise ValueError(f"description must be text, got {values['description']!r}")  # noqa: TRY004 - one refusal for all bad values
    if not isinstance(values["accounts"], list):
        raise ValueError("accounts must be a list, such as `- scenario: small`")  # noqa: TRY004 - one refusal for all bad values
    members = []
    for i, entry in enumerate(values["accounts"]):
        try:
            members.append(_member(entry, i, document, chain))
        except Refused:
            raise
        except ValueError as error:
            raise document.refusal(error, f"accounts.{i}") from error
    return Fleet(values["name"], values["description"], tuple(members))


def _member(entry: Any, index: int, document: Document, chain: tuple[Path, ...]) -> Member:
    """One account: a scenario, the place of its seed, and what is different from the scenario."""
    if not isinstance(entry, dict) or "scenario" not in entry:
        raise ValueError("an account needs a scenario, such as `- scenario: small`")
    changes = dict(entry)
    base = _single(changes.pop("scenario"), document, chain, f"accounts.{index}.scenario")
    seed = changes.pop("seed", index)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"seed must be a whole number, got {seed!r}")  # noqa: TRY004 - one refusal for all bad values
    if "name" in changes:
        _check_name(changes["name"])
    known = {"scenario", "seed", *(entry.name for entry in fields(Scenario)), *mechanisms()} - {"mechanisms"}
    for key in changes:
        if key not in known:
            raise ValueError(f"an account has no {key!r}: {did_you_mean(key, known)}")
    return Member(_made(base, changes) if changes else base, seed)


def _single(reference: Any, document: Document, chain: tuple[Path, ...], place: str) -> Scenario:
    """The one scenario that a file refers to."""
    if not isinstance(reference, str):
        raise ValueError(f"{place} must be the name or the path of a scenario, got {reference!r}")  # noqa: TRY004 - one refusal for all bad values
    try:
        path = locate(reference, document.path.parent)
    except ValueError as error:
        raise document.refusal(error, place) from error
    found = build(path, chain)
    if isinstance(found, Fleet):
        raise document.refusal(f"{reference!r} is a fleet, and one scenario is needed here", place)
    return found


def _made(base: Scenario | None, values: Mapping[str, Any]) -> Scenario:
    """A scenario of its own, or the base with these changes; a section changes the parameters that it names."""
    ready: dict[str, Any] = {}
    for key, value in values.items():
        if value is None and key in {entry.name for entry in fields(Scenario)}:
            raise ValueError(f"{key} has no value: say one, or leave the line out")
        if key in mechanisms():
            ready[key] = _section(key, value, base)
        elif key in _TEXTS and not isinstance(value, str):
            raise ValueError(f"{key} must be text, got {value!r} (quote it)")
        else:
            ready[key] = _day(value) if key == "start_day" else value
    if base is not None:
        return base.having(**ready)
    return Scenario.from_mapping({k: v for k, v in ready.items() if v is not None or k not in mechanisms()})


def _section(name: str, value: Any, base: Scenario | None) -> dict[str, Any] | None:
    """Parameters of a mechanism; `on` means those of the base or else the defaults, `off` means None."""
    if value is False:
        return None
    if value is not True and not isinstance(value, dict):
        raise ValueError(f"{name} must be on, off, or parameters of its own below it, got {_said(value)}")
    given = {} if value is True else value
    inherited = base.mechanisms[name].to_mapping() if base and name in base.mechanisms else {}
    return {**inherited, **given}


def _said(value: Any) -> str:
    """A value as it was found, with what to do about the commonest mistakes."""
    if value is None:
        return "nothing: indent what belongs to it"
    return f"{value!r} in quotes: leave them out" if value in ("on", "off", "true", "false") else repr(value)


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"start_day must be a day such as 2026-03-02, got {value!r}") from error


def _check_name(name: Any) -> None:
    """Names become labels of figures and parts of file names."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"name must be letters, digits, dots, dashes and underscores, got {name!r} (without one, it is the file's)"
        )
