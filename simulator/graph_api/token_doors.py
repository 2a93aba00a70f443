"""Tokens at the admin door: make one, end one, ask for proofs. The state file gets no token's text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.errors import did_you_mean
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.messages import Request
from simulator.graph_api.params import parsed
from simulator.graph_api.tokens import SCOPES

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

PATH = "/_emulator/tokens"
KNOWN = ("type", "scopes", "expires_in_seconds", "app_id", "revoke", "subcode", "require_proof")
LONGEST_SECONDS = 10 * 365 * 86400


def shown(state: Platform) -> dict[str, Any]:
    """Every token, for the admin door."""
    rows = [
        {
            "access_token": text,
            "type": token.kind,
            "scopes": list(token.scopes),
            "issued_at": token.issued_at.isoformat(),
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "revoked": token.ended,
        }
        for text, token in state.access.tokens.items()
    ]
    return {"require_proof": state.access.require_proof, "tokens": rows}


def change(state: Platform, params: Mapping[str, Any]) -> dict[str, Any]:
    """{"scopes", "type", "expires_in_seconds", "app_id"} mints, {"revoke", "subcode"} ends, {"require_proof"} switches.

    Raises:
        EmulatorError: an unknown key, or a value that cannot be.
    """
    for name in params:
        if name not in KNOWN:
            raise EmulatorError(f"tokens have no {name!r}; {did_you_mean(name, KNOWN)}")
    told = {name: parsed(params, name) for name in params if name != "revoke"}
    if "require_proof" in told:
        remember(state, {"require_proof": told["require_proof"]})
        return shown(state)
    if "revoke" in params:
        token = state.access.tokens.get(str(params["revoke"]))
        if token is None:
            raise EmulatorError("that token is not one of this emulator's")
        remember(state, {"end": token.number, "subcode": told.get("subcode", 460)})
        return shown(state)
    lives = told.get("expires_in_seconds")
    if lives is not None and (isinstance(lives, bool) or not isinstance(lives, int | float)):
        raise EmulatorError(f"expires_in_seconds is simulated seconds; got {lives!r}")
    if lives is not None and not 0 <= lives <= LONGEST_SECONDS:
        raise EmulatorError(f"expires_in_seconds is from 0 to {LONGEST_SECONDS}; got {lives!r}")
    kind = told.get("type") or ("SYSTEM_USER" if lives is None else "USER")
    app_id = str(params["app_id"]) if "app_id" in params else None
    mint = {"type": kind, "scopes": told.get("scopes", list(SCOPES)), "lives": lives, "app_id": app_id}
    made = remember(state, {"mint": mint})
    return {"access_token": made, **shown(state)}


def remember(state: Platform, step: Mapping[str, Any]) -> str:
    """Do one step and write it down for the state file; gives the token that was made or ended.

    Raises:
        EmulatorError: a value that cannot be.
    """
    done = repeat(state, step)
    state.mutated(Request("POST", PATH, dict(step)))
    return done


def repeat(state: Platform, step: Mapping[str, Any]) -> str:
    """Do one step, as at first and after every restart."""
    if "require_proof" in step:
        if not isinstance(step["require_proof"], bool):
            raise EmulatorError(f"require_proof is true or false; got {step['require_proof']!r}")
        state.access.require_proof = step["require_proof"]
        return ""
    if "end" in step:
        text = state.access.text_of(step["end"])
        state.access.end(text, step["subcode"])
        return text
    mint = step["mint"]
    scopes = mint["scopes"].split(",") if isinstance(mint["scopes"], str) else mint["scopes"]
    if not isinstance(scopes, list):
        raise EmulatorError(f"scopes is a list of words; got {scopes!r}")
    lives = mint["lives"]
    expires_at = None if lives is None else state.now + timedelta(seconds=lives)
    app_id = mint.get("app_id") or state.credentials.app_id
    return state.access.mint(mint["type"], scopes, state.now, expires_at, app_id)
