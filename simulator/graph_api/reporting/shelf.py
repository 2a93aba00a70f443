"""Tables of reports that are being read page by page: the next page must not add everything up again.

A table stays as long as nothing has changed that it could show: no request that changes anything, no new day, and,
where it shows today or asks what objects are like now, no time at all.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

Kept = TypeVar("Kept")

PLACES = 64
PAGING = frozenset({"limit", "after", "before"})


class Shelf(Generic[Kept]):
    """The last few tables, each with the moment it is of."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[object, Kept]] = OrderedDict()

    def take(
        self, about: str, params: Mapping[str, Any], moment: Callable[[Kept], object], make: Callable[[], Kept]
    ) -> Kept:
        """What was made for the same question at the same moment, or else what `make` makes now.

        Args:
            about: the object that is asked about.
            params: of the question; those that choose a page make no difference.
            moment: what must be the same for an answer to hold still.
            make: answers the question.
        """
        asked = {name: value for name, value in params.items() if name not in PAGING}
        key = f"{about} {json.dumps(asked, sort_keys=True, default=str)}"
        if key in self._kept:
            at, kept = self._kept[key]
            if at == moment(kept):
                self._kept.move_to_end(key)
                return kept
        made = make()
        self._kept[key] = moment(made), made
        self._kept.move_to_end(key)
        while len(self._kept) > PLACES:
            self._kept.popitem(last=False)
        return made
