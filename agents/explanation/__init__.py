"""Why a budget moves, what would turn it, and what it is worth: decisions explained in figures and in words.

`account_of` asks any policy. Those that believe in response curves answer with `explain_curves`, for all others
`explain_plainly` tells what is known; both give an `Account`.
"""

from agents.explanation.account import Grounds, explain_curves, explain_plainly
from agents.explanation.asking import Accounts, account_of
from agents.explanation.values import Account, Direction, Estimate, Explanation, Flip, Limit, Reason, Summary

__all__ = [
    "Account",
    "Accounts",
    "Direction",
    "Estimate",
    "Explanation",
    "Flip",
    "Grounds",
    "Limit",
    "Reason",
    "Summary",
    "account_of",
    "explain_curves",
    "explain_plainly",
]
