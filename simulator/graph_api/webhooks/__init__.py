"""Webhooks: what is told (`events`), how it is packed and tried again (`deliveries`), and who sends it (`postman`)."""

from __future__ import annotations

HANDSHAKE = "_handshake"
"""Parameter in which a handshake's outcome comes with a request; what a client sends under this name is dropped."""
SHOOK = "ok"
OBJECT = "ad_account"
