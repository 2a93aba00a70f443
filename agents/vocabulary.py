"""The words for what may be seen and decided.

Shapes: A ad sets, C places for creatives in an ad set, K keys of a breakdown, D days; every array may carry leading
batch dimensions `...` (accounts, or simulated worlds).
Units: money is a whole number of minor units of the account's currency (`_minor`, int64); `day` is a date in the
account's time zone. Arrays are read-only: `frozen=True` alone would not keep anyone from writing into them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import IntEnum, IntFlag, StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray: TypeAlias = NDArray[np.int64]
    FloatArray: TypeAlias = NDArray[np.float64]
    BoolArray: TypeAlias = NDArray[np.bool_]

NO_CEILING_MINOR = 2**53
"""An ad set without a ceiling: larger than any budget, and still exact as a float64."""


class LearningStage(IntEnum):
    """Delivery learning stage as the platform reports it; absent information is not 'finished'."""

    UNKNOWN = 0
    LEARNING = 1
    SUCCESS = 2
    FAIL = 3


class BidStrategy(IntEnum):
    """What the platform is told to aim at: as much as the budget buys, an average cost, or a highest bid."""

    LOWEST_COST = 0
    COST_CAP = 1
    BID_CAP = 2


class Lever(StrEnum):
    """What a policy decides."""

    BUDGET = "budget"
    CREATIVE = "creative"
    BID = "bid"
    HOURS = "hours"
    SEGMENTS = "segments"
    AUDIENCES = "audiences"


@dataclass(frozen=True, slots=True)
class AdSet:
    """One ad set this morning.

    `roas_floor` is the least average return its owner accepts of it and `cpa_ceiling_minor` the most an order may cost
    on average; None for no wish. `bid_minor` is the cost or bid cap in force, None under lowest cost.
    """

    id: str
    budget_minor: int
    active: bool = True
    floor_minor: int = 0
    ceiling_minor: int = NO_CEILING_MINOR
    learning_stage: LearningStage = LearningStage.UNKNOWN
    protected: bool = False
    name: str = ""
    campaign_id: str = ""
    roas_floor: float | None = None
    cpa_ceiling_minor: int | None = None
    bid_strategy: BidStrategy = BidStrategy.LOWEST_COST
    bid_minor: int | None = None


@dataclass(frozen=True, slots=True)
class DailyRow:
    """What the platform reports this morning about one ad set's `day`; a day without a row had no delivery."""

    ad_set_id: str
    day: date
    spend_minor: int
    impressions: int
    reach: int
    clicks: int
    conversions: int
    value_minor: int


@dataclass(frozen=True, eq=False, slots=True)
class AdSets:
    """The ad sets of an account as arrays (..., A), sorted by id.

    What not every account has is None where it is not known, and then is no part of the observation's digest:
    `campaign_ids` (A), `roas_floors` (least average return, 0 for no wish), `cpa_ceilings_minor` (0 for no wish),
    `bid_strategies` and `bids_minor` (0 under lowest cost).
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    budgets_minor: IntArray
    floors_minor: IntArray
    ceilings_minor: IntArray
    active: BoolArray
    protected: BoolArray
    learning_stages: IntArray
    campaign_ids: tuple[str, ...] | None = None
    roas_floors: FloatArray | None = None
    cpa_ceilings_minor: IntArray | None = None
    bid_strategies: IntArray | None = None
    bids_minor: IntArray | None = None

    @property
    def adjustable(self) -> BoolArray:
        """Ad sets whose budget a policy may move, (..., A): active and not protected."""
        movable: BoolArray = self.active & ~self.protected
        return movable

    def __len__(self) -> int:
        """How many ad sets: A."""
        return len(self.ids)


@dataclass(frozen=True, eq=False, slots=True)
class History:
    """The last D days, oldest first, **as known this morning**; every array is (..., A, D), int64.

    `maturity_days` says how many whole days have passed since the cell's day closed (0 for yesterday): conversions of
    young cells are still arriving and past cells may be restated.
    """

    days: tuple[date, ...]
    spend_minor: IntArray
    impressions: IntArray
    reach: IntArray
    clicks: IntArray
    conversions: IntArray
    value_minor: IntArray
    maturity_days: IntArray


AD_SET_ARRAYS = ("budgets_minor", "floors_minor", "ceilings_minor", "active", "protected", "learning_stages")
"""The names of AdSets' arrays that every account has."""
AD_SET_OPTIONAL_ARRAYS = ("roas_floors", "cpa_ceilings_minor", "bid_strategies", "bids_minor")
"""The names of those that are None where nothing is known."""
HISTORY_METRICS = ("spend_minor", "impressions", "reach", "clicks", "conversions", "value_minor")
"""The names of History's measured arrays, in the order in which they are digested."""


