"""Guardrails: one rule a file, exported as GUARDRAIL, pure and batch first.

A guardrail is a frozen dataclass whose fields are its limits. It sees the observation, the targets that the policy (or
the guardrail before it) asked for, and `as_of`, the day being decided; it returns what is left. It may lower any target
and may soften a cut, but never turns a cut into a raise and never raises above what was asked. What it cannot judge may
not spend more: see `check_all`, which fails closed.
"""
