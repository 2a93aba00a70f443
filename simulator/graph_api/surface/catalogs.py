"""Product catalogues of the business, their products and product sets: the least that ads by catalogue need.

Item batches and product groups are not offered in this version (Meta: "Product Catalog").
"""

from __future__ import annotations

import json
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param, not_offered
from simulator.graph_api.events.datasets import owner
from simulator.graph_api.params import truth
from simulator.graph_api.products import FIELDS, inside, meets, read_filter, read_product, shown_price
from simulator.graph_api.record_calls import (
    created,
    delete,
    listed,
    merge,
    name_of,
    one_of,
    read,
    told,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.state import Platform

VERTICALS = words(
    "adoptable_pets apps_and_software articles_and_publications commerce destinations flights generic home_listings "
    "hotels local_service_businesses media_titles offer_items offline_commerce services transactable_items vehicles"
)


def _members(state: Platform, product_set: Record) -> list[Record]:
    wanted = read_filter(product_set.values.get("filter"))
    products = inside(state, "product", product_set.hidden["catalog"])
    return [one for one in products if meets(wanted, one.values)]


CATALOG = RecordKind(
    name="catalog",
    title="ProductCatalog",
    known=words(
        """
        ad_account_to_collaborative_ads_share_settings agency_collaborative_ads_share_settings business catalog_store
        commerce_merchant_settings creator_user da_display_settings default_image_url fallback_image_url feed_count id
        is_catalog_segment is_local_catalog name owner_business product_count show_assign_permissions
        store_catalog_settings user_access_expire_time vertical
        """
    ),
    shown={
        "product_count": lambda record: len(inside(record.hidden["state"], "product", record)),
        "feed_count": lambda record: len(inside(record.hidden["state"], "product_feed", record)),
    },
)
PRODUCT = RecordKind(
    name="product",
    title="ProductItem",
    known=FIELDS
    | words(
        """
        id additional_image_cdn_urls additional_variant_attributes applinks capability_to_review_status
        commerce_insights errors expiration_date fb_product_category image_cdn_urls image_fetch_status images
        invalidation_errors manufacturer_part_number mobile_link ordering_index origin_country parent_product_id
        product_catalog product_feed product_group product_local_info quantity_to_sell_on_facebook review_status
        review_rejection_reasons sale_price_end_date sale_price_start_date shipping_weight_unit shipping_weight_value
        start_date status tags videos video_fetch_status
        """
    ),
    shown={
        "price": lambda record: shown_price(record.values, "price"),
        "sale_price": lambda record: shown_price(record.values, "sale_price"),
        "product_catalog": lambda record: {"id": record.hidden["catalog"].id},
    },
)
PRODUCT_SET = RecordKind(
    name="product_set",
    title="ProductSet",
    known=words(
        "auto_creation_url filter id latest_metadata live_metadata name ordering_info product_catalog product_count "
        "retailer_id"
    ),
    shown={
        "filter": lambda record: json.dumps(record.values["filter"], separators=(",", ":")),
        "product_catalog": lambda record: {"id": record.hidden["catalog"].id},
        "product_count": lambda record: len(_members(record.hidden["state"], record)),
    },
)


def _create_catalog(call: Call) -> Any:
    asked = told(call)
    vertical = one_of(asked.get("vertical", "commerce"), "vertical", VERTICALS)
    business = owner(call.state)
    values = {"name": name_of(asked), "vertical": vertical, "business": business, "owner_business": business}
    made = call.state.add_record("catalog", None, {**values, "is_catalog_segment": False})
    made.hidden["state"] = call.state
    return created(call, made)


def _rename(call: Call) -> Any:
    name = name_of(told(call), required=False)
    return merge(call, {"name": name} if name else {})


def _delete_catalog(call: Call) -> Any:
    """A catalogue with product sets goes only where that is said."""
    sets = inside(call.state, "product_set", call.found)
    if sets and not truth(call.params, "allow_delete_catalog_with_live_product_set"):
        raise bad_param("allow_delete_catalog_with_live_product_set", f"must be true: there are {len(sets)} sets")
    feeds = inside(call.state, "product_feed", call.found)
    for one in (*sets, *feeds, *inside(call.state, "product", call.found)):
        one.deleted = True
    return delete(call)


def _create_product(call: Call) -> Any:
    values = read_product(told(call), required=True)
    known = [one for one in inside(call.state, "product", call.found) if _same(one, values)]
    if known and not truth(call.params, "allow_upsert"):
        raise bad_param("retailer_id", f"is the one of product {known[0].id}; send allow_upsert to change it")
    if known:
        known[0].values.update(values)
        known[0].updated_at = call.state.now
        return created(call, known[0])
    defaults = {"availability": "in stock", "condition": "new", "visibility": "published", "review_status": "approved"}
    made = call.state.add_record("product", None, {**defaults, **values})
    made.hidden["catalog"] = call.found
    return created(call, made)


def _same(product: Record, values: dict[str, Any]) -> bool:
    return bool(product.values["retailer_id"] == values["retailer_id"])


def _create_set(call: Call) -> Any:
    asked = told(call)
    values = {"name": name_of(asked), "filter": read_filter(asked.get("filter"))}
    if asked.get("retailer_id") is not None:
        values["retailer_id"] = str(asked["retailer_id"])
    made = call.state.add_record("product_set", None, values)
    made.hidden["catalog"], made.hidden["state"] = call.found, call.state
    return created(call, made)


def _update_set(call: Call) -> Any:
    asked = told(call)
    name = name_of(asked, required=False)
    values: dict[str, Any] = {"name": name} if name else {}
    if "filter" in asked:
        values["filter"] = read_filter(asked["filter"])
    return merge(call, values)


def _not_offered(call: Call) -> Any:
    raise not_offered(f"{call.edge} of a catalogue (create products one by one, or fifty in a batch request)")


KINDS = (CATALOG, PRODUCT, PRODUCT_SET)
ROUTES: Routes = {
    ("GET", "business/owned_product_catalogs"): lambda call: listed(call, call.state.records_of("catalog")),
    ("POST", "business/owned_product_catalogs"): _create_catalog,
    **{("GET", kind): read for kind in ("catalog", "product", "product_set")},
    ("POST", "catalog"): _rename,
    ("DELETE", "catalog"): _delete_catalog,
    ("GET", "catalog/products"): lambda call: listed(call, inside(call.state, "product", call.found)),
    ("POST", "catalog/products"): _create_product,
    ("GET", "catalog/product_sets"): lambda call: listed(call, inside(call.state, "product_set", call.found)),
    ("POST", "catalog/product_sets"): _create_set,
    **{("POST", f"catalog/{edge}"): _not_offered for edge in ("items_batch", "batch")},
    ("POST", "product"): lambda call: merge(call, read_product(told(call), required=False)),
    ("DELETE", "product"): delete,
    ("GET", "product_set/products"): lambda call: listed(call, _members(call.state, call.found)),
    ("POST", "product_set"): _update_set,
    ("DELETE", "product_set"): delete,
}
