"""The fast door: one simulated world behind the same port as a real ad account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from agents.vocabulary import HISTORY_METRICS, AdSet, DailyRow
from service.errors import InvalidRequest
from service.platforms import AccountFacts, Report
from simulator.identity import account_id, ad_set_id

if TYPE_CHECKING:
    from simulator.world import World


class SimulatedAccount:
    """World `index` of a batch as an `AdAccount`: the same ids, facts and rows that the emulated platform serves."""

    def __init__(self, world: World, index: int = 0) -> None:
        """Give a world the face of an account.

        Args:
            world: a batch of worlds.
            index: which of them this account is.
        """
        self._world = world
        self._index = index
        seed = world.seeds[index]
        self._id = account_id(seed)
        self._ad_set_ids = tuple(ad_set_id(seed, i) for i in range(len(world.ad_set_names)))

    @property
    def id(self) -> str:
        """The platform's id: act_ and digits."""
        return self._id

    def facts(self) -> AccountFacts:
        """Currency, time zone, status."""
        scenario = self._world.scenario
        return AccountFacts(
            id=self._id,
            name=f"{scenario.name} {self._world.seeds[self._index]}",
            currency=scenario.currency,
            minor_per_major=scenario.minor_per_major,
            time_zone=scenario.time_zone,
            active=True,
        )

    def ad_sets(self) -> tuple[AdSet, ...]:
        """Every ad set with its budget as it stands now, and between what bounds it may be set."""
        floor, ceiling = (int(of[self._index]) for of in (self._world.floors_minor, self._world.ceilings_minor))
        budgets, active = self._world.budgets_minor[self._index], self._world.active[self._index]
        return tuple(
            AdSet(
                id=key,
                name=name,
                budget_minor=int(budget),
                active=bool(on),
                floor_minor=floor,
                ceiling_minor=ceiling,
            )
            for key, name, budget, on in zip(self._ad_set_ids, self._world.ad_set_names, budgets, active, strict=True)
        )

    def report(self, since: date, until: date) -> Report:
        """Daily rows from `since` to `until`; as on a platform, days without delivery have no row."""
        arrays = self._world.report_range(since, until)
        cells = {name: arrays[name][self._index] for name in HISTORY_METRICS}
        rows = tuple(
            DailyRow(
                ad_set_id=key,
                day=date.fromordinal(since.toordinal() + d),
                **{name: int(cells[name][i, d]) for name in HISTORY_METRICS},
            )
            for i, key in enumerate(self._ad_set_ids)
            for d in range(cells["impressions"].shape[-1])
            if cells["impressions"][i, d] or cells["spend_minor"][i, d]
        )
        return Report(rows=rows, collected_through=max((row.day for row in rows), default=None))

    def budgets_minor(self) -> Mapping[str, int]:
        """Daily budgets by ad set id."""
        return dict(zip(self._ad_set_ids, map(int, self._world.budgets_minor[self._index]), strict=True))

    def set_daily_budget(self, ad_set_id: str, budget_minor: int) -> None:
        """Set an absolute daily budget.

        Raises:
            InvalidRequest: no such ad set in this account, or less than the platform accepts.
        """
        if ad_set_id not in self._ad_set_ids:
            raise InvalidRequest(f"account {self._id} has no ad set {ad_set_id}")
        if budget_minor < (least := self._world.scenario.minimum_budget_minor):
            raise InvalidRequest(
                f"ad set {ad_set_id}: a daily budget is at least {least} minor units, got {budget_minor}"
            )
        self._world.set_budget(self._index, self._ad_set_ids.index(ad_set_id), budget_minor)
