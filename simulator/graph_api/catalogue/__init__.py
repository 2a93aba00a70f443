"""Every error that the emulator can answer, with its texts: one table for raising errors and for mapping them.

>>> find(613, 1487632).title
'Ad set budget changed too many times'
>>> find(100, type="GraphBatchException").family
'batch'
"""

from __future__ import annotations

from typing import Any

from simulator.graph_api.catalogue.access import ACCESS
from simulator.graph_api.catalogue.data import DATA
from simulator.graph_api.catalogue.entry import Entry, Family
from simulator.graph_api.catalogue.requests import REQUESTS
from simulator.graph_api.catalogue.states import STATES
from simulator.graph_api.catalogue.throttles import THROTTLES
from simulator.graph_api.catalogue.trouble import TROUBLE
from simulator.graph_api.catalogue.uploads import UPLOADS

__all__ = ["CATALOGUE", "Entry", "Family", "find", "listed"]

CATALOGUE: tuple[Entry, ...] = (*TROUBLE, *THROTTLES, *ACCESS, *REQUESTS, *STATES, *DATA, *UPLOADS)

_BY_CODE: dict[tuple[int, int | None], Entry] = {}
for _entry in CATALOGUE:
    _BY_CODE.setdefault((_entry.code, _entry.subcode), _entry)
_BY_KEY = {entry.key: entry for entry in CATALOGUE}


def find(code: int, subcode: int | None = None, *, type: str | None = None) -> Entry:  # noqa: A002 - Meta's own word
    """The entry of a code; where a code comes with several types, the first unless `type` says which.

    Raises:
        KeyError: there is none; the message names the subcodes that the code has.
    """
    found = _BY_CODE.get((code, subcode)) if type is None else _BY_KEY.get((code, subcode, type))
    if found is None:
        known = sorted({str(entry.subcode) for entry in CATALOGUE if entry.code == code})
        hint = f"known with subcode {', '.join(known)}" if known else "see GET /_emulator/errors"
        raise KeyError(f"no error {code} with subcode {subcode}{f' and type {type}' if type else ''}; {hint}")
    return found


def listed() -> list[dict[str, Any]]:
    """The whole table as JSON objects, absent parts left out."""
    return [_shown(entry) for entry in CATALOGUE]


def _shown(entry: Entry) -> dict[str, Any]:
    shown = {
        "code": entry.code,
        "subcode": entry.subcode,
        "type": entry.type,
        "family": entry.family,
        "message": entry.filled(entry.message),
        "title": entry.title,
        "user_message": entry.filled(entry.user_message),
        "is_transient": entry.transient,
        "status": entry.status,
        "blame_field_specs": [list(path) for path in entry.blame] or None,
    }
    return {name: value for name, value in shown.items() if value is not None}
