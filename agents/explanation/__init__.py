"""Why a budget moves, what would turn it, and what it is worth: decisions explained in figures and in words.

`explain_curves` for policies that believe in response curves, `explain_plainly` for all others; both give an `Account`.
"""

from agents.explanation.account import Grounds, explain_curves, explain_plainly
from agents.explanation.values import Account, Direction, Estimate, Explanation, Flip, Limit, Reason, Summary

__all__ = [
    "Account",
    "Direction",
    "Estimate",
    "Explanation",
    "Flip",
    "Grounds",
    "Limit",
    "Reason",
    "Summary",
    "explain_curves",
    "explain_plainly",
]
