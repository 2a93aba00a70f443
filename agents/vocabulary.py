"""The words for what may be seen and decided.

Shapes: A ad sets, D days; every array may carry leading batch dimensions `...` (accounts, or simulated worlds).
Units: money is a whole number of minor units of the account's currency (`_minor`, int64); `day` is a date in the
account's time zone. Arrays are read-only: `frozen=True` alone would not keep anyone from writing into them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

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


@dataclass(frozen=True, slots=True)
class AdSet:
    """One ad set this morning."""

    id: str
    budget_minor: int
    active: bool = True
    floor_minor: int = 0
    ceiling_minor: int = NO_CEILING_MINOR
    learning_stage: LearningStage = LearningStage.UNKNOWN
    protected: bool = False
    name: str = ""


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
    """The ad sets of an account as arrays (..., A), sorted by id."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    budgets_minor: IntArray
    floors_minor: IntArray
    ceilings_minor: IntArray
    active: BoolArray
    protected: BoolArray
    learning_stages: IntArray

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


HISTORY_METRICS = ("spend_minor", "impressions", "reach", "clicks", "conversions", "value_minor")
"""The names of History's measured arrays, in the order in which they are digested."""


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """All that a policy may see this morning. Made by `agents.observation.observe`, by nothing else.

    `day` is the day that is being decided; `history.days[-1]` is the day before it. `budget_minor` (...) is the money
    to give out for the day among active ad sets. `collected_through` is the last day the platform had data for, None
    where it had none: guardrails compare it with `day`.
    """

    account_id: str
    day: date
    currency: str
    minor_per_major: int
    budget_minor: IntArray
    ad_sets: AdSets
    history: History
    collected_through: date | None
    digest: str


@dataclass(frozen=True, eq=False, slots=True)
class Beliefs:
    """What a policy believes about the next unit of money, (..., A), in value per unit spent (marginal ROAS).

    `low` and `high` bound an 80 % interval; `p_best` is the probability of having the highest marginal return.
    """

    marginal_roas: FloatArray
    low: FloatArray
    high: FloatArray
    p_best: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Certificate:
    """Why an allocation is what it is, (...,) unless said otherwise.

    `dual_value` is the return of the last unit of money (the multiplier of the budget constraint), NaN where a
    policy solves no optimisation. `binding` (..., A): -1 at the lower bound, +1 at the upper, 0 inside. `gap_minor` is
    the budget that could not be placed because of upper bounds; 0 where the sum is exact.
    """

    dual_value: FloatArray
    binding: NDArray[np.int8]
    gap_minor: IntArray


@dataclass(frozen=True, eq=False, slots=True)
class Allocation:
    """Budgets (..., A) aligned with `observation.ad_sets`; those of inactive or protected ad sets are unchanged."""

    budgets_minor: IntArray
    beliefs: Beliefs | None = None
    certificate: Certificate | None = None


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
