"""Attribution: which orders a platform can claim at all, and which windows they show in.

Meta's default setting counts orders within 7 days of a click and within 1 day of a view, booked on the day of the click
or view (Meta Business Help Centre, "About attribution settings"). Orders that come later are caused all the same, and
some come from people who saw the ad and never clicked. Haus found that 7-day click reports about 15 % less than 640
experiments on Meta measured; the defaults leave as much outside that window. How it divides between late orders and
those without a click, and how many more of the latter retargeting has, are assumptions. Orders that a platform claims
without having caused them are no part of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.audience_types import audience_types
from simulator.mechanism import Factors, Mechanism, Morning, Setting, param
from simulator.order_categories import CLICKS, VIEWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOWS = ("1d_click", "7d_click", "1d_view", "default")
"""Meta's names; its default is 7d_click and 1d_view together."""


@dataclass(frozen=True, slots=True)
class Attribution(Mechanism):
    """Some orders come too late to be reported, some without a click."""

    late_share: float = param(
        0.05, "share of click-through orders that come later than 7 days after the click", low=0.0, high=1.0
    )
    view_orders: float = param(
        0.1, "view-through orders per click-through order, within a day of the view", low=0.0, high=10.0
    )
    retargeting: float = param(2.0, "how many times as many view-through orders retargeting has", low=0.0, high=100.0)

    def begin(self, setting: Setting) -> NDArray[np.float64]:
        """View-through orders per click-through order, (1, A, 1)."""
        warm = np.array([kind == "retargeting" for kind in audience_types(setting.shape[1])])
        return (self.view_orders * np.where(warm, self.retargeting, 1.0))[None, :, None]

    def morning(self, state: NDArray[np.float64], morning: Morning) -> Factors:  # noqa: ARG002 - every day is alike
        """What cannot be seen in clicks of the window."""
        return Factors(late_share=self.late_share, view_orders=state)


def windows(orders: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """What each of Meta's windows reports, (...), once figures are final; before, give what `as_known` gives.

    A day is the resolution: 1d_click is what is known on the first morning.

    Args:
        orders: (13, ...) orders, or their worth, by category (`simulator.order_categories`).
    """
    within, viewed = orders[CLICKS].sum(axis=0), orders[VIEWS].sum(axis=0)
    return dict(zip(WINDOWS, (orders[0], within, viewed, within + viewed), strict=True))


MECHANISM: type[Mechanism] = Attribution
