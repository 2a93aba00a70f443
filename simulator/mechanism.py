"""What a mechanism of the market is: one file in `simulator/mechanisms`, one frozen dataclass of parameters.

A world without mechanisms is the plain daily market of `simulator.response`. A scenario switches a mechanism on by
naming its parameters; the world then asks it, always in the same order, at the hooks below. Hooks are pure: they get
values, draw only from the streams they are handed (keyed by the mechanism's own name), and return new values.

Shapes: W worlds, A ad sets, C ads per ad set. A quantity of ad sets that meets quantities of ads is (W, A, 1).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.errors import did_you_mean, discover

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.population import Population
    from simulator.scenario import Scenario
    from simulator.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_AS_FLOATS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "tuple[float, ...]": lambda items: tuple(map(float, items)),
}
"""Equal parameters must have equal digests, written 1 or 1.0."""

State = Any
"""What a mechanism remembers: a frozen value of arrays that begin with (W, ...), or None."""


def param(
    default: Any,
    what: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float | None = None,
    options: tuple[str, ...] = (),
) -> Any:
    """A parameter of a mechanism: its default, what it is (with unit and source), and the values it may take.

    Args:
        default: value where the scenario does not say.
        what: one line for the documentation.
        low: smallest allowed value; of each item, where the value is a tuple.
        high: largest allowed value.
        above: the value must be larger than this.
        options: the allowed words, where the value is a word.
    """
    return field(default=default, metadata={"what": what, "low": low, "high": high, "above": above, "options": options})


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """What is given once, when worlds are made."""

    scenario: Scenario
    streams: Streams
    population: Population
    first_day: date

    @property
    def shape(self) -> tuple[int, int]:
        """(W, A)."""
        worlds, ad_sets = self.population.scale_minor.shape
        return worlds, ad_sets


@dataclass(frozen=True, eq=False, slots=True)
class Morning:
    """A day about to happen: what a mechanism may look at. Arrays (W, A) are not to be written to."""

    setting: Setting
    day: date
    budgets_minor: Ints
    active: Bools
    generation: Ints | int = 0
    """Which creative stands in each ad's place, (W, A, C): as many as were launched there since the beginning."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Factors:
    """How a day differs from a usual one. Everything broadcasts to (W, A, C) unless said otherwise.

    Factors of several mechanisms multiply, limits take the smallest, shares of money are set by one mechanism only.
    """

    supply: Floats | float = 1.0
    """Opportunities to be shown, (W, A, 1): with half of them the same money buys at dearer prices."""
    price: Floats | float = 1.0
    """Money per impression at equal pressure."""
    clicks: Floats | float = 1.0
    """Clicks per impression."""
    conversions: Floats | float = 1.0
    """Conversions per click."""
    order_value: Floats | float = 1.0
    conversion_noise: Floats | float = 0.0
    """Additional log standard deviation of the day's conversion luck; several add in squares."""
    spend_limit_minor: Floats | float = math.inf
    """Most that can be spent today, whatever the budget, (W, A)."""
    delivers: Bools | bool = True
    """Whether an ad may be shown at all."""
    share: Floats | None = None
    """Weights by which an ad set's money goes to its ads, (W, A, C)."""
    stock: Floats | None = None
    """Exposures per person of the audience before today that still tire, (W, A, C)."""
    tracked: Floats | float = 1.0
    """Share of orders that can be reported at all, broadcasts to (8, W, A, C) by days of delay."""
    recorded: Floats | float = 1.0
    """Share of those that measurement does not lose, broadcasts to (8, W, A, C) by days of delay."""
    late_share: float = 0.0
    """Share of orders that come after the click window has closed, and so are never reported."""
    view_orders: Floats | float = 0.0
    """View-through orders per click-through order, within a day of the view."""


