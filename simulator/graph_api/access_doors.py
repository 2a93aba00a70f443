"""The admin doors of tokens and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from simulator.graph_api import token_doors
from simulator.graph_api.params import parsed

if TYPE_CHECKING:
    from simulator.graph_api.emulator import Emulator
    from simulator.graph_api.state import Platform

Door = Callable[["Emulator", Mapping[str, Any]], Any]


def _tokens(emulator: Emulator, _: Mapping[str, Any]) -> Any:
    return emulator.inside(token_doors.shown)


def _change_tokens(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """See `token_doors.change`."""
    return emulator.inside(lambda state: token_doors.change(state, params))


def _limits(emulator: Emulator, _: Mapping[str, Any]) -> Any:
    return emulator.inside(_told)


def _change_limits(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """{"tier", "enforce", "call_seconds", "users", "insights_a_minute"}: see `Limits.change`; a restart forgets it."""

    def change(state: Platform) -> dict[str, Any]:
        state.limits.change({name: parsed(params, name) for name in params})
        return _told(state)

    return emulator.inside(change)


def _told(state: Platform) -> dict[str, Any]:
    """The settings in force, and what each account has used."""
    limits, accounts = state.limits, {}
    for account in state.accounts.values():
        score = account.meter.score
        accounts[account.id] = {
            "points": round(score.points, 2),
            "blocked_until": score.blocked_until.isoformat() if score.blocked_until else None,
            "calls_this_hour": {use: hour.total.calls for use, hour in account.meter.hours.items()},
        }
    return {**limits.settings(), "accounts": accounts}


ACCESS_DOORS: dict[tuple[str, str], Door] = {
    ("GET", "tokens"): _tokens,
    ("POST", "tokens"): _change_tokens,
    ("GET", "limits"): _limits,
    ("POST", "limits"): _change_limits,
}
