"""One row of the error catalogue."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Family: TypeAlias = Literal[
    "transient",
    "async_insights",
    "too_much_data",
    "throttle",
    "auth",
    "permission",
    "validation",
    "budget",
    "budget_sharing",
    "state",
    "account",
    "dsa",
    "conversions",
    "lookalike",
    "batch",
]

BAD_REQUEST, FORBIDDEN, SERVER_ERROR = 400, 403, 500
EXAMPLES = {
    "account_number": "1000000000000001",
    "currency": "USD",
    "method": "get",
    "minimum": "1.00",
    "months": 37,
    "name": "name",
    "node_type": "AdSet",
    "object_id": "1",
    "path": "unknown",
    "reason": "must be valid",
    "version": "v1.0",
}
"""What stands in a text where whoever raises the error does not fill it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An error that Meta answers.

    `code` and `subcode` are what a client must branch on. `transient` is `is_transient` as Meta sends it: absent
    (None) more often than not, and sometimes wrong. `blame` names the fields at fault; `blame_as_text` says that
    error_data comes as JSON text instead of an object (Meta sends both). `family` is our own word for what to
    do about it. `status` is the HTTP status, about which Meta promises nothing. Texts may hold {placeholders}.
    """

    code: int
    subcode: int | None = None
    family: Family
    message: str = "Invalid parameter"
    type: str = "OAuthException"
    title: str | None = None
    user_message: str | None = None
    transient: bool | None = None
    status: int = BAD_REQUEST
    blame: tuple[tuple[str, ...], ...] = ()
    blame_as_text: bool = False

    @property
    def key(self) -> tuple[int, int | None, str]:
        """What no two entries share: one code may come with several types."""
        return self.code, self.subcode, self.type

    def filled(self, text: str | None, **values: Any) -> str | None:
        """A text of this entry with its placeholders filled, by `values` first and by examples otherwise."""
        if text is None:
            return None
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
        return text.format(**{name: values.get(name, EXAMPLES.get(name, name)) for name in names})
