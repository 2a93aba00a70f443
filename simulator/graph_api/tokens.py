"""Who may call: one app and its tokens, derived from the configuration, so that restarts change nothing.

Meta: "Access tokens", "Securing Graph API calls", "Debugging and error handling".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from simulator.graph_api.catalogue.requests import METHOD
from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.errors import EmulatorError, GraphError, invalid_proof, invalid_token, known
from simulator.graph_api.messages import Request

SCOPES = ("ads_management", "ads_read", "business_management")
KNOWN_SCOPES = (
    *SCOPES,
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_ads",
    "leads_retrieval",
    "read_insights",
)
SUBCODES = (458, 459, 460, 463, 464, 467, 492)
"""Reasons why a token has ended, as subcodes of 190."""

Kind: TypeAlias = Literal["SYSTEM_USER", "USER", "PAGE", "APP"]
KINDS: tuple[Kind, ...] = ("SYSTEM_USER", "USER", "PAGE", "APP")
LONG_LIVED = timedelta(days=60)
DATA_ACCESS = timedelta(days=90)


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

    @property
    def page_token(self) -> str:
        """The page's own token, which opens what the user's opens."""
        return f"EAApage{hashlib.sha256(f'{self.access_token}|{self.page_id}'.encode()).hexdigest()[:48]}"

    def proof(self, token: str) -> str:
        """HMAC-SHA256 of the token under the app secret, hexadecimal (Meta: "Securing Graph API calls")."""
        return hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()

    def minted(self, number: int, kind: Kind) -> str:
        """The text of the token of this number."""
        digest = hashlib.sha256(f"{self.app_secret}|token {number}".encode()).hexdigest()
        return f"{self.app_id}|{digest[:27]}" if kind == "APP" else f"EAAemulator{digest[:48]}"


@dataclass(slots=True)
class Token:
    """One access token; `expires_at` None never comes, `ended` is the subcode of why it has ended before."""

    number: int
    kind: Kind
    scopes: tuple[str, ...]
    issued_at: datetime
    app_id: str
    user_id: str | None
    expires_at: datetime | None = None
    ended: int | None = None

    def refusal(self, now: datetime) -> GraphError | None:
        """Why it is not taken any more, if it is not."""
        if self.ended is not None:
            return known(190, self.ended)
        if self.expires_at is None or now < self.expires_at:
            return None
        told = [f"{at:%A, %d-%b-%y %H:%M:%S} UTC" for at in (self.expires_at, now)]
        text = f"Error validating access token: Session has expired on {told[0]}. The current time is {told[1]}."
        return known(190, 463, message=text)


class Access:
    """The tokens of one emulator.

    Args:
        credentials: of the app; its own token is a system user's and never expires.
        now: simulated.
        require_proof: whether every call must bring an appsecret_proof.
    """

    def __init__(self, credentials: Credentials, now: datetime, *, require_proof: bool) -> None:
        self._credentials = credentials
        self.require_proof = require_proof
        own = Token(0, "SYSTEM_USER", SCOPES, now, credentials.app_id, credentials.user_id)
        app = Token(1, "APP", (), now, credentials.app_id, None)
        page = Token(2, "PAGE", SCOPES, now, credentials.app_id, credentials.user_id)
        self.tokens = {
            credentials.access_token: own,
            f"{credentials.app_id}|{credentials.app_secret}": app,
            credentials.page_token: page,
        }

    def mint(self, kind: Kind, scopes: Iterable[str], now: datetime, expires_at: datetime | None, app_id: str) -> str:
        """A new token.

        Raises:
            EmulatorError: an unknown kind or scope.
        """
        wanted = tuple(scopes)
        if kind not in KINDS:
            raise EmulatorError(f"a token's type is one of {', '.join(KINDS)}; got {kind!r}")
        if unknown := [scope for scope in wanted if scope not in KNOWN_SCOPES]:
            raise EmulatorError(f"there is no scope {unknown[0]!r}; known: {', '.join(KNOWN_SCOPES)}")
        number = len(self.tokens)
        user = None if kind == "APP" else self._credentials.user_id
        text = self._credentials.minted(number, kind)
        self.tokens[text] = Token(number, kind, wanted, now, app_id, user, expires_at)
        return text

    def text_of(self, number: int) -> str:
        """The token of this number.

        Raises:
            EmulatorError: there is none.
        """
        for text, token in self.tokens.items():
            if token.number == number:
                return text
        raise EmulatorError(f"there is no token number {number}")

    def end(self, text: str, subcode: int) -> None:
        """A token is not taken any more, for the reason of this subcode.

        Raises:
            EmulatorError: it is not ours, or there is no such reason.
        """
        if text not in self.tokens:
            raise EmulatorError("that token is not one of this emulator's")
        if subcode not in SUBCODES:
            raise EmulatorError(f"subcode is one of {', '.join(map(str, SUBCODES))}; got {subcode!r}")
        self.tokens[text].ended = subcode

    def admit(self, request: Request, now: datetime) -> Token:
        """The token of a request, if it is ours, still good, and its proof fits.

        Raises:
            GraphError: 104 or 2500 without a token, 190 for a bad one, 100 for the proof.
        """
        text = request.token
        if not text:
            raise _no_token(request)
        token = self.tokens.get(text)
        if token is None:
            raise invalid_token()
        if refusal := token.refusal(now):
            raise refusal
        self._check_proof(request, token, text)
        return token

    def _check_proof(self, request: Request, token: Token, text: str) -> None:
        proof = request.params.get("appsecret_proof")
        if proof is None:
            if self.require_proof and token.kind != "APP":
                needed = "API calls from the server require an appsecret_proof argument"
                raise known(100, kind=METHOD, message=needed)
            return
        ours = token.app_id == self._credentials.app_id
        if not ours or not hmac.compare_digest(str(proof).encode(), self._credentials.proof(text).encode()):
            raise invalid_proof()


def _no_token(request: Request) -> GraphError:
    if "me" in request.segments[:2]:
        return known(2500, message="An active access token must be used to query information about the current user.")
    return known(104, message="An access token is required to request this resource.")
