"""Dummy mode: the settings of a live service, with the emulator where Meta would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.adapters.clock import RemoteClock
from service.dummy import embed
from service.errors import SettingsError
from service.settings import Settings, load_settings


def dummy(home: Path, **values: Any) -> Settings:
    return load_settings(
        {"CAUDAL_HOME": home, "CAUDAL_EMULATOR_SCENARIOS": "small", "CAUDAL_EMULATOR_SPEED": "0", **values}
    )


def test_credentials_of_the_environment_are_replaced(tmp_path: Path) -> None:
    environment = {"META_ACCESS_TOKEN": "real", "META_AD_ACCOUNT_ID": "act_42"}
    wired, close = embed(dummy(tmp_path, **environment))
    close()

    assert wired.meta_access_token is not None
    assert wired.meta_access_token.get_secret_value() != "real"
    assert "act_42" not in wired.meta_ad_account_ids
    assert wired.graph_url.startswith("http://127.0.0.1:")


def test_the_platforms_clock_is_the_emulators(tmp_path: Path) -> None:
    wired, close = embed(dummy(tmp_path))
    try:
        assert wired.clock_url is not None
        clock = RemoteClock(wired.clock_url)
        assert clock.now().isoformat() == "2026-03-02T01:30:00+00:00"
        clock.close()
    finally:
        close()


def test_nothing_but_the_platform_differs(tmp_path: Path) -> None:
    settings = dummy(tmp_path)
    wired, close = embed(settings)
    close()
    changed = {name for name, value in settings if getattr(wired, name) != value}

    assert changed == {
        "budget_bounds",
        "graph_url",
        "clock_url",
        "meta_app_id",
        "meta_app_secret",
        "meta_access_token",
        "meta_ad_account_ids",
        "meta_pixel_id",
    }


def test_a_deadline_lasts_as_long_as_on_the_wall_when_time_runs_fast(tmp_path: Path) -> None:
    wired, close = embed(dummy(tmp_path, CAUDAL_EMULATOR_SPEED="1440", CAUDAL_DEADLINE_SECONDS="5"))
    close()

    assert wired.deadline_seconds == 7200


def test_an_unknown_scenario_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"built-in emulator cannot start.*did you mean 'small'"):
        embed(dummy(tmp_path, CAUDAL_EMULATOR_SCENARIOS="smal"))


def test_a_world_of_another_configuration_is_not_gone_on_with(tmp_path: Path) -> None:
    _, close = embed(dummy(tmp_path))
    close()
    with pytest.raises(SettingsError, match="built-in emulator cannot start"):
        embed(dummy(tmp_path, CAUDAL_EMULATOR_SEED="2"))


def test_a_scenario_file_and_a_fleet_make_accounts(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\nad_sets: 3\n")
    (tmp_path / "ours.yaml").write_text("accounts:\n- scenario: mine.yaml\n- scenario: small\n")
    references = f"{tmp_path / 'mine.yaml'},{tmp_path / 'ours.yaml'}"
    wired, close = embed(dummy(tmp_path, CAUDAL_EMULATOR_SCENARIOS=references))
    close()

    assert len(wired.meta_ad_account_ids) == 3


def test_a_scenario_file_that_is_wrong_is_one_sentence_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\nad_set: 3\n")
    with pytest.raises(SettingsError, match=r"mine\.yaml, line 2: .*did you mean 'ad_sets'"):
        embed(dummy(tmp_path, CAUDAL_EMULATOR_SCENARIOS=str(tmp_path / "mine.yaml")))
