"""Journalled decisions as a log: what was chosen, out of what, with which probabilities, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.errors import LogRefused
from experiments.ope.log import BanditLog


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision among alternatives that may come and go.

    Attributes:
        chosen: the name of what was done.
        probabilities: of everything that could have been done, by name, before the draw; they sum to 1.
        reward: what came of it.
    """

    chosen: str
    probabilities: Mapping[str, float]
    reward: float


def log_of(choices: Sequence[Choice]) -> BanditLog:
    """The log of choices in time order; actions are numbered in the order of their names.

    With the probabilities of everything at hand, the adaptively weighted estimators can answer too.

    Raises:
        LogRefused: none, or one whose chosen action has no probability; the message says which, from 1 on.
    """
    names = tuple(sorted({name for choice in choices for name in choice.probabilities}))
    place = {name: number for number, name in enumerate(names)}
    table = np.zeros((len(choices), len(names)))
    for row, choice in enumerate(choices):
        if choice.chosen not in choice.probabilities:
            raise LogRefused(
                f"row {row + 1}: {choice.chosen!r} was chosen, and its probability was not written down: "
                f"there are {', '.join(sorted(choice.probabilities)) or 'none'}"
            )
        for name, chance in choice.probabilities.items():
            table[row, place[name]] = chance
    actions = np.array([place[choice.chosen] for choice in choices], dtype=np.int64)
    return BanditLog(
        actions=actions,
        rewards=np.array([choice.reward for choice in choices], dtype=np.float64),
        propensities=table[np.arange(len(choices)), actions],
        n_actions=len(names),
        logging_probabilities=table,
        action_names=names,
    )
