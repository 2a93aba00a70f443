"""GET /dataset_quality: how well events of a dataset match people (Meta: "Dataset Quality API")."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import unknown_field, unknown_object
from simulator.graph_api.events.browser import browser_events
from simulator.graph_api.events.datasets import shops
from simulator.graph_api.events.quality import WINDOW, web
from simulator.graph_api.events.statistics import happened
from simulator.graph_api.events.store import events_of
from simulator.graph_api.params import names
from simulator.graph_api.record_calls import missing

FIELDS = ("web", "id")


def _quality(call: Call) -> Any:
    dataset = str(call.params.get("dataset_id") or "")
    if not dataset:
        raise missing("dataset_id")
    pixel = call.state.record(dataset)
    if pixel is None or pixel.kind != "pixel":
        raise unknown_object(call.request.method, dataset)
    for name in names(call.request.params, "fields"):
        if name not in FIELDS:
            raise unknown_field(name, "AdsPixelDatasetQuality")
    now = call.state.now
    servers = [event for event in events_of(pixel) if now - event.received_at <= WINDOW]
    return {"web": web(list(happened(servers, browser_events(shops(pixel, now), now - WINDOW, now))))}


ROUTES: Routes = {("GET", "dataset_quality"): _quality}
