"""Offline conversion data sets, which Meta has folded into datasets: said plainly, with the way to go."""

from __future__ import annotations

from typing import NoReturn

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import known


def _gone(_: Call) -> NoReturn:
    raise known(
        100,
        message="(#100) The Offline Conversions API is gone: send these events to a dataset with POST /{pixel}/events "
        "and action_source physical_store (up to 62 days old); datasets are listed at /act_{id}/adspixels",
    )


EDGES = ("account/offline_conversion_data_sets", "business/offline_conversion_data_sets", "pixel/offline_event_uploads")
ROUTES: Routes = {(method, edge): _gone for method in ("GET", "POST") for edge in EDGES}
