"""How to reach one ad account: where, as whom, and how patiently."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from agents.vocabulary import NO_CEILING_MINOR
from service.errors import SettingsError
from service.platforms.meta.versions import SUPPORTED_VERSIONS


@dataclass(frozen=True, slots=True)
class MetaConnection:
    """One account and the right to speak for it. Token and secret stay out of `repr`.

    `timeout_seconds` bounds each silence and, twice over, each whole answer. `floor_minor` is the smallest daily budget
    this account accepts (Meta's minimums vary by country, currency and goal) or its owner allows; 0 leaves it to the
    platform to refuse. `ceiling_minor` is the largest that the owner allows an ad set.
    `token_in_header` sends the token as `Authorization: Bearer`, so that no URL, log line or exception can carry it;
    False falls back to the SDK's query string. `calls_at_once` is how many calls of the account may be in flight.

    Raises:
        SettingsError: a value that cannot work; the message names the variable, never the token.
    """

    graph_url: str
    access_token: str = field(repr=False)
    app_id: str | None
    app_secret: str | None = field(repr=False)
    account_id: str
    api_version: str = "v26.0"
    reward_action_type: str = "purchase"
    timeout_seconds: float = 30.0
    floor_minor: int = 0
    ceiling_minor: int = NO_CEILING_MINOR
    token_in_header: bool = True
    max_answer_bytes: int = 32 * 2**20
    calls_at_once: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot work, before a call does."""
        if not re.fullmatch(r"[\x21-\x7e]+", self.access_token):
            raise SettingsError("META_ACCESS_TOKEN is empty or holds blanks or unprintable characters: paste it again")
        if not re.fullmatch(r"act_[0-9]+", self.account_id):
            raise SettingsError(f"META_AD_ACCOUNT_ID must look like act_1234567890, got {self.account_id!r}")
        if not re.fullmatch(r"v[0-9]+\.[0-9]+", self.api_version):
            raise SettingsError(f"META_API_VERSION must look like v26.0, got {self.api_version!r}")
        if self.api_version not in SUPPORTED_VERSIONS:
            raise SettingsError(
                f"META_API_VERSION {self.api_version} is not one that this adapter was made for: "
                f"set one of {', '.join(SUPPORTED_VERSIONS)}"
            )
        if not self.reward_action_type:
            raise SettingsError("the reward's action type is empty: name one, for instance purchase")
        if self.timeout_seconds <= 0 or self.floor_minor < 0 or self.max_answer_bytes <= 0:
            raise SettingsError("timeout and answer size must be positive and the floor not negative")
        if self.ceiling_minor < self.floor_minor:
            raise SettingsError(
                f"{self.account_id}: the largest daily budget ({self.ceiling_minor}) is below the smallest "
                f"({self.floor_minor})"
            )
        if self.calls_at_once < 1:
            raise SettingsError("an account needs at least one call in flight")
        _check_url(self.graph_url)


def _check_url(url: str) -> None:
    """A token travels over TLS, or does not leave the machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise SettingsError("the Graph URL must be like https://graph.facebook.com, without user, query or blanks")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise SettingsError(f"the Graph URL must use https: {parts.hostname} is not this machine")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
