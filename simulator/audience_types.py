"""Types of audience: what an ad set's name says about its people."""

from __future__ import annotations

from simulator.population import ad_set_names

AUDIENCE_TYPES = ("prospecting", "lookalike", "retargeting", "interests", "broad")
"""In the order in which ad sets take them."""


def audience_types(ad_sets: int) -> tuple[str, ...]:
    """The type of each ad set's audience, (A,), as its name says.

    >>> audience_types(3)
    ('prospecting', 'lookalike', 'retargeting')
    """
    return tuple(name.split()[1] for name in ad_set_names(ad_sets))
