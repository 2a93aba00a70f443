"""Tokens as clients see them: what one is and may do, and how one becomes another.

Meta: "Debugging access tokens", "Long-lived access tokens", "App access tokens".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.catalogue.requests import METHOD
from simulator.graph_api.errors import GraphError, bad_param, invalid_token, known, unknown_path
from simulator.graph_api.token_doors import remember
from simulator.graph_api.tokens import DATA_ACCESS, KNOWN_SCOPES, LONG_LIVED, Token

APPLICATION = "Caudal emulator"


def _debug(call: Call) -> Any:
    """GET /debug_token?input_token=...: all about a token of this app, also one that has ended."""
    text = call.params.get("input_token")
    if not text:
        raise bad_param("input_token", "is required")
    token = call.state.access.tokens.get(str(text))
    if token is None:
        error = invalid_token().body("")["error"]
        return {"data": {"error": _told(error), "is_valid": False, "scopes": []}}
    if token.app_id != call.state.credentials.app_id:
        raise known(100, kind=METHOD, message="(#100) The App_id in the input_token did not match the Viewing App")
    return {"data": _described(call, token)}


def _described(call: Call, token: Token) -> dict[str, Any]:
    ended = token.refusal(call.state.now)
    targets = [account.number for account in call.state.accounts.values()]
    found: dict[str, Any] = {
        "app_id": token.app_id,
        "type": token.kind,
        "application": APPLICATION,
        "data_access_expires_at": _stamp(token.issued_at + DATA_ACCESS) if token.kind == "USER" else 0,
        "expires_at": _stamp(token.expires_at),
        "is_valid": ended is None,
        "issued_at": _stamp(token.issued_at),
        "scopes": list(token.scopes),
        "granular_scopes": [
            {"scope": scope, "target_ids": targets} if scope.startswith("ads_") else {"scope": scope}
            for scope in token.scopes
        ],
        "user_id": token.user_id,
    }
    if ended:
        found["error"] = _told(ended.body("")["error"])
    return {name: value for name, value in found.items() if value is not None}


def _told(error: dict[str, Any]) -> dict[str, Any]:
    told = {"code": error["code"], "message": error["message"], "subcode": error.get("error_subcode")}
    return {name: value for name, value in told.items() if value is not None}


def _stamp(at: datetime | None) -> int:
    """Seconds since 1970; 0 is never."""
    return 0 if at is None else int(at.timestamp())


def _permissions(call: Call) -> Any:
    """GET /me/permissions: every permission there is, granted or declined."""
    token = call.state.access.tokens.get(call.request.token)
    granted = token.scopes if token else ()
    rows = [{"permission": scope, "status": "granted"} for scope in granted]
    return {"data": rows + [{"permission": s, "status": "declined"} for s in KNOWN_SCOPES if s not in granted]}


def _oauth(call: Call) -> Any:
    """GET or POST /oauth/access_token: a long-lived token for a short-lived one, or the app's own token."""
    if call.edge != "access_token":
        raise unknown_path((call.kind, call.edge))
    params, state = call.request.params, call.state
    if str(params.get("client_id") or "") != state.credentials.app_id:
        raise known(101, message="Error validating application. Cannot get application info due to a system error.")
    if str(params.get("client_secret") or "") != state.credentials.app_secret:
        raise known(1, message="Error validating client secret.").but(http_status=400)
    kind = params.get("grant_type")
    if kind == "client_credentials":
        return {"access_token": f"{state.credentials.app_id}|{state.credentials.app_secret}", "token_type": "bearer"}
    if kind != "fb_exchange_token":
        raise bad_param("grant_type", "must be one of {client_credentials, fb_exchange_token}")
    token = state.access.tokens.get(str(params.get("fb_exchange_token") or ""))
    ended: GraphError | None = invalid_token() if token is None else token.refusal(state.now)
    if token is None or ended:
        raise ended or invalid_token()
    lives = None if token.kind == "SYSTEM_USER" else LONG_LIVED
    made = remember(state, {"mint": {"type": token.kind, "scopes": list(token.scopes), "lives": _seconds(lives)}})
    expires = {} if lives is None else {"expires_in": int(lives.total_seconds())}
    return {"access_token": made, "token_type": "bearer", **expires}


def _seconds(lives: timedelta | None) -> float | None:
    return None if lives is None else lives.total_seconds()


ROUTES: Routes = {
    ("GET", "debug_token"): _debug,
    ("GET", "user/permissions"): _permissions,
    ("GET", "oauth/access_token"): _oauth,
    ("POST", "oauth/access_token"): _oauth,
}
