"""What goes into the core and what comes out: plain values, no sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = "_outcomes"
"""Parameter of a remembered request: how each of its parts ended. Never a client's to say."""
PROTOCOL_PARAMS = frozenset(
    {"access_token", "appsecret_proof", "method", "locale", "suppress_http_code", "format", "id"}
)
"""Parameters that say how to talk, not what to do; Meta's SDK for Node repeats an object's own id in every update."""

SECRET_PARAMS = frozenset({"client_secret", "fb_exchange_token", "input_token"})
SECRET_INSIDE = re.compile(r"""((?:access_token|appsecret_proof|Bearer|OAuth)["' :=+]*(?:%22|%20)*)[\w|%-]+""")


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
    def token(self) -> str:
        """Who calls: the token of the header, or else of the parameters; empty where there is none."""
        return self.bearer or str(self.params.get("access_token") or "")

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


def without_secrets(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters for the log: what says who calls is left out, also inside the operations of a batch."""
    kept = {name: value for name, value in params.items() if name not in PROTOCOL_PARAMS | SECRET_PARAMS}
    if "batch" in kept:
        text = kept["batch"] if isinstance(kept["batch"], str) else json.dumps(kept["batch"])
        kept["batch"] = SECRET_INSIDE.sub(r"\1...", text)
    return kept
