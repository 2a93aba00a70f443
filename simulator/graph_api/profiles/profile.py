"""One fault profile: rules, and which of them strikes a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator.errors import did_you_mean
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.fault_kinds import KINDS, Fault, Wish, luck, read_wish, says, words_of

KEYS = ("name", "description", "seed", "faults")
RULE_KEYS = ("rate", "match", "burst", "window")
WINDOW_KEYS = ("every_requests", "for_requests", "after_requests", "every_seconds", "for_seconds", "after_seconds")
MOST_BURST = 1000


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the time, counted in requests and in simulated seconds since the profile began; both must agree.

    `every` repeats it (0: once), `length` is how long it lasts (infinite unless told), `after` when it first opens.
    """

    every: tuple[float, float] = (0, 0)
    length: tuple[float, float] = (float("inf"), float("inf"))
    after: tuple[float, float] = (0, 0)

    def open_at(self, number: int, seconds: float) -> bool:
        """Whether it is open for request `number` (from 1) at `seconds`."""
        return self._open(0, number - 1) and self._open(1, seconds)

    def _open(self, unit: int, position: float) -> bool:
        since = position - self.after[unit]
        if since < 0:
            return False
        return (since % self.every[unit] if self.every[unit] else since) < self.length[unit]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a profile."""

    wish: Wish
    rate: float
    words: tuple[str, ...]
    burst: int
    window: Window

    def strikes(self, key: tuple[object, ...], number: int, seconds: float) -> bool:
        """Whether request `number` is struck: it drew this rule itself, or one of the last `burst` did."""
        if not self.window.open_at(number, seconds):
            return False
        first = max(1, number - self.burst + 1)
        return any(luck(*key, drawn) < self.rate for drawn in range(first, number + 1))


@dataclass(frozen=True, slots=True)
class Profile:
    """Rules in order: the first that strikes a request is the one that happens."""

    name: str
    description: str
    seed: int
    rules: tuple[Rule, ...]

    def with_seed(self, seed: int) -> Profile:
        """The same rules with other luck."""
        return replace(self, seed=seed)

    def strike(self, number: int, seconds: float, line: str, fits: frozenset[str]) -> Fault | None:
        """The fault of one request, if any.

        Args:
            number: of the request, counted from 1 since the profile began.
            seconds: simulated, since the profile began.
            line: of the request; words are looked for in it.
            fits: what the request is; see `Kind.fits`.
        """
        for place, rule in enumerate(self.rules):
            suits = KINDS[rule.wish.kind].fits in fits and says(line, rule.words)
            if suits and rule.strikes((self.seed, place), number, seconds):
                return rule.wish.strike(f"profile {self.name}", self.seed, number)
        return None


def read_profile(spec: Mapping[str, Any]) -> Profile:
    """Check a profile.

    Raises:
        EmulatorError: it says which rule is wrong and what was probably meant.
    """
    _only(spec, KEYS, "a fault profile")
    rules = spec.get("faults", [])
    if not isinstance(rules, list) or not all(isinstance(rule, Mapping) for rule in rules):
        raise EmulatorError("faults is a list of rules, each an object with kind and rate")
    seed = spec.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise EmulatorError(f"seed is a whole number; got {seed!r}")
    return Profile(
        name=str(spec.get("name", "unnamed")),
        description=str(spec.get("description", "")),
        seed=seed,
        rules=tuple(_rule(place, rule) for place, rule in enumerate(rules, start=1)),
    )


def _rule(place: int, spec: Mapping[str, Any]) -> Rule:
    try:
        words, window = words_of(spec.get("match")), _window(spec.get("window"))
        return Rule(read_wish(spec, also=RULE_KEYS), _rate(spec), words, _burst(spec), window)
    except EmulatorError as error:
        raise EmulatorError(f"fault {place}: {error}") from error


def _rate(spec: Mapping[str, Any]) -> float:
    rate = spec.get("rate", 1.0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise EmulatorError(f"rate is a chance from 0 to 1; got {rate!r}")
    return float(rate)


def _burst(spec: Mapping[str, Any]) -> int:
    burst = spec.get("burst", 1)
    if isinstance(burst, bool) or not isinstance(burst, int) or not 1 <= burst <= MOST_BURST:
        raise EmulatorError(f"burst is a number of requests from 1 to {MOST_BURST}; got {burst!r}")
    return burst


def _window(spec: Any) -> Window:
    if spec is None:
        return Window()
    if not isinstance(spec, Mapping):
        raise EmulatorError(f"window is an object with {', '.join(WINDOW_KEYS)}; got {spec!r}")
    _only(spec, WINDOW_KEYS, "a window")
    for key, value in spec.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise EmulatorError(f"{key} is a number of at least 0; got {value!r}")
    every, length, after = (
        (spec.get(f"{word}_requests", untold), spec.get(f"{word}_seconds", untold))
        for word, untold in (("every", 0), ("for", float("inf")), ("after", 0))
    )
    return Window(every, length, after)


def _only(spec: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    for key in spec:
        if key not in known:
            raise EmulatorError(f"{what} has no {key!r}; {did_you_mean(str(key), known)}")
