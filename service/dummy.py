"""Dummy mode: the same service, pointed at an emulator that runs inside it. The only door to the simulator."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from service.errors import SettingsError
from service.settings import Settings


def embed(settings: Settings) -> tuple[Settings, Callable[[], None]]:
    """Start the emulator, and give the settings that a live service would have, together with what stops it.

    Every mutation is in `<home>/emulator.jsonl`, so that a restarted service finds the same world. Credentials,
    account ids and bounds of the environment are replaced: in dummy mode nothing of theirs may leave this machine.

    Raises:
        SettingsError: an unknown scenario, or a state file of another configuration.
    """
    from simulator.graph_api import EmulatorConfig, EmulatorError, accounts_of, run_in_thread  # noqa: PLC0415 - only in dummy mode

    try:
        config = EmulatorConfig(
            accounts=accounts_of(settings.emulator_scenarios, settings.emulator_seed),
            port=0,
            speed=settings.emulator_speed,
            state_file=settings.home / "emulator.jsonl",
        )
        running = run_in_thread(config)
    except (EmulatorError, ValueError, OSError) as error:
        raise SettingsError(f"the built-in emulator cannot start: {error}") from error
    facts = running.facts
    wired = settings.model_copy(
        update={
            # The deadline bounds real time between a reading and a write; on a clock that runs faster it spans more.
            "deadline_seconds": settings.deadline_seconds * max(1.0, settings.emulator_speed),
            "graph_url": facts["url"],
            "clock_url": f"{facts['admin_url']}/clock",
            "meta_app_id": facts["app_id"],
            "meta_app_secret": SecretStr(facts["app_secret"]),
            "meta_access_token": SecretStr(facts["access_token"]),
            "meta_ad_account_ids": tuple(facts["ad_account_ids"]),
            "meta_pixel_id": facts["pixel_id"],
            "meta_api_version": facts["graph_version"],
            "budget_bounds": {key: tuple(ends) for key, ends in facts["budget_bounds_minor"].items()},
        }
    )
    return wired, running.close
