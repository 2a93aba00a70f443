"""A bandit's log as arrays, and a target policy's probabilities beside it; what cannot be right is refused in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from experiments.errors import LogRefused

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-6
"""How far probabilities may be from summing to one, and a logged propensity from its table."""


@dataclass(frozen=True, eq=False, slots=True)
class BanditLog:
    """N decisions in time order; arrays are read-only.

    Attributes:
        actions: which of A actions was taken, (N,), from 0 on.
        rewards: what came of it, (N,).
        propensities: the probability with which the logging policy took that very action, (N,), in (0, 1].
        n_actions: A.
        positions: at which of L positions of a list it was shown, (N,), from 0 on; None is one position.
        action_embeddings: categories of each action, (A, E), for MIPS.
        logging_probabilities: of every action, (N, A), at the round's position, for adaptively weighted estimators.
        action_names: what people call the actions, (A,); empty where numbers will do.

    Raises:
        LogRefused: anything that no log can contain; the message names the first such row (from 1 on).
    """

    actions: IntArray
    rewards: FloatArray
    propensities: FloatArray
    n_actions: int
    positions: IntArray | None = None
    action_embeddings: IntArray | None = None
    logging_probabilities: FloatArray | None = None
    action_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("actions", "positions", "action_embeddings"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, whole_numbers(getattr(self, name), name))
        for name in ("rewards", "propensities", "logging_probabilities"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, read_only(np.asarray(getattr(self, name), dtype=np.float64)))
        self._check_lengths()
        self._check_values()
        self._check_tables()

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def n_positions(self) -> int:
        """L: one where the log has no positions."""
        return 1 if self.positions is None else int(self.positions.max()) + 1

    @property
    def places(self) -> IntArray:
        """Position of each round (N,): zeros where the log has none."""
        return np.zeros(len(self), dtype=np.int64) if self.positions is None else self.positions

    def _check_lengths(self) -> None:
        if self.propensities.ndim == 2:  # noqa: PLR2004 - a matrix
            raise LogRefused(
                f"propensities have the shape {self.propensities.shape}: give the logged action's alone, "
                "probabilities[range(N), actions]; all of them go into logging_probabilities"
            )
        lengths = {
            name: array.shape
            for name in ("actions", "rewards", "propensities", "positions")
            if (array := getattr(self, name)) is not None
        }
        if any(len(shape) != 1 for shape in lengths.values()) or len(set(lengths.values())) > 1:
            said = ", ".join(f"{name} {shape}" for name, shape in lengths.items())
            raise LogRefused(f"a log has one action, reward and propensity a round, but the shapes are {said}")
        if not len(self.actions):
            raise LogRefused("the log has no rounds")

    def _check_values(self) -> None:
        refuse_row(
            (self.actions < 0) | (self.actions >= self.n_actions),
            self.actions,
            f"action {{}} is none of the {self.n_actions} actions (0 to {self.n_actions - 1}): "
            "number actions from 0 on, or say how many there are",
        )
        refuse_row(
            ~np.isfinite(self.rewards), self.rewards, "reward is {}: fill it in, or leave the round out and say so"
        )
        refuse_row(~np.isfinite(self.propensities), self.propensities, "propensity is {}: it was not logged")
        refuse_row(
            self.propensities <= 0.0,
            self.propensities,
            "propensity is {}, but the action was taken: log the probability of the action that was taken, before "
            "rounding",
        )
        refuse_row(
            self.propensities > 1.0,
            self.propensities,
            "propensity is {}, above 1: give a probability, not a percentage, a weight or a score",
        )
        if self.positions is not None:
            refuse_row(self.positions < 0, self.positions, "position is {}: number positions from 0 on")

    def _check_tables(self) -> None:
        if self.action_embeddings is not None and self.action_embeddings.shape[:1] != (self.n_actions,):
            raise LogRefused(
                f"action_embeddings have the shape {self.action_embeddings.shape}: one row for each of the "
                f"{self.n_actions} actions is needed"
            )
        if self.action_names and len(self.action_names) != self.n_actions:
            raise LogRefused(f"{len(self.action_names)} action names for {self.n_actions} actions")
        table = self.logging_probabilities
        if table is None:
            return
        if table.shape != (len(self), self.n_actions):
            raise LogRefused(f"logging_probabilities have the shape {table.shape}, not {(len(self), self.n_actions)}")
        refuse_rows_that_are_no_distribution(table, "logging_probabilities")
        stated = table[np.arange(len(self)), self.actions]
        refuse_row(
            np.abs(stated - self.propensities) > TOLERANCE,
            self.propensities,
            "propensity {} is not the one that logging_probabilities give the logged action: "
            "take probabilities[range(N), actions], not the largest or the first",
        )


def target_table(log: BanditLog, probabilities: FloatArray, *, check: bool = True) -> FloatArray:
    """A target policy's probabilities as (1 or N, A, 1 or L), whichever way they came; a view, not a copy.

    Args:
        log: the decisions.
        probabilities: (A,) the same in every round; (N, A) by round; (A, L) by position; (N, A, L) by both.
        check: False leaves it to the caller to look at each round's row.

    Raises:
        LogRefused: another shape, or a row that is no distribution over actions.
    """
    rounds, actions, places = len(log), log.n_actions, log.n_positions
    table: FloatArray = read_only(np.asarray(probabilities, dtype=np.float64))
    shaped = {
        (actions,): (1, actions, 1),
        (actions, places): (1, actions, places),
        (rounds, actions): (rounds, actions, 1),
        (rounds, actions, places): (rounds, actions, places),
    }
    if table.shape not in shaped:
        raise LogRefused(
            f"target probabilities have the shape {table.shape}: give (A,) = {(actions,)}, "
            f"(N, A) = {(rounds, actions)}, (A, L) = {(actions, places)} or (N, A, L) = {(rounds, actions, places)}"
        )
    table = table.reshape(shaped[table.shape])
    # A table that repeats one row takes no memory for it, and needs one look.
    table = table[:1] if table.strides[0] == 0 else table
    if check or len(table) == 1:
        refuse_rows_that_are_no_distribution(table, "target probabilities")
    return table


def refuse_rows_that_are_no_distribution(table: FloatArray, name: str) -> None:
    """Rows along axis 1 must be distributions.

    Raises:
        LogRefused: one is not; the message says which, and its sum.
    """
    sums = table.sum(axis=1)
    wrong = ~(np.abs(sums - 1.0) <= TOLERANCE)
    if table.min() < 0.0:
        wrong |= (table < 0.0).any(axis=1)
    if wrong.any():
        at, *place = (int(i) for i in np.argwhere(wrong)[0])
        refuse_distribution(table[at][:, place[0]] if place else table[at], at, name)


def refuse_distribution(row: FloatArray, at: int, name: str) -> NoReturn:
    """Say what is wrong with the probabilities (A,) of the round at this place.

    Raises:
        LogRefused: always.
    """
    raise LogRefused(
        f"row {at + 1}: {name} sum to {float(row.sum()):.6g} and the smallest is {float(row.min()):.3g}; "
        "they must be at least 0 and sum to 1 over the actions"
    )


def refuse_row(wrong: BoolArray, values: FloatArray | IntArray, message: str) -> None:
    """Name the first wrong row (N,), from 1 on, with its value in place of the braces.

    Raises:
        LogRefused: there is one.
    """
    if wrong.any():
        row = int(np.argmax(wrong))
        others = int(wrong.sum()) - 1
        more = f" (and {others:,} more rows like it)" if others else ""
        raise LogRefused(f"row {row + 1}: {message.format(values[row].item())}{more}")


def read_only(array: Any) -> Any:
    """A view that nobody writes into."""
    view = array.view()
    view.flags.writeable = False
    return view


def whole_numbers(values: Any, name: str) -> IntArray:
    """Integers, as a read-only view where they are integers already.

    Raises:
        LogRefused: a value has a fraction, or is no number.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        try:
            floats = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise LogRefused(f"{name} must be whole numbers from 0 on: {error}") from error
        with np.errstate(invalid="ignore"):
            whole = np.isfinite(floats) & (floats == np.round(floats))
        if floats.ndim == 1:
            refuse_row(~whole, floats, f"{name} has {{}}: whole numbers from 0 on are needed")
        elif not whole.all():
            raise LogRefused(f"{name} must be whole numbers from 0 on")
    integers: IntArray = read_only(array.astype(np.int64, copy=False))
    return integers


def uniform(log: BanditLog) -> FloatArray:
    """The policy that takes every action equally often, (A,)."""
    return np.full(log.n_actions, 1.0 / log.n_actions)
