"""Events that servers send to a dataset, and those that the simulated shop's browsers do: checked, kept, counted."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())