@dataclass(frozen=True, eq=False, slots=True)
class Brought:
    """What spend brings in expectation, (..., W, A)."""

    impressions: Floats
    conversions: Floats
    """Caused, reported or not."""
    value_minor: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Outlook:
    """Today's true response, as far as the platform's own optimisation is allowed to see it. Spend is (..., W, A)."""

    impressions: Callable[[Floats], Floats]
    """Expected impressions (..., W, A) of spend in minor units."""
    brings: Callable[[Floats], Brought]
    """All that the spend brings in expectation."""
    marginal_price_minor: Callable[[Floats], Floats]
    """Money for one more impression (..., W, A), minor units: the bid that spends as much."""
    at: Callable[[Bools], Outlook]
    """The same for n ad sets, where the argument (..., W, A) says so: of all spends (..., W, A) the figures (n,)."""


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What happened on a day, by ad (W, A, C)."""

    spend_minor: Ints
    impressions: Ints
    clicks: Ints
    conversions: Ints
    """Caused, reported or not."""
    value_minor: Ints
    own_pressure: Floats | float = 1.0
    """Factor on prices (W, A) that came from the account's own ad sets; told where delivery is by the hour."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """Base of all mechanisms: parameters are dataclass fields made by `param`, hooks do nothing by default."""

    order: ClassVar[int] = 50
    """Mechanisms are asked in this order, then by name."""

    def __post_init__(self) -> None:
        """Refuse parameters that make no sense, by name; whole numbers where others are meant become those."""
        for entry in fields(self):
            _check(f"{name_of(type(self))}.{entry.name}", getattr(self, entry.name), entry)
            if entry.type in _AS_FLOATS:
                object.__setattr__(self, entry.name, _AS_FLOATS[entry.type](getattr(self, entry.name)))

    def settle(self, setting: Setting) -> Population:
        """The population under this mechanism: who the ad sets' people are, for good."""
        return setting.population

    def begin(self, setting: Setting) -> State:  # noqa: ARG002 - hooks are overridden
        """The state on the worlds' first morning, with whatever is drawn once for all days."""
        return None

    def generations(self, state: State) -> Ints | None:  # noqa: ARG002 - hooks are overridden
        """`Morning.generation` (W, A, C), asked before all else of a day; None if launches are not its business."""
        return None

    def edit(self, state: State, morning: Morning) -> tuple[Ints, Bools]:  # noqa: ARG002 - hooks are overridden
        """Budgets (W, A) and activity (W, A) after what people outside did overnight, before anyone decides."""
        return morning.budgets_minor, morning.active

    def edited(self, state: State, where: Bools) -> State:  # noqa: ARG002 - hooks are overridden
        """The state after a significant edit of bids, audience or ads, where `where` (W, A) says so."""
        return state

    def morning(self, state: State, morning: Morning) -> Factors | None:  # noqa: ARG002 - hooks are overridden
        """What the day is like, whatever is decided today: consequences of a decision show from tomorrow on."""
        return None

    def pressure(
        self,
        state: State,  # noqa: ARG002 - hooks are overridden
        morning: Morning,  # noqa: ARG002 - hooks are overridden
        exposures: Floats,  # noqa: ARG002 - hooks are overridden
        worlds: NDArray[np.intp] | None = None,  # noqa: ARG002 - hooks are overridden
    ) -> Floats | None:
        """Factor (..., W, A) on each ad set's prices because of what all ad sets of the account show today.

        `exposures` (..., W, A) are impressions per person of each ad set's audience, were there no such pressure; with
        `worlds` (n,) they are (n, A) of those worlds only.
        """
        return None

    def allot(self, state: State, morning: Morning, budgets: Floats, outlook: Outlook) -> Floats | None:  # noqa: ARG002 - hooks are overridden
        """What the platform sets out to spend today (..., W, A), given `budgets` (..., W, A) that people set."""
        return None

    def charge(self, state: State, morning: Morning, spend_minor: Ints, week_left_minor: Ints) -> Ints | None:  # noqa: ARG002 - hooks are overridden
        """What is charged of the day's spend (W, A), minor units; never more than it.

        `week_left_minor` (W, A) is what each ad set's own weekly bound had left, negative where it was exceeded.
        """
        return None

    def evening(self, state: State, morning: Morning, outcome: Outcome) -> State:  # noqa: ARG002 - hooks are overridden
        """The state on the next morning. `morning.budgets_minor` and `.active` are what was in force on the day."""
        return state

    def to_mapping(self) -> dict[str, Any]:
        """Parameters as JSON values."""
        return {entry.name: _plain(getattr(self, entry.name)) for entry in fields(self)}


