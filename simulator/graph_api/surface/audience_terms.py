"""Terms of custom audiences: accepted from the beginning, until somebody at the admin door says otherwise."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.params import flag
from simulator.graph_api.record_calls import rows_page

TERMS = {
    "id": "custom_audience_tos",
    "type": "CUSTOM_AUDIENCE",
    "content": "https://www.facebook.com/legal/terms/customaudience",
}


def _controls(call: Call) -> Any:
    """What no client of Meta can do: accept the terms, or take that back."""
    call.own.terms_accepted = flag(call.params, "terms_accepted")
    call.changed()
    return {"success": True}


ROUTES: Routes = {
    ("GET", "account/customaudiencestos"): lambda call: rows_page(call, [TERMS] if call.own.terms_accepted else []),
    ("POST", "account/emulator_controls"): _controls,
}
