"""What goes into the core and what comes out: plain values, no sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROTOCOL_PARAMS = frozenset(
    {"access_token", "appsecret_proof", "method", "locale", "suppress_http_code", "format", "id"}
)
"""Parameters that say how to talk, not what to do; Meta's SDK for Node repeats an object's own id in every update."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `path` begins with a slash; `params` are those of query and body together, text or parsed JSON.

    `bearer` is the token of an Authorization header, if there was one; `base_url` is how the client reached us.
    """

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    bearer: str | None = None
    base_url: str = ""

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path; doubled and trailing slashes mean nothing, as on Graph."""
        return tuple(part for part in self.path.split("/") if part)

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters that say what to do."""
        return {name: value for name, value in self.params.items() if name not in PROTOCOL_PARAMS}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: `body` is a JSON value."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
