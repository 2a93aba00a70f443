"""Text of a YAML or JSON file to plain values, with the line of every key.

YAML is read by the rules of its version 1.2 (core schema), plus `on` and `off`: `NO` is a country, 12:30 is no number
of seconds, 1e3 is a number, and a date stays text. Nothing but mappings, lists and scalars is ever made of a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUFFIXES = (".yaml", ".yml", ".json")

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9][0-9_]*")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONGEST = 18
_REMEDIES = {
    "cannot start any token": "indent with spaces, not tabs, and quote text that begins with a special character",
    "mapping values are not allowed": "quote text with a colon in it, and begin keys of one level in one column",
    "another document": "a file holds one scenario: leave out the line `---`",
}
"""What to do about the parser's commonest sentences, by a part of them."""
_TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


class Refused(ValueError):
    """A refusal that names its file already."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's values, and the line of every key by its dotted place, such as `learning.results` or `accounts.0`."""

    path: Path
    values: dict[str, Any]
    lines: Mapping[str, int]

    def refusal(self, error: Exception | str, place: str = "") -> Refused:
        """What is wrong with this file, with the line of the key that the sentence names, or of `place`."""
        line = _line_of(str(error), self.lines, place)
        return Refused(f"{self.path}{f', line {line}' if line else ''}: {error}")


def read(path: Path) -> Document:
    """The mapping in a file.

    Raises:
        Refused: it cannot be read, is no YAML or JSON, holds a key twice, or is no mapping.
    """
    if path.suffix not in SUFFIXES:
        raise Refused(f"{path}: a scenario's file ends in {', '.join(SUFFIXES)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from error
    lines: dict[str, int] = {}
    try:
        values = _from_json(path, text) if path.suffix == ".json" else _from_yaml(path, text, lines)
    except RecursionError as error:
        raise Refused(f"{path} is nested too deeply") from error
    if not isinstance(values, dict):
        raise Refused(f"{path}: expected keys and values, such as `ad_sets: 5`")
    return Document(path, values, lines)


def as_scalar(text: str) -> Any:
    """What an unquoted YAML scalar means.

    >>> [as_scalar(text) for text in ("1e3", "NO", "off", "20_000", "2026-03-02")]
    [1000.0, 'NO', False, 20000, '2026-03-02']
    """
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        # Beyond 18 digits no amount or count here is meant; as a float it meets the ordinary bounds.
        return int(text) if len(text) <= _LONGEST else float(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _from_json(path: Path, text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise Refused(f"{path}: {key} is given twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once, parse_int=as_scalar)
    except json.JSONDecodeError as error:
        raise Refused(f"{path}, line {error.lineno}: not JSON: {error.msg}") from error


def _from_yaml(path: Path, text: str, lines: dict[str, int]) -> Any:
    import yaml  # noqa: PLC0415 - only where a file is read

    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = str(error.problem or error.context)
        remedy = next((f" ({words})" for part, words in _REMEDIES.items() if part in problem), "")
        raise Refused(f"{path}{where}: not YAML: {problem}{remedy}") from error
    except yaml.YAMLError as error:
        raise Refused(f"{path}: not YAML: {error}") from error
    return {} if node is None else _value(path, node, "", lines, set())


def _value(path: Path, node: Any, place: str, lines: dict[str, int], seen: set[int]) -> Any:
    """What a node of the tree means; places are noted on the way."""
    line = node.start_mark.line + 1
    if node.tag not in _TAGS:
        raise Refused(f"{path}, line {line}: tags such as {node.tag} are not read here")
    if node.id == "scalar":
        return as_scalar(node.value) if node.style is None else node.value
    if id(node) in seen:
        raise Refused(f"{path}, line {line}: an anchor is used again; write it out, or use `extends`")
    seen.add(id(node))
    if node.id == "sequence":
        return [_item(path, item, f"{place}{i}", lines, seen) for i, item in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key, item in node.value:
        line = key.start_mark.line + 1
        if key.id != "scalar":
            raise Refused(f"{path}, line {line}: a key must be a word")
        if key.value in found:
            raise Refused(f"{path}, line {line}: {key.value} is given twice")
        lines[f"{place}{key.value}"] = line
        found[key.value] = _value(path, item, f"{place}{key.value}.", lines, seen)
    return found


def _item(path: Path, node: Any, place: str, lines: dict[str, int], seen: set[int]) -> Any:
    lines[place] = node.start_mark.line + 1
    return _value(path, node, f"{place}.", lines, seen)


def _line_of(sentence: str, lines: Mapping[str, int], place: str) -> int | None:
    """The line of the first key that a sentence names, inside `place` where it is there, and of its parameter."""
    words = re.findall(r"\w+(?:\.\w+)*", sentence)
    within = f"{place}." if place else ""
    key = next((within + word for word in words if within + word in lines), place)
    inner = next((f"{key}.{word}" for word in words if f"{key}.{word}" in lines), key)
    return lines.get(inner)
