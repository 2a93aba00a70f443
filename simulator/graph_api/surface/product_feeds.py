"""Feeds of a catalogue, which are kept and never fetched, and the datasets that it is connected with."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param
from simulator.graph_api.params import names
from simulator.graph_api.products import inside
from simulator.graph_api.record_calls import (
    created,
    created_time,
    delete,
    listed,
    merge,
    missing,
    name_of,
    one_of,
    read,
    rows_page,
    told,
    words,
)
from simulator.graph_api.records import Record, RecordKind

FEED = RecordKind(
    name="product_feed",
    title="ProductFeed",
    known=words(
        """
        country created_time default_currency deletion_enabled delimiter encoding feed_type file_name id
        ingestion_source_type item_sub_type latest_upload migrated_from_feed_id name override_type primary_feeds
        product_count quoted_fields_mode schedule supplementary_feeds update_schedule
        """
    ),
    shown={"created_time": created_time, "product_count": lambda _: 0},
)
FEED_ENUMS = {
    "encoding": words("AUTODETECT LATIN1 UTF16BE UTF16LE UTF32BE UTF32LE UTF8"),
    "feed_type": words(
        "ACTIVITY APP_AND_SOFTWARE ARTICLE_AND_PUBLICATION AUTOMOTIVE_MODEL COLLECTION DESTINATION FLIGHT HOME_LISTING "
        "HOTEL HOTEL_ROOM LOCAL_INVENTORY MEDIA_TITLE OFFER PRODUCTS PRODUCT_RATINGS_AND_REVIEWS SERVICE "
        "TRANSACTABLE_ITEMS VEHICLES VEHICLE_OFFER"
    ),
}


def _feed_values(asked: dict[str, Any], *, required: bool) -> dict[str, Any]:
    name = name_of(asked, required=required)
    found = {key: asked[key] for key in ("country", "default_currency", "file_name") if asked.get(key) is not None}
    for key, known in FEED_ENUMS.items():
        if asked.get(key) is not None:
            found[key] = one_of(asked[key], key, known)
    return {**found, **({"name": name} if name else {})}


def _create_feed(call: Call) -> Any:
    values = {"feed_type": "PRODUCTS", "encoding": "AUTODETECT", **_feed_values(told(call), required=True)}
    made = call.state.add_record("product_feed", None, values)
    made.hidden["catalog"] = call.found
    return created(call, made)


def _sources(catalog: Record) -> list[str]:
    """Ids of the datasets that know what people do with its products."""
    found: list[str] = catalog.hidden.setdefault("event_sources", [])
    return found


def _connect(call: Call) -> Any:
    """Connect datasets with the catalogue, or part them."""
    asked = names(call.params, "external_event_sources")
    if not asked:
        raise missing("external_event_sources")
    for one in asked:
        record = call.state.record(one)
        if record is None or record.kind != "pixel":
            raise bad_param("external_event_sources", f"names {one}, which is no dataset of yours")
    kept = [one for one in _sources(call.found) if one not in asked]
    call.found.hidden["event_sources"] = kept if call.request.method == "DELETE" else [*kept, *asked]
    call.changed()
    return {"success": True}


def _connected(call: Call) -> Any:
    found = [record for one in _sources(call.found) if (record := call.state.record(one))]
    rows = ({"id": one.id, "name": one.values["name"], "source_type": "PIXEL"} for one in found)
    return rows_page(call, rows)


KINDS = (FEED,)
ROUTES: Routes = {
    ("GET", "catalog/product_feeds"): lambda call: listed(call, inside(call.state, "product_feed", call.found)),
    ("POST", "catalog/product_feeds"): _create_feed,
    ("GET", "product_feed"): read,
    ("POST", "product_feed"): lambda call: merge(call, _feed_values(told(call), required=False)),
    ("DELETE", "product_feed"): delete,
    ("GET", "catalog/external_event_sources"): _connected,
    **{(method, "catalog/external_event_sources"): _connect for method in ("POST", "DELETE")},
}
