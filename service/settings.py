"""One frozen `Settings`, read once from the environment and passed down; every bad value is one sentence."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agents.errors import did_you_mean
from agents.observation import HISTORY_DAYS
from service.decision import Mode
from service.errors import SettingsError

GRAPH_URL = "https://graph.facebook.com"
TRACKING_SCHEMES = ("sqlite", "postgresql", "mysql", "mssql", "http", "https", "file", "databricks", "databricks-uc")
LIVE_NEEDS = {
    "META_APP_ID": "meta_app_id",
    "META_APP_SECRET": "meta_app_secret",
    "META_ACCESS_TOKEN": "meta_access_token",
    "META_AD_ACCOUNT_ID": "meta_ad_account_ids",
}


def _env(name: str, default: Any = None, **limits: Any) -> Any:
    """A field that is read from exactly this environment variable."""
    return Field(default=default, validation_alias=name, **limits)


class Settings(BaseSettings):
    """Everything that can be configured; names of environment variables are the aliases. Durations are seconds."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, case_sensitive=True, hide_input_in_errors=True
    )

    dummy_mode: bool = _env("DUMMY_MODE", True)
    meta_app_id: str | None = _env("META_APP_ID")
    meta_app_secret: SecretStr | None = _env("META_APP_SECRET")
    meta_access_token: SecretStr | None = _env("META_ACCESS_TOKEN")
    meta_ad_account_ids: Annotated[tuple[str, ...], NoDecode] = _env("META_AD_ACCOUNT_ID", ())
    meta_pixel_id: str | None = _env("META_PIXEL_ID")
    meta_webhook_verify_token: SecretStr | None = _env("META_WEBHOOK_VERIFY_TOKEN")
    meta_api_version: str = _env("META_API_VERSION", "v26.0")

    mlflow_tracking_uri: str = _env("MLFLOW_TRACKING_URI", "")
    home: Path = _env("CAUDAL_HOME", Path(".caudal"))
    database_url: str = _env("CAUDAL_DATABASE_URL", "")
    host: str = _env("CAUDAL_HOST", "127.0.0.1")
    port: int = _env("CAUDAL_PORT", 8200, ge=0, le=65535)
    graph_url: str = _env("CAUDAL_GRAPH_URL", GRAPH_URL)
    clock_url: str | None = _env("CAUDAL_CLOCK_URL")
    platform_timeout_seconds: float = _env("CAUDAL_PLATFORM_TIMEOUT_SECONDS", 20.0, gt=0, le=600)

    tick_seconds: float = _env("CAUDAL_TICK_SECONDS", 2.0, ge=0.02, le=3600)
    morning_hour: int = _env("CAUDAL_MORNING_HOUR", 2, ge=0, le=23)
    history_days: int = _env("CAUDAL_HISTORY_DAYS", HISTORY_DAYS, ge=1, le=365)
    mode: Mode = _env("CAUDAL_MODE", Mode.SHADOW)
    mlflow_url: str | None = _env("CAUDAL_MLFLOW_URL")
    """Where people can open MLflow's pages, for the link on the dashboard."""
    policy_model: str = _env("CAUDAL_POLICY_MODEL", "budget-policy")
    policy_alias: str = _env("CAUDAL_POLICY_ALIAS", "champion")
    guardrails: Annotated[Mapping[str, Mapping[str, Any]] | None, NoDecode] = _env("CAUDAL_GUARDRAILS")
    budget_bounds: Annotated[Mapping[str, tuple[int, int | None]], NoDecode] = _env("CAUDAL_BUDGET_BOUNDS", {})
    """Smallest and largest daily budget of an ad set, minor units, by account id; None is no largest."""
    quarantine_seconds: float = _env("CAUDAL_QUARANTINE_SECONDS", 600.0, ge=0)
    deadline_seconds: float = _env("CAUDAL_DEADLINE_SECONDS", 5.0, gt=0, le=600)
    root_seed: int = _env("CAUDAL_ROOT_SEED", 0, ge=0, lt=2**63)

    emulator_scenarios: Annotated[tuple[str, ...], NoDecode] = _env("CAUDAL_EMULATOR_SCENARIOS", ("medium", "small"))
    emulator_seed: int = _env("CAUDAL_EMULATOR_SEED", 1, ge=0, lt=2**31)
    emulator_speed: float = _env("CAUDAL_EMULATOR_SPEED", 1440.0, ge=0, le=1e6)
    """Simulated seconds per second in dummy mode: 1440 is a day a minute, 0 stands still until it is stepped."""

    @field_validator("meta_api_version")
    @classmethod
    def _graph_version(cls, value: str) -> str:
        """As it stands in the address of every call."""
        if not re.fullmatch(r"v[0-9]{1,3}\.[0-9]", value):
            raise ValueError(f"{value!r} is no Graph API version, for instance v26.0")
        return value

    @field_validator("mlflow_tracking_uri")
    @classmethod
    def _tracking_scheme(cls, value: str) -> str:
        """A scheme that MLflow knows, or a path; the address itself may carry a password and is not repeated."""
        found = re.match(r"([A-Za-z][A-Za-z0-9.-]+)[A-Za-z0-9.+-]*:", value)
        if found and found[1].lower() not in TRACKING_SCHEMES:
            raise ValueError(
                f"MLflow keeps no records at {found[1]}://: expected {', '.join(TRACKING_SCHEMES)}, or a path"
            )
        return value

    @field_validator("meta_ad_account_ids", "emulator_scenarios", mode="before")
    @classmethod
    def _comma_list(cls, value: object) -> object:
        """`a, b` → `("a", "b")`."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("meta_ad_account_ids")
    @classmethod
    def _account_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Every id in its canonical form, once."""
        for account_id in value:
            if not re.fullmatch(r"(act_)?\d+", account_id):
                raise ValueError(f"{account_id!r} is no ad account id; expected act_ and digits, separated by commas")
        ids = tuple(a if a.startswith("act_") else f"act_{a}" for a in value)
        if len(set(ids)) != len(ids):
            raise ValueError("the same ad account is named twice")
        return ids

    @field_validator("guardrails", "budget_bounds", mode="before")
    @classmethod
    def _json(cls, value: object) -> object:
        """JSON text → the object it means."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from error

    @field_validator("budget_bounds")
    @classmethod
    def _ordered_bounds(cls, value: Mapping[str, tuple[int, int | None]]) -> object:
        """Between an account's bounds there is something."""
        for account_id, (least, most) in value.items():
            if not re.fullmatch(r"act_\d+", account_id):
                raise ValueError(f"{account_id!r} is no ad account id; expected act_ and digits")
            if least < 0 or (most is not None and most < least):
                raise ValueError(f"{account_id}: {least} to {most} is no range of budgets in minor units")
        return value

    @field_validator("guardrails")
    @classmethod
    def _known_guardrails(cls, value: Mapping[str, Mapping[str, Any]] | None) -> object:
        """Names and limits exist: a misspelt limit must not be found out by an unguarded morning."""
        from service.guardrails import build_guardrails  # noqa: PLC0415 - numpy, only where it is configured

        if value is not None:
            try:
                build_guardrails(value)
            except SettingsError as error:
                raise ValueError(str(error)) from error
        return value

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        """Nobody has to log in yet, so nobody from elsewhere may knock."""
        try:
            inside = value == "localhost" or ipaddress.ip_address(value).is_loopback
        except ValueError:
            inside = False
        if not inside:
            raise ValueError(
                f"{value!r} is not a loopback address; there is no login yet, so only this machine may reach the "
                "service: use 127.0.0.1 and a tunnel"
            )
        return value

    @field_validator("graph_url", "clock_url", "mlflow_url")
    @classmethod
    def _url(cls, value: str | None, info: ValidationInfo) -> str | None:
        """A scheme and a host; the token is not sent in the clear to another machine."""
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{value!r} is no http(s) address")
        if info.field_name == "graph_url" and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("plain http is only for this machine: the access token would travel in the clear")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        """A live service without credentials would fail at its first morning: say so now, and everything at once."""
        missing = [name for name, field in LIVE_NEEDS.items() if not getattr(self, field)]
        if not self.dummy_mode and missing:
            raise ValueError(
                f"DUMMY_MODE=false needs {', '.join(missing)}: set {'it' if len(missing) == 1 else 'them'}, or leave "
                "DUMMY_MODE=true to run against the built-in emulator"
            )
        return self

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps its records: `MLFLOW_TRACKING_URI`, or an SQLite file in the home."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.home.absolute() / 'mlflow.db'}"

    @property
    def ledger_url(self) -> str:
        """Where the ledger lives: `CAUDAL_DATABASE_URL`, or an SQLite file in the home."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'ledger.db'}"


NAMES = frozenset(str(field.validation_alias) for field in Settings.model_fields.values())
"""Every environment variable that is read."""
PREFIX = "CAUDAL_"
"""What begins so is a setting, or a misspelt one."""
ALSO_OURS = frozenset({"CAUDAL_CHROMIUM"})
"""Variables of ours that configure something else: the browser of the dashboard's tests."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def load_settings(source: Literal["environment"] | Mapping[str, Any] = "environment") -> Settings:
    """The settings, from the environment, or from a mapping of environment names laid over it.

    Raises:
        SettingsError: one sentence for every value that cannot work, each with its variable's name.
    """
    overrides: dict[str, Any] = {} if source == "environment" else dict(source)
    ours = [n for n, v in os.environ.items() if n.startswith(PREFIX) and v]  # noqa: TID251 - settings are read here
    unknown = [name for name in (*overrides, *sorted(ours)) if name not in NAMES | ALSO_OURS]
    if unknown:
        raise SettingsError(f"there is no setting {unknown[0]!r}: {did_you_mean(unknown[0], NAMES)}")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(e) for e in error.errors())) from None


def _sentence(error: Any) -> str:
    """One pydantic error in words; the value itself is not repeated, it might be a secret."""
    words = str(error["msg"]).removeprefix("Value error, ")
    words = words[0].lower() + words[1:] if not words[:2].isupper() else words
    if not error["loc"]:
        return words
    if error["type"].startswith("bool_"):
        words = "expected true or false"
    return f"{error['loc'][0]}: {words}"
