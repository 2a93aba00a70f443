"""What estimators look at: a few numbers per round, worked out once and shared by all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.errors import LogRefused
from experiments.ope.log import TOLERANCE, BanditLog, read_only, refuse_distribution, target_table

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

_BLOCK = 256
"""Rounds gathered at a time: two blocks of 80 actions fit into the cache."""


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """A log, a target policy and perhaps a reward model, as one number a round (N,).

    Attributes:
        log: the decisions.
        weights: target over logging probability of the logged action.
        target: the target's probabilities (1 or N, A, 1 or L); None where only those of logged actions are known.
        logged_reward: the model's expected reward of the logged action; None without a model.
        target_reward: the model's expected reward under the target policy; None without a model.
    """

    log: BanditLog
    weights: FloatArray
    target: FloatArray | None = None
    logged_reward: FloatArray | None = None
    target_reward: FloatArray | None = None


def gather(log: BanditLog, target: FloatArray, model: FloatArray | None = None) -> Evidence:
    """Evidence from a target's probabilities and a model's expected rewards: (A,), (N, A), (A, L) or (N, A, L) each.

    Raises:
        LogRefused: shapes that do not fit the log, no distribution in a round's row, or a model with NaN.
    """
    table = target_table(log, target, check=False)
    rewards = None if model is None else model_table(log, model)
    expected = _expected(log, table, rewards)
    weights = at_logged(log, table) / log.propensities
    if rewards is None or expected is None:
        return Evidence(log, weights, table)
    return Evidence(log, weights, table, at_logged(log, rewards), expected)


def gather_logged(log: BanditLog, target_of_logged: FloatArray) -> Evidence:
    """Evidence where only the target's probability of each logged action is known, (N,): no model, no MIPS.

    Raises:
        LogRefused: another shape, or a number that is no probability.
    """
    chances = np.asarray(target_of_logged, dtype=np.float64)
    if chances.shape != (len(log),):
        raise LogRefused(f"the target's probabilities of logged actions have the shape {chances.shape}, not {len(log)}")
    wrong = ~((chances >= 0.0) & (chances <= 1.0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise LogRefused(f"row {row + 1}: the target's probability is {chances[row]}, not between 0 and 1")
    return Evidence(log, chances / log.propensities)


def model_table(log: BanditLog, model: FloatArray) -> FloatArray:
    """Expected rewards as (1 or N, A, 1 or L).

    Raises:
        LogRefused: another shape.
    """
    rounds, actions, places = len(log), log.n_actions, log.n_positions
    table: FloatArray = read_only(np.asarray(model, dtype=np.float64))
    shaped = {
        (actions,): (1, actions, 1),
        (actions, places): (1, actions, places),
        (rounds, actions): (rounds, actions, 1),
        (rounds, actions, places): (rounds, actions, places),
    }
    if table.shape not in shaped:
        raise LogRefused(
            f"expected rewards have the shape {table.shape}: give (N, A) = {(rounds, actions)} or "
            f"(N, A, L) = {(rounds, actions, places)}, or leave out N where they are the same in every round"
        )
    table = table.reshape(shaped[table.shape])
    return table[:1] if table.strides[0] == 0 else table


def at_logged(log: BanditLog, table: FloatArray) -> FloatArray:
    """What a table (1 or N, A, 1 or L) says of each round's logged action, (N,)."""
    rounds = np.arange(len(log)) if table.shape[0] > 1 else 0
    places = log.places if table.shape[2] > 1 else 0
    found: FloatArray = table[rounds, log.actions, places]
    return found


def at_positions(log: BanditLog, table: FloatArray, some: slice) -> FloatArray:
    """The rows (B, A) of a table (1 or N, A, 1 or L) that belong to some rounds and their positions."""
    places = log.places[some]
    if table.shape[0] == 1:
        found: FloatArray = table[0].T[places] if table.shape[2] > 1 else table[0].T
        return found
    rows = table[some]
    return rows[np.arange(len(places)), :, places] if table.shape[2] > 1 else rows[:, :, 0]


def _expected(log: BanditLog, target: FloatArray, rewards: FloatArray | None) -> FloatArray | None:
    """Expected reward (N,) of each round: the rewards of all actions, weighted by their target probabilities.

    Tables are large, so each round's row is looked at once: checked and summed while it is in the cache.
    """
    found = None if rewards is None else np.empty(len(log))
    if len(target) == 1 and (rewards is None or len(rewards) == 1):
        if rewards is not None:
            by_place = (target * rewards)[0].sum(axis=0)
            found = by_place[log.places] if len(by_place) > 1 else np.full(len(log), by_place[0])
    else:
        ones = np.ones(log.n_actions)
        for start in range(0, len(log), _BLOCK):
            some = slice(start, start + _BLOCK)
            shares = at_positions(log, target, some)
            if len(target) > 1:
                wrong = ~(np.abs(shares @ ones - 1.0) <= TOLERANCE)
                if wrong.any() or shares.min() < 0.0:
                    at = int(np.argmax(wrong | (shares < 0.0).any(axis=1)))
                    refuse_distribution(shares[at], start + at, "target probabilities")
            if rewards is not None and found is not None:
                worth = at_positions(log, rewards, some)
                found[some] = np.einsum("na,na->n", *np.broadcast_arrays(shares, worth))
    if found is not None and not np.isfinite(found).all():
        raise LogRefused("expected rewards are not all finite: the reward model failed for some rounds or actions")
    return found
