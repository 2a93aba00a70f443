"""Asking a policy to account for a decision: in figures where it can, in its own sentences where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from agents.allocation import leeway
from agents.explanation.account import Grounds, explain_curves, explain_plainly

if TYPE_CHECKING:
    from agents.explanation.values import Account
    from agents.response import Curves
    from agents.vocabulary import Allocation, IntArray, Observation, Policy, Rng


@runtime_checkable
class Accounts(Protocol):
    """A budget policy that says in figures what it believed; the method is optional."""

    def account_for(
        self, observation: Observation, allocation: Allocation, rng: Rng, final_minor: IntArray | None = None
    ) -> Account:
        """The decision explained, of a single account.

        Args:
            observation: what `decide` saw.
            allocation: what it answered.
            rng: a generator in the state in which `decide` got it, so that the draws are the same.
            final_minor: (A,) what guardrails left of the answer; None for all of it.

        Raises:
            ValueError: the observation is a batch of accounts.
        """


@runtime_checkable
class HasCurves(Protocol):
    """A budget policy that believes in response curves; the method is optional."""

    def curves(self, observation: Observation) -> Curves:
        """What it believes."""


def account_of(
    policy: Policy,
    observation: Observation,
    allocation: Allocation,
    rng: Rng,
    *,
    sentences: Sequence[str],
    final_minor: IntArray | None = None,
) -> Account:
    """What `policy` says of its decision; `sentences` (A) are its words, for a policy that does not account for itself.

    One that believes in `curves` has its decision valued along them.
    """
    if isinstance(policy, Accounts):
        return policy.account_for(observation, allocation, rng, final_minor)
    max_change: float | None = getattr(policy, "max_change", None)
    if isinstance(policy, HasCurves):
        grounds = Grounds(policy.curves(observation), leeway(observation, max_change))
        return explain_curves(observation, allocation, grounds, final_minor, sentences=sentences)
    return explain_plainly(observation, allocation, sentences, max_change, final_minor)
