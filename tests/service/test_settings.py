"""Settings: defaults that run, and one sentence for everything that cannot."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from service.decision import Mode
from service.errors import SettingsError
from service.settings import LIVE_NEEDS, Settings, load_settings

LIVE = {
    "DUMMY_MODE": "false",
    "META_APP_ID": "1",
    "META_APP_SECRET": "swordfish",
    "META_ACCESS_TOKEN": "open-sesame",
    "META_AD_ACCOUNT_ID": "act_1,2",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)


def refusal(**values: Any) -> str:
    """What is said about these values."""
    with pytest.raises(SettingsError) as caught:
        load_settings(values)
    return str(caught.value)


def test_nothing_has_to_be_set_to_run_in_dummy_mode() -> None:
    settings = load_settings()

    assert settings.dummy_mode
    assert settings.mode is Mode.SHADOW
    assert settings.port == 8200
    assert settings.tracking_uri.startswith("sqlite:////")
    assert settings.tracking_uri.endswith("/.caudal/mlflow.db")
    assert settings.ledger_url.endswith("/.caudal/ledger.db")


def test_the_environment_is_read_by_its_published_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**LIVE, "CAUDAL_MODE": "live", "CAUDAL_MORNING_HOUR": "5", "CAUDAL_PORT": ""}.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()

    assert settings.meta_ad_account_ids == ("act_1", "act_2")
    assert settings.mode is Mode.LIVE
    assert settings.morning_hour == 5
    assert settings.port == 8200


def test_every_setting_has_the_name_of_its_environment_variable() -> None:
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}

    assert {name for name in names if not name.startswith("CAUDAL_")} == {
        "DUMMY_MODE",
        "MLFLOW_TRACKING_URI",
        "META_APP_ID",
        "META_APP_SECRET",
        "META_ACCESS_TOKEN",
        "META_AD_ACCOUNT_ID",
        "META_PIXEL_ID",
        "META_WEBHOOK_VERIFY_TOKEN",
        "META_API_VERSION",
    }


@pytest.mark.parametrize("absent", sorted(LIVE_NEEDS))
def test_a_live_service_names_the_credential_it_lacks(absent: str) -> None:
    said = refusal(**{name: value for name, value in LIVE.items() if name != absent})

    assert absent in said
    assert "built-in emulator" in said
    assert not any(other in said for other in LIVE_NEEDS if other != absent)


def test_all_missing_credentials_are_named_at_once() -> None:
    said = refusal(DUMMY_MODE="false")

    assert all(name in said for name in LIVE_NEEDS)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CAUDAL_HOST", "192.0.2.1", "no login yet"),
        ("CAUDAL_HOST", "example.org", "loopback"),
        ("CAUDAL_PORT", "eighty", "valid integer"),
        ("CAUDAL_PORT", "70000", "65535"),
        ("CAUDAL_MORNING_HOUR", "24", "23"),
        ("CAUDAL_MODE", "alive", "'shadow' or 'live'"),
        ("CAUDAL_TICK_SECONDS", "0", "0.02"),
        ("CAUDAL_QUARANTINE_SECONDS", "-1", "0"),
        ("CAUDAL_GUARDRAILS", "{", "not JSON"),
        ("CAUDAL_BUDGET_BOUNDS", '{"1": [0, null]}', "no ad account id"),
        ("CAUDAL_BUDGET_BOUNDS", '{"act_1": [500, 400]}', "act_1: 500 to 400 is no range"),
        ("CAUDAL_BUDGET_BOUNDS", '{"act_1": [500]}', "CAUDAL_BUDGET_BOUNDS"),
        ("CAUDAL_GUARDRAILS", '{"max_dayly_change": {}}', "did you mean 'max_daily_change'"),
        ("CAUDAL_GUARDRAILS", '{"max_daily_change": {"max_ration": 1}}', "did you mean 'max_ratio'"),
        ("CAUDAL_GRAPH_URL", "ftp://x", "http"),
        ("CAUDAL_GRAPH_URL", "http://graph.example", "in the clear"),
        ("CAUDAL_CLOCK_URL", "noon", "http"),
        ("META_AD_ACCOUNT_ID", "act_x", "no ad account id"),
        ("META_AD_ACCOUNT_ID", "act_1,1", "twice"),
        ("MLFLOW_TRACKING_URI", "foo://x", "MLflow keeps no records at foo://: expected sqlite, postgresql"),
        ("META_API_VERSION", "26", "'26' is no Graph API version, for instance v26.0"),
        ("META_API_VERSION", "v26.0\n", "for instance v26.0"),
        ("DUMMY_MODE", "maybe", "expected true or false"),
    ],
)
def test_a_bad_value_is_one_sentence_with_its_variables_name(name: str, value: str, words: str) -> None:
    said = refusal(**{name: value})

    assert said.startswith(f"{name}: ")
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite:////data/mlflow.db",
        "postgresql+psycopg://u:p@db/mlflow",
        "https://mlflow.example",
        "databricks",
        "databricks://profile",
        "mlruns",
        "/data/mlruns",
        "file:///data/mlruns",
    ],
)
def test_every_address_that_mlflow_knows_is_accepted(uri: str) -> None:
    assert load_settings({"MLFLOW_TRACKING_URI": uri}).tracking_uri == uri


def test_a_refused_address_does_not_show_its_password() -> None:
    assert "swordfish" not in refusal(MLFLOW_TRACKING_URI="foo://anna:swordfish@db/mlflow")


def test_short_names_of_the_environment_are_nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "PORT", "HOST", "MODE"):
        monkeypatch.setenv(name, "/nowhere")

    assert load_settings() == load_settings({})
    assert load_settings().port == 8200


def test_a_setting_that_does_not_exist_gets_a_suggestion() -> None:
    assert "did you mean 'CAUDAL_PORT'" in refusal(CAUDAL_PROT="1")


def test_a_misspelt_variable_of_the_environment_is_refused_with_a_suggestion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUDAL_PROT", "8300")

    assert refusal() == "there is no setting 'CAUDAL_PROT': did you mean 'CAUDAL_PORT'?"


def test_empty_variables_and_those_of_the_tests_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUDAL_PROT", "")
    monkeypatch.setenv("CAUDAL_CHROMIUM", "chromium")

    assert load_settings().port == 8200


def test_secrets_do_not_show() -> None:
    settings = load_settings(LIVE)

    assert "swordfish" not in repr(settings)
    assert "open-sesame" not in f"{settings} {settings.model_dump()}"


def test_a_refusal_never_repeats_a_secret() -> None:
    assert "swordfish" not in refusal(**{**LIVE, "META_APP_SECRET": ["swordfish"]})


def test_settings_do_not_change() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # frozen is what is tested
