"""Why a budget moves, what would turn it, and what it is worth: decisions explained in figures and in words.

`account_of` asks any policy. Those that believe in response curves answer with `explain_curves`, for all others
`explain_plainly` tells what is known; both give an `Account`.
"""

from agents.explanation.account import Grounds, Split, explain_curves, explain_plainly
from agents.explanation.asking import Accounts, account_of
from agents.explanation.values import Account, Cause, Direction, Estimate, Explanation, Flip, Limit, Summary

__all__ = [
    "Account",
    "Accounts",
    "Cause",
    "Direction",
    "Estimate",
    "Explanation",
    "Flip",
    "Grounds",
    "Limit",
    "Split",
    "Summary",
    "account_of",
    "explain_curves",
    "explain_plainly",
]