@cache
def mechanisms() -> dict[str, type[Mechanism]]:
    """Every mechanism in `simulator/mechanisms`, by name."""
    return discover(import_module("simulator.mechanisms"), "MECHANISM")


def build_mechanism(name: str, values: Mapping[str, Any]) -> Mechanism:
    """The mechanism of that name with these parameters (JSON values; lists become tuples).

    Raises:
        ValueError: no such mechanism or parameter (the nearest known one is suggested), or a value out of range.
    """
    if name not in mechanisms():
        raise ValueError(f"there is no mechanism {name!r}: {did_you_mean(name, mechanisms())}")
    kind = mechanisms()[name]
    if not isinstance(values, Mapping):
        raise ValueError(f"{name} must be a mapping of parameters (empty for the defaults), got {values!r}")  # noqa: TRY004 - one refusal for all bad values
    known = [entry.name for entry in fields(kind)]
    for key in values:
        if key not in known:
            raise ValueError(f"{name} has no parameter {key!r}: {did_you_mean(str(key), known)}")
    return kind(**{key: _frozen(value) for key, value in values.items()})


def in_order(chosen: Mapping[str, Mechanism]) -> dict[str, Mechanism]:
    """The same mechanisms in the order in which worlds ask them."""
    return dict(sorted(chosen.items(), key=lambda item: (item[1].order, item[0])))


def name_of(kind: type[Mechanism]) -> str:
    """The name of a mechanism: that of its module."""
    module = sys.modules[kind.__module__].__name__
    return module.rsplit(".", maxsplit=1)[-1]


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


_KINDS = {bool: "true or false", str: "a word", tuple: "a list", int: "a whole number", float: "a number"}
_ITEMS = {"tuple[float, ...]": float, "tuple[int, ...]": int}
"""What the items of a list are, by the parameter's annotation; other lists are checked by their mechanism."""


def _check(name: str, value: Any, entry: Any) -> None:
    """One value against its field: the kind of its default, and the bounds of its metadata."""
    default, meta = entry.default, entry.metadata
    _check_kind(name, value, next(kind for kind in _KINDS if isinstance(default, kind)))
    if entry.type in _ITEMS:
        for i, item in enumerate(value):
            _check_kind(f"{name}[{i}]", item, _ITEMS[entry.type])
    if meta["options"] and value not in meta["options"]:
        raise ValueError(f"{name} cannot be {value!r}: {did_you_mean(value, meta['options'])}")
    for place, number in _numbers(name, value):
        _check_bounds(place, number, meta)


def _check_kind(name: str, value: Any, kind: type) -> None:
    fits = isinstance(value, int | float if kind is float else kind) and isinstance(value, bool) == (kind is bool)
    if not fits:
        said = list(value) if isinstance(value, tuple) else value
        raise ValueError(f"{name} must be {_KINDS[kind]}, got {said!r}")


def _numbers(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """Every number in a value, with where it stands."""
    if isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _numbers(f"{name}[{i}]", item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value


def _check_bounds(name: str, value: float, meta: Mapping[str, Any]) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")
    if meta["above"] is not None and value <= meta["above"]:
        raise ValueError(f"{name} must be above {meta['above']:g}, got {value!r}")
    if not meta["low"] <= value <= meta["high"]:
        raise ValueError(f"{name} must be between {meta['low']:g} and {meta['high']:g}, got {value!r}")
