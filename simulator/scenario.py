"""What a simulated account is like: a frozen, validated value with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from simulator.errors import did_you_mean
from simulator.mechanism import Mechanism, build_mechanism, in_order, mechanisms
from simulator.scenario_bounds import check_values, day_of


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of ad account. Money in major units of `currency` unless the name says minor; spreads are sd of logs.

    Medians describe an ad set at its own scale, the daily spend at which it has the stated price, frequency and rates.
    Levels follow published benchmarks for shops: CPM 8-20 USD, CTR 1-2 %, CVR 2-4 %, ROAS 1-4.
    """

    name: str
    """Label of figures, accounts and files."""
    description: str
    """One sentence: whose account it is, or what it is for."""
    ad_sets: int
    """How many ad sets the account has."""
    currency: str
    """ISO 4217 code."""
    minor_per_major: int
    """Minor units in one unit of the currency: 100 cents, 1 for the yen."""
    time_zone: str
    """IANA name; days and hours are local."""
    start_day: date = date(2026, 3, 2)
    """First day that is decided; `history_days` of past lie before it."""
    history_days: int = 28
    """Days of past under people's budgets."""
    minimum_budget_minor: int = 100
    """Smallest daily budget that the platform takes, in minor units."""
    floor_share: float = 0.0
    """Smallest daily budget that the account's owner allows, as a share of the mean starting budget."""
    ceiling_share: float = 0.0
    """Largest daily budget that the owner allows, as a multiple of the mean starting budget; 0: there is none."""
    scale: float = 130.0
    """Median daily spend of an ad set."""
    scale_spread: float = 0.7
    """Spread of the scale between ad sets, sd of the log."""
    price: float = 13.0
    """Median cost of a thousand impressions."""
    price_spread: float = 0.25
    """Spread of the price between ad sets, sd of the log."""
    click_rate: float = 0.015
    """Median clicks per impression."""
    click_spread: float = 0.25
    """Spread of the click rate between ad sets, sd of the log."""
    conversion_rate: float = 0.03
    """Median orders per click."""
    conversion_spread: float = 0.3
    """Spread of the conversion rate between ad sets, sd of the log."""
    order_value: float = 54.0
    """Median value of an order."""
    order_spread: float = 0.2
    """Spread of the order value between ad sets, sd of the log."""
    order_variation: float = 0.5
    """Coefficient of variation of one order's value."""
    frequency: float = 0.4
    """Median exposures per person of the day's audience, counting those never reached."""
    frequency_spread: float = 0.5
    """Spread of the frequency between ad sets, sd of the log."""
    concentration: float = 0.7
    """Shape of the exposure distribution between people; small is uneven."""
    exponent_spread: float = 0.1
    """Standard deviation (not of a log) of the spend exponent around the calibrated one."""
    cheap_end: float = 0.03
    """Depth of the cheap end of the bid landscape, as a share of the scale."""
    human_error: float = 0.5
    """How far people's budgets are from their intention."""
    human_pull: float = 0.5
    """Power of the best budget that people's intention follows: 0 equal split, 1 the best."""
    edit_share: float = 0.25
    """Share of ad sets whose budget people edit on a day of the past."""
    edit_spread: float = 0.08
    """Size of such an edit, sd of the log."""
    delivery_share: float = 0.98
    """Mean share of a daily budget that is spent."""
    delivery_spread: float = 0.05
    """Daily spread of that share."""
    price_noise: float = 0.06
    """Daily luck of an ad set's price, sd of the log."""
    click_noise: float = 0.10
    """Daily luck of an ad set's click rate beyond counting noise, sd of the log."""
    conversion_noise: float = 0.28
    """Daily luck of an ad set beyond counting noise; 0.28 is a negative binomial of shape 12."""
    conversion_noise_spread: float = 0.0
    """How far ad sets differ in that luck, sd of the log."""
    weekday_strength: float = 0.8
    """How far the common weekday pattern applies: 1 as measured."""
    weekday_spread: float = 0.06
    """How far ad sets differ in their weekdays, sd of the log."""
    common_spread: float = 0.08
    """Stationary sd of the account's common daily shock."""
    common_memory: float = 0.6
    """Share of the common shock that is left a day later."""
    drift_spread: float = 0.012
    """Daily sd of an ad set's level."""
    shock_share: float = 0.0
    """Share of ad sets whose level jumps once."""
    shock_mean: float = -0.25
    """Mean log change at a jump."""
    shock_spread: float = 0.5
    """Standard deviation of the log change at a jump."""
    shock_first_day: int = 20
    """Days after the start at which jumps may begin; they lie in the 35 days from there."""
    same_day_share: float = 0.55
    """Share of orders known on the morning after the click."""
    later_shares: tuple[float, ...] = ()
    """How the others come in on the seven mornings after it, relative to each other; empty: as 1 / days."""
    mechanisms: Mapping[str, Mechanism] = field(default_factory=dict, hash=False)
    """What is switched on beyond the plain day, by name; in a file each is a section of its own."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense, by name; equal values are made the same, written 22 or 22.0."""
        check_values(self)
        for entry in fields(self):
            if entry.type == "float":
                object.__setattr__(self, entry.name, float(getattr(self, entry.name)))
        object.__setattr__(self, "later_shares", tuple(map(float, self.later_shares)))
        for name, mechanism in self.mechanisms.items():
            if mechanisms().get(name) is not type(mechanism):
                raise ValueError(f"{mechanism!r} is not the mechanism {name!r}: {did_you_mean(name, mechanisms())}")
        object.__setattr__(self, "mechanisms", in_order(self.mechanisms))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Scenario:
        """A scenario from plain values (JSON, YAML); `start_day` may be ISO text, a mechanism is a section by its name.

        Raises:
            ValueError: an unknown key (with the nearest known one), a missing one, or a value out of range.
        """
        plain, sections = _told_apart(values)
        if isinstance(plain.get("start_day"), str):
            plain["start_day"] = day_of(plain["start_day"])
        missing = [f.name for f in fields(cls) if f.default is f.default_factory and f.name not in plain]
        if missing:
            raise ValueError(f"a scenario needs {', '.join(missing)} (a file may say `extends: small` instead)")
        return cls(**plain, mechanisms={name: build_mechanism(name, section) for name, section in sections.items()})

    def to_mapping(self) -> dict[str, Any]:
        """JSON values that `from_mapping` takes back."""
        plain = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "mechanisms"}
        sections = {name: mechanism.to_mapping() for name, mechanism in self.mechanisms.items()}
        known = {"start_day": self.start_day.isoformat(), "later_shares": list(self.later_shares)}
        return {**plain, **known, **sections}

    def having(self, **changes: Any) -> Scenario:
        """The same scenario with some values changed; a mechanism by its name, with its parameters or None for off.

        Raises:
            ValueError: an unknown key, with the nearest known one.
        """
        plain, sections = _told_apart(changes)
        chosen = {name: kind for name, kind in self.mechanisms.items() if name not in sections}
        chosen |= {name: build_mechanism(name, section) for name, section in sections.items() if section is not None}
        return replace(self, **plain, mechanisms=chosen)

    @property
    def ads(self) -> int:
        """Ads of an ad set: C, one unless `creatives` says otherwise."""
        return int(getattr(self.mechanisms.get("creatives"), "ads", 1))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hexadecimal: equal digests, equal worlds for equal seeds."""
        values = {k: v for k, v in self.to_mapping().items() if k not in _YOUNGER or v != _YOUNGER[k]}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


_YOUNGER = {"floor_share": 0.0, "ceiling_share": 0.0, "conversion_noise_spread": 0.0, "later_shares": []}
"""Values that came later, and what they are where nothing is said: digests from before them stay what they were."""


def _told_apart(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values of the scenario itself, and sections of mechanisms; everything else is refused."""
    plain = {entry.name for entry in fields(Scenario)} - {"mechanisms"}
    known = plain | set(mechanisms())
    for key in values:
        if key not in known:
            raise ValueError(f"a scenario has no {key!r}: {did_you_mean(str(key), known)}")
    return {k: v for k, v in values.items() if k in plain}, {k: v for k, v in values.items() if k not in plain}
