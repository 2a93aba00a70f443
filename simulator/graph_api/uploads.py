"""Files in requests, as plain JSON values that a state file can keep; and what their first bytes say they are."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

LONGEST_LOGGED = 10_000
_NAME, _CONTENT = "file_name", "base64"
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that begin a frame header, which holds the size."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image's format, as in its content type, and its size in pixels."""

    format: str
    width: int
    height: int


def upload(name: str, content: bytes) -> dict[str, str]:
    """A file part of a multipart body as a parameter."""
    return {_NAME: name, _CONTENT: base64.b64encode(content).decode()}


def uploaded(value: Any) -> tuple[str, bytes] | None:
    """Name and content of a file parameter; None where the value is none."""
    if not isinstance(value, Mapping) or set(value) != {_NAME, _CONTENT}:
        return None
    content = decoded(value[_CONTENT])
    return None if content is None else (str(value[_NAME]), content)


def decoded(text: Any) -> bytes | None:
    """Bytes of base64 text, None where it is none."""
    try:
        return base64.b64decode(str(text).encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def brief(value: Any) -> Any:
    """A parameter as the log of requests keeps it: files and very long texts by their size alone."""
    if found := uploaded(value):
        return f"file {found[0]} of {len(found[1])} bytes"
    if isinstance(value, str) and len(value) > LONGEST_LOGGED:
        return f"{value[:100]}... ({len(value)} characters)"
    return value


def hosted(state: Platform, record_id: str) -> tuple[str, bytes] | None:
    """Content type and bytes of the file that a record holds."""
    found = state.records.get(record_id)
    content = found.hidden.get("content") if found and not found.deleted else None
    return (str(found.hidden["content_type"]), content) if found and content else None


def picture(content: bytes) -> Picture | None:
    """Format and size of a PNG, GIF or JPEG; None where it is none of them or is cut off before its size."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return Picture("png", *struct.unpack(">II", content[16:24]))
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return Picture("gif", *struct.unpack("<HH", content[6:10]))
        return _jpeg(content) if content.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _jpeg(content: bytes) -> Picture | None:
    """Walk the segments up to the first frame header."""
    place = 2
    while place + 4 <= len(content):
        mark, kind, length = struct.unpack(">BBH", content[place : place + 4])
        if mark != 0xFF:  # noqa: PLR2004 - every segment begins with it
            return None
        if kind in _FRAME_HEADERS:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return Picture("jpeg", width, height)
        place += 2 + length
    return None
