"""The handshake before a subscription: the callback address must answer a challenge (Meta: "Verification Requests")."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from simulator.graph_api.messages import Request
from simulator.graph_api.webhooks import HANDSHAKE, SHOOK

SECONDS = 5.0
MOST_ANSWER = 4096


def asks_for_handshake(request: Request) -> bool:
    """Whether this is a subscription."""
    meant = str(request.params.get("method") or request.method).upper()
    return meant == "POST" and request.segments[-1:] == ("subscriptions",) and bool(request.params.get("callback_url"))


def with_outcome(request: Request, *, anywhere: bool) -> Request:
    """The request with what its callback address answered; this waits for that."""
    return replace(request, params={**request.params, HANDSHAKE: _outcome(request.params, anywhere=anywhere)})


def permitted(url: str, *, anywhere: bool) -> bool:
    """Whether posts may go to an address: to this machine, unless `anywhere`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    if anywhere or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def _outcome(params: Mapping[str, Any], *, anywhere: bool) -> str:
    import httpx  # noqa: PLC0415 - only those who subscribe load it

    url, token = str(params["callback_url"]), str(params.get("verify_token") or "")
    try:
        if not permitted(url, anywhere=anywhere):
            return f"{url} is not an address on this machine (caudal emulate --callbacks-anywhere allows others)"
        challenge = str(int(hashlib.sha256(f"{url} {token}".encode()).hexdigest()[:8], 16))
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        with httpx.Client(trust_env=False, timeout=SECONDS, follow_redirects=False) as client:
            answer = client.get(url, params=asked)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"HTTP Status Code = 0; {type(error).__name__}: {error}"
    if answer.status_code != 200 or answer.text[:MOST_ANSWER].strip() != challenge:  # noqa: PLR2004 - HTTP OK
        return f"HTTP Status Code = {answer.status_code}; the body was not the challenge"
    return SHOOK