@dataclass(frozen=True, eq=False, slots=True)
class Creatives:
    """The ads of every ad set and what they did, as arrays (..., A, C); daily figures are (..., A, C, D), int64.

    Ad sets with fewer than C ads have empty places: `exists` is False, the id "" and every figure zero. `ids` and
    `names` are A tuples of C. `age_days` counts whole days since the launch, `active` says whether the ad may deliver
    today. `features` (..., A, C, F) are numbers that people or machines give to a creative (format, hook, ...), named
    by `feature_names`; None where there are none. `archived` (..., A, C) marks ads that people put away or the platform
    rejected: their figures still teach, they never run again; None where there are none. Days, and how mature they are,
    are those of the account's history.
    """

    ids: tuple[tuple[str, ...], ...]
    names: tuple[tuple[str, ...], ...]
    exists: BoolArray
    active: BoolArray
    age_days: IntArray
    spend_minor: IntArray
    impressions: IntArray
    reach: IntArray
    clicks: IntArray
    conversions: IntArray
    value_minor: IntArray
    features: FloatArray | None = None
    feature_names: tuple[str, ...] = ()
    archived: BoolArray | None = None

    @property
    def available(self) -> BoolArray:
        """Ads that may run if they are switched on, (..., A, C)."""
        return self.exists if self.archived is None else self.exists & ~self.archived


@dataclass(frozen=True, eq=False, slots=True)
class Breakdown:
    """The same history cut by something else: hours, ages and genders, audiences. Arrays (..., A, K, D), int64.

    `keys` name the K cuts. Days, and how mature they are, are those of the account's history. `weights` (..., A, K, D)
    are those of `Weights` that were in force on the day; None where nobody ever set any, and all were 1.
    """

    keys: tuple[str, ...]
    spend_minor: IntArray
    impressions: IntArray
    clicks: IntArray
    conversions: IntArray
    value_minor: IntArray
    weights: FloatArray | None = None


BREAKDOWN_METRICS = ("spend_minor", "impressions", "clicks", "conversions", "value_minor")
"""The names of a Breakdown's measured arrays, in the order in which they are digested."""


@dataclass(frozen=True, eq=False, slots=True)
class Baseline:
    """What people had set when steering began: budgets (..., A) in force on the day before `since`."""

    budgets_minor: IntArray
    since: date


@dataclass(frozen=True, eq=False)
class Observation:
    """All that a policy may see this morning. Made by `agents.observation.observe`, by nothing else.

    `day` is the day that is being decided; `history.days[-1]` is the day before it. `budget_minor` (...) is the money
    to give out for the day among active ad sets. `collected_through` is the last day the platform had data for, None
    where it had none: guardrails compare it with `day`. `creatives`, `breakdowns` by name and `baseline` are there
    where they were asked for.
    """

    account_id: str
    day: date
    currency: str
    minor_per_major: int
    budget_minor: IntArray
    ad_sets: AdSets
    history: History
    collected_through: date | None
    creatives: Creatives | None = None
    breakdowns: Mapping[str, Breakdown] = field(default_factory=dict)
    baseline: Baseline | None = None

    @cached_property
    def digest(self) -> str:
        """Equal digests prove that a policy saw the same thing; worked out when somebody asks."""
        from agents.digests import observation_digest  # noqa: PLC0415 - it is made of the words here

        return observation_digest(self)


@dataclass(frozen=True, eq=False, slots=True)
class Beliefs:
    """What a policy believes about the next unit of money, (..., A), in value per unit spent (marginal ROAS).

    `low` and `high` bound an 80 % interval; `p_best` is the probability of having the highest marginal return.
    """

    marginal_roas: FloatArray
    low: FloatArray
    high: FloatArray
    p_best: FloatArray


class Bound(IntEnum):
    """Which limit stopped a budget. HELD ad sets are paused or protected; TOTAL is the money there is."""

    NONE = 0
    FLOOR = 1
    CEILING = 2
    CHANGE_CAP = 3
    LEARNING = 4
    ROAS_FLOOR = 5
    CPA_CEILING = 6
    TOTAL = 7
    HELD = 8
    DELIVERY = 9


class Reason(IntFlag):
    """Why a day's money is not spent to the last unit, or not everything that was asked for could be had."""

    NONE = 0
    HELD_ABOVE_TOTAL = 1
    FLOORS_ABOVE_TOTAL = 2
    NO_ROOM = 4
    RETURN_TOO_LOW = 8
    ROAS_FLOOR_HOLDS_BACK = 16
    CPA_CEILING_HOLDS_BACK = 32
    ROAS_FLOOR_OUT_OF_REACH = 64
    CPA_CEILING_OUT_OF_REACH = 128
    AD_SET_LIMIT_OUT_OF_REACH = 256


