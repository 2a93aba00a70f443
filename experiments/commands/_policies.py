"""Policies as people name them on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from experiments.commands._console import BAD_USAGE, give_up

if TYPE_CHECKING:
    from agents.vocabulary import PolicySpec


def policy_spec(text: str) -> tuple[PolicySpec, str | None]:
    """The spec that was named (an alias, a policy, JSON), and its version where it came from the registry."""
    from agents.registry import build_policy  # noqa: PLC0415 - numpy
    from agents.vocabulary import PolicySpec  # noqa: PLC0415 - numpy
    from experiments.promote import ALIASES, load_alias  # noqa: PLC0415 - numpy

    if text in ALIASES:
        from experiments.tracking import Store  # noqa: PLC0415 - only where the registry is asked

        return load_alias(Store(), text)
    if text.startswith("{"):
        body = json_object(text, "--policy")
        if "name" not in body or not set(body) <= {"name", "params", "priors_digest"}:
            give_up('--policy needs a name, as in \'{"name": "rules", "params": {}}\'', BAD_USAGE)
        spec = PolicySpec(**body)
    else:
        spec = PolicySpec(text)
    build_policy(spec)
    return spec, None


def json_object(text: str, option: str) -> dict[str, Any]:
    """What an option says as a JSON object."""
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        give_up(f"{option} is not JSON: {error.msg} at column {error.colno}", BAD_USAGE)
    if not isinstance(body, dict):
        give_up(f"{option} must be a JSON object", BAD_USAGE)
    return body
