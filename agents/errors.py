"""What can go wrong when something is observed or decided.

* AgentError
  x ObservationError   facts that cannot be made into an observation
  x SpecError          a policy spec that names no policy, or a parameter it does not have
  x DiscoveryError     a file in a room of plug-ins that does not export what the room is for
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AgentError(Exception):
    """Base of everything this package raises on purpose."""


class ObservationError(AgentError, ValueError):
    """Platform facts that cannot be made into an observation: the message names the field and the ad set."""


class SpecError(AgentError, ValueError):
    """A policy spec that cannot be built: unknown policy, unknown parameter, or a value out of range."""


class DiscoveryError(AgentError, ImportError):
    """A plug-in file that does not export the one name its room asks for."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a name that was not found: the closest known name, or the whole list.

    >>> did_you_mean("equl_split", ["hold", "equal_split"])
    "did you mean 'equal_split'?"
    """
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
