"""The learning stage of ad sets, as `learning_stage_info` tells it (Meta: "About the learning phase").

Where the scenario's market learns (mechanism `learning`), it is the market's own stage. Elsewhere the platform's rule
is applied to the figures: learning ends with about 50 results in 7 days, and is limited when they do not come. Ad sets
of a market without learning tell nothing of it until a client has edited them significantly.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.mechanisms.learning import STATUS, Learning, stage

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.tree import AdSet

RESULTS, DAYS = 50, 7
_WINDOWS = {("CLICK_THROUGH", 1): "1d_click", ("CLICK_THROUGH", 7): "7d_click", ("VIEW_THROUGH", 1): "1d_view"}


def learning_stage_info(ad_set: AdSet, account: Account) -> dict[str, Any] | None:
    """Status, results since the last significant edit (0 once it has been successful), and when that was.

    None where there is nothing to tell.
    """
    world, place = (account.world, ad_set.index) if ad_set.market is None else (ad_set.market.world, 0)
    mechanism = world.scenario.mechanisms.get("learning")
    if isinstance(mechanism, Learning):
        progress = world.mechanism_state("learning")
        status = STATUS[int(stage(progress)[0, place])]
        results = int(progress.results[0, place].sum())
        edited = account.midnight(world.today - timedelta(days=int(progress.days[0, place])))
        return _info(ad_set, status, results, max(edited, ad_set.edited_at or ad_set.created_at), mechanism)
    if ad_set.market is None and ad_set.edited_at is None:
        return None
    edited = ad_set.edited_at or ad_set.created_at
    results = _results(account, ad_set, edited)
    late = account.now - edited >= timedelta(days=DAYS)
    return _info(ad_set, "SUCCESS" if results >= RESULTS else "FAIL" if late else "LEARNING", results, edited, None)


def _results(account: Account, ad_set: AdSet, edited: datetime) -> int:
    """The most conversions that seven days in a row have brought since the edit."""
    since = max(account.local(edited).date(), account.world.first_day)
    daily = account.figures(since, max(since, account.today))["conversions"][ad_set.index]
    return max(int(daily[max(0, end - DAYS) : end].sum()) for end in range(1, len(daily) + 1))


def _info(ad_set: AdSet, status: str, results: int, edited: datetime, mechanism: Learning | None) -> dict[str, Any]:
    spec = ad_set.settings.get("attribution_spec") or [{"event_type": "CLICK_THROUGH", "window_days": 7}]
    windows = [_WINDOWS.get((str(row.get("event_type")), int(row.get("window_days", 0)))) for row in spec]
    return {
        "status": status,
        "conversions": 0 if status == "SUCCESS" else results,
        "last_sig_edit_ts": int(edited.timestamp()),
        "attribution_windows": [window for window in windows if window],
        "dynamic_lp_conversions_threshold": mechanism.results if mechanism else RESULTS,
        "dynamic_lp_days_threshold": mechanism.days if mechanism else DAYS,
    }
