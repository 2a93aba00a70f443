"""A simulated account's past as the CSV that Ads Manager exports: daily rows by ad set, amounts in major units."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.identity import ad_set_id

if TYPE_CHECKING:
    from simulator.world import World


def exported_history(world: World, index: int = 0, days: int | None = None) -> str:
    """The text of the CSV as of this morning; days without delivery have no row, as on the platform.

    Args:
        world: a batch of worlds.
        index: which of them.
        days: how many days back; all, unless told.
    """
    scenario = world.scenario
    past = (world.today - world.first_day).days
    length = past if days is None else min(days, past)
    known = {name: array[index] for name, array in world.report(length).items()}
    first = world.today - timedelta(days=length)
    digits = len(str(scenario.minor_per_major)) - 1
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    money = f"({scenario.currency})"
    writer.writerow(
        [
            "Day",
            "Ad set name",
            "Ad set ID",
            f"Amount spent {money}",
            "Impressions",
            "Reach",
            "Link clicks",
            "Purchases",
            f"Purchases conversion value {money}",
        ]
    )
    for d in range(length):
        for a, name in enumerate(world.ad_set_names):
            cell = {key: int(array[a, d]) for key, array in known.items()}
            if not cell["impressions"] and not cell["spend_minor"]:
                continue
            spend, value = (
                f"{cell[key] / scenario.minor_per_major:.{digits}f}" for key in ("spend_minor", "value_minor")
            )
            row = [first + timedelta(days=d), name, ad_set_id(world.seeds[index], a), spend, cell["impressions"]]
            # The platform leaves cells of zero results empty.
            results = [cell["conversions"], value] if cell["conversions"] else ["", ""]
            writer.writerow([*row, cell["reach"], cell["clicks"], *results])
    return out.getvalue()
