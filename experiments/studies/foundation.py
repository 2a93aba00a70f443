"""Which budget policy deserves the first morning: the usual hands, the textbook bandit, and curves.

The default process constants of the curve policy (dispersion of counts, shares of orders by days of delay, prior of the
elasticity) are close to the simulator's. What it gains here is therefore what a well-specified model earns; how it does
with a wrong prior is the question of a later study.
"""

from __future__ import annotations

from agents.vocabulary import PolicySpec
from experiments.study import Study

STUDY = Study(
    name="foundation",
    question="Does sampling response curves beat leaving budgets alone, and the rules that marketers automate today?",
    policies={
        name: PolicySpec(name)
        for name in ("hold", "equal_split", "proportional_roas", "rules", "linear_thompson", "curve_thompson")
    },
    scenarios=("small", "medium", "volatile"),
    candidates=("linear_thompson", "curve_thompson"),
)