@dataclass(frozen=True, eq=False, slots=True)
class Certificate:
    """Why an allocation is what it is, (...,) unless said otherwise.

    `dual_value` is the return of the last unit of money (the multiplier of the budget constraint), NaN where a
    policy solves no optimisation. `binding` (..., A): -1 at the lower bound, +1 at the upper, 0 inside, and `bounds`
    (..., A) the `Bound` that it is. `gap_minor` is what is left of the day's money, below zero where what may not be
    moved is more than all there is; `reasons` are `Reason` flags.

    Where response curves were used, `gained` is the return gained over the present budgets, with money counted at
    `dual_value` (below zero where bounds force budgets away from where they earn), and `missed` bounds from above what
    a better split could add, by the dual function; both in units of return, NaN elsewhere. `tilt` (..., A) is
    there where an account-wide constraint is on another metric: the log of what one unit of an ad set's return counts.
    """

    dual_value: FloatArray
    binding: NDArray[np.int8]
    gap_minor: IntArray
    bounds: NDArray[np.int8]
    reasons: IntArray
    gained: FloatArray
    missed: FloatArray
    tilt: FloatArray | None = None

    @property
    def relative_gap(self) -> FloatArray:
        """How much of the gain a better split could add at most, (...): `missed` over `gained`.

        Zero where nothing is missed, infinite where nothing is gained.
        """
        otherwise = np.where(self.missed > 0, np.inf, 0.0 * self.missed)
        share: FloatArray = np.divide(self.missed, self.gained, out=otherwise, where=self.gained > 0)
        return share


@dataclass(frozen=True, eq=False, slots=True)
class Allocation:
    """Budgets (..., A) aligned with `observation.ad_sets`; those of inactive or protected ad sets are unchanged."""

    budgets_minor: IntArray
    beliefs: Beliefs | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Rotation:
    """Which creatives run, (..., A, C) unless said otherwise; places without a creative stay False.

    `propensities` are the probabilities, before the draw, of being among those that run, and `propensity` (..., A) that
    of the very set that was chosen, both given what is known this morning. `verdicts`: +1 a winner, -1 a loser, 0 not
    decided, at an error that holds at any time it is looked at. `refresh` (..., A) asks people for new creatives.
    """

    active: BoolArray
    propensities: FloatArray
    propensity: FloatArray
    verdicts: NDArray[np.int8]
    refresh: BoolArray
    beliefs: CreativeBeliefs | None = None


@dataclass(frozen=True, eq=False, slots=True)
class CreativeBeliefs:
    """Results per unit spent of each creative, tomorrow and in this ad set, (..., A, C).

    `low` and `high` bound an 80 % interval; `p_best` is the probability of being the best of the ad set; `freshness`
    the expected click rate now as a share of that at first sight.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    p_best: FloatArray
    freshness: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Bids:
    """Cost or bid caps (..., A), 0 where none is to be set, and what the next order may cost at them; minor units.

    `marginal_minor` is what the next order is believed to cost now; `low_minor`, `high_minor` bound an 80 % interval.
    """

    bids_minor: IntArray
    targets_minor: IntArray
    marginal_minor: FloatArray | None = None
    low_minor: FloatArray | None = None
    high_minor: FloatArray | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Weights:
    """How much money each key of a breakdown is to get, (..., A, K), against what the platform gives it by itself.

    1 is that much, 0 nothing; what counts is how they compare within an ad set, whose budget stays. `low`, `high` bound
    an 80 % interval of what money brings there at weight 1, relative to the ad set as a whole, `mean` lies between.
    `gain` (..., A) is the expected share of results that the weights add: to all at 1, or to what is in force where
    keys are opened and closed. `propensities` are the probabilities, before the draw, of getting any money; None where
    nothing is drawn.
    """

    keys: tuple[str, ...]
    weights: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    gain: FloatArray | None = None
    propensities: FloatArray | None = None


@runtime_checkable
class Rng(Protocol):
    """What a policy may draw from: numpy's Generator, or one stream per world (`agents.randomness.WorldStreams`)."""

    def standard_normal(self, size: tuple[int, ...]) -> FloatArray:
        """Independent N(0, 1) draws of this shape."""

    def random(self, size: tuple[int, ...]) -> FloatArray:
        """Independent U[0, 1) draws of this shape."""


class Policy(Protocol):
    """A pure function of the observation. Parameters are the fields of a frozen dataclass; there is no other state."""

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets for `observation.day`.

        The sum over active ad sets is `observation.budget_minor`, exactly, wherever floors, ceilings and change caps
        allow it; it is never more. Leading batch dimensions are independent: deciding a batch equals deciding each
        member alone with its own stream, bit for bit.
        """

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,) of a single account: what moves and why, in words and numbers."""


Answer_co = TypeVar("Answer_co", covariant=True)


class Decides(Protocol[Answer_co]):
    """A policy for any lever, in the manner of `Policy`; its class says which by `lever` (budgets say nothing)."""

    lever: ClassVar[Lever]

    def decide(self, observation: Observation, rng: Rng) -> Answer_co:
        """The answer for `observation.day`; batches are independent, as for `Policy`."""

    def explain(self, observation: Observation, answer: Any) -> tuple[str, ...]:
        """One sentence per ad set (A,) of a single account: what is done and why, in words and numbers."""


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """Enough to rebuild a policy anywhere: name, parameters (JSON values), digest of the priors they came from."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    priors_digest: str | None = None

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no blanks; equal specs give equal text."""
        body = {f.name: getattr(self, f.name) for f in fields(self)}
        return json.dumps({**body, "params": dict(self.params)}, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()
