"""Rows of a customer file: which columns there are, which must be hashed, who a row is.

Meta: "Customer File Custom Audiences". Whether a row matches an account is decided by its own hash, so that the same
file always matches the same people; the shares are an assumption, for Meta publishes none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.graph_api.errors import bad_param, known
from simulator.graph_api.record_calls import missing

MOST = 10_000
SAMPLES = 100
HASHED = ("EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "ST", "CT", "ZIP", "COUNTRY")
PLAIN = ("EXTERN_ID", "MADID", "MOBILE_ADVERTISER_ID", "UID", "APPUID", "PAGEUID")
REMARKS = (
    "LOOKALIKE_VALUE",
    "DATA_PROCESSING_OPTIONS",
    "DATA_PROCESSING_OPTIONS_COUNTRY",
    "DATA_PROCESSING_OPTIONS_STATE",
)
"""Columns that say something about a person and do not tell who it is."""
MATCHED = {"EMAIL": 0.6, "PHONE": 0.55, "MADID": 0.5, "EXTERN_ID": 0.5, "UID": 0.9, "APPUID": 0.9, "PAGEUID": 0.9}
"""Share of people that each of these columns finds, alone."""
MATCHED_BY_DETAILS = 0.4
"""Share of people that names, places and birthdays find together."""
NOTHING = hashlib.sha256(b"").hexdigest()
"""A blank that somebody hashed."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_DEVICE = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_WIDE = 2**64


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever a row means: `names` are digests of what tells him from others, `country` that of his country."""

    names: tuple[int, ...]
    country: int | None
    matches: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """A checked payload; `samples` are up to 100 invalid rows by their place."""

    schema: tuple[str, ...]
    people: tuple[Person, ...]
    received: int
    samples: dict[str, str]

    @property
    def invalid(self) -> int:
        """Rows that are nobody."""
        return self.received - len(self.people)


def read_upload(payload: Any) -> Upload:
    """The people in a payload {"schema", "data", "is_raw"?, "app_ids"?, "page_ids"?}.

    Raises:
        GraphError: no payload, an unknown column, more than 10,000 rows (105).
    """
    if payload is None:
        raise missing("payload")
    if not isinstance(payload, Mapping):
        raise bad_param("payload", "must be an object with schema and data")
    schema = _schema(payload)
    data = payload.get("data")
    if not isinstance(data, list) or not data:
        raise bad_param("payload", "must have data, an array with at least one row")
    if len(data) > MOST:
        raise known(105, reason=f"at most {MOST} rows in one request, got {len(data)}")
    people: list[Person] = []
    samples: dict[str, str] = {}
    for place, row in enumerate(data):
        person = read_row(schema, row)
        if person:
            people.append(person)
        elif len(samples) < SAMPLES:
            samples[str(place)] = row if isinstance(row, str) else json.dumps(row)
    return Upload(schema, tuple(people), len(data), samples)


def read_row(schema: Sequence[str], row: Any) -> Person | None:
    """Who a row means; None where it is invalid: wrong length, not hashed, or nobody in it.

    >>> read_row(("EMAIL",), "mary@example.com") is None
    True
    """
    cells = row if isinstance(row, list) else [row]
    if len(cells) != len(schema):
        return None
    found: dict[str, str] = {}
    for column, cell in zip(schema, cells, strict=True):
        if column in REMARKS:
            continue
        value = str(cell if cell is not None else "").strip()
        if value in ("", NOTHING):
            continue
        if not _fits(column, value):
            return None
        found[column] = value.lower()
    return _person(found) if found else None


def country_digest(country: str) -> int:
    """The digest of a country in a row, from its two letters."""
    return _digest("COUNTRY", hashlib.sha256(country.lower().encode()).hexdigest())


def _schema(payload: Mapping[str, Any]) -> tuple[str, ...]:
    given = payload.get("schema")
    if given in (None, "", []):
        raise bad_param("payload", "must have a schema")
    columns = given if isinstance(given, list) else [given]
    schema = tuple(_column(str(column)) for column in columns)
    known_columns = (*HASHED, *PLAIN, *REMARKS)
    for column in schema:
        if column not in known_columns:
            raise bad_param("payload", f"has an unknown schema {column}; known: {', '.join(known_columns)}")
    for column, ids in (("UID", "app_ids"), ("APPUID", "app_ids"), ("PAGEUID", "page_ids")):
        if column in schema and not payload.get(ids):
            raise bad_param("payload", f"must have {ids} with schema {column}")
    return schema


def _column(name: str) -> str:
    column = name.strip().upper().removesuffix("_SHA256")
    return "MADID" if column == "MOBILE_ADVERTISER_ID" else column


def _fits(column: str, value: str) -> bool:
    if column in HASHED:
        return _SHA256.fullmatch(value) is not None
    if column == "MADID":
        return (_DEVICE.fullmatch(value) or _SHA256.fullmatch(value)) is not None
    return True


def _person(found: Mapping[str, str]) -> Person:
    country = _digest("COUNTRY", found["COUNTRY"]) if "COUNTRY" in found else None
    strong = {column: _digest(column, value) for column, value in found.items() if column in MATCHED}
    if strong:
        matches = any(digest < MATCHED[column] * _WIDE for column, digest in strong.items())
        return Person(tuple(strong.values()), country, matches)
    digest = _digest("DETAILS", _joined(found.items()))
    return Person((digest,), country, digest < MATCHED_BY_DETAILS * _WIDE)


def _joined(items: Iterable[tuple[str, str]]) -> str:
    return "|".join(f"{column}={value}" for column, value in sorted(items))


def _digest(column: str, value: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{column}:{value}".encode()).digest()[:8])
