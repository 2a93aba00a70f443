"""Who may call: one system user of one app, derived from the configuration, so that restarts change nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.errors import invalid_proof, invalid_token
from simulator.graph_api.messages import Request

SCOPES = ("ads_management", "ads_read", "business_management")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client must know. The token opens nothing but this emulator."""

    access_token: str
    app_id: str
    app_secret: str
    user_id: str
    business_id: str
    page_id: str
    pixel_id: str

    @classmethod
    def derive(cls, config: EmulatorConfig) -> Credentials:
        """The same configuration has the same credentials."""
        root = ",".join(f"{account.market.name}:{account.seed}" for account in config.accounts)

        def digest(purpose: str) -> str:
            return hashlib.sha256(f"caudal emulator|{root}|{purpose}".encode()).hexdigest()

        def number(purpose: str) -> str:
            return "1" + str(int(digest(purpose), 16) % 10**14).zfill(14)

        return cls(
            access_token=f"EAAemulator{digest('token')[:48]}",
            app_id=number("app"),
            app_secret=digest("secret")[:32],
            user_id=number("user"),
            business_id=number("business"),
            page_id=number("page"),
            pixel_id=number("pixel"),
        )

    def admit(self, request: Request) -> None:
        """Let a request in whose token is ours and whose proof, if it brings one, fits.

        Raises:
            GraphError: 190 for the token, 100 for the proof.
        """
        token = request.bearer or str(request.params.get("access_token") or "")
        if not any(hmac.compare_digest(token.encode(), ours.encode()) for ours in (self.access_token, self.page_token)):
            raise invalid_token()
        proof = request.params.get("appsecret_proof")
        if proof is not None and not hmac.compare_digest(str(proof).encode(), self.proof(token).encode()):
            raise invalid_proof()

    @property
    def page_token(self) -> str:
        """The page's own token, which opens what the user's opens."""
        return f"EAApage{hashlib.sha256(f'{self.access_token}|{self.page_id}'.encode()).hexdigest()[:48]}"

    def proof(self, token: str) -> str:
        """HMAC-SHA256 of the token under the app secret, hexadecimal (Meta: "Securing Graph API calls")."""
        return hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()

    def debug(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of GET /debug_token."""
        if params.get("input_token") != self.access_token:
            error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
            return {"data": {"is_valid": False, "scopes": [], "error": error}}
        return {
            "data": {
                "app_id": self.app_id,
                "application": "Caudal emulator",
                "type": "SYSTEM_USER",
                "is_valid": True,
                "expires_at": 0,
                "data_access_expires_at": 0,
                "scopes": list(SCOPES),
                "user_id": self.user_id,
            }
        }
