"""Product catalogues through the SDK, and saved audiences."""

from __future__ import annotations

import json

import pytest
from facebook_business.adobjects.business import Business
from facebook_business.adobjects.productcatalog import ProductCatalog
from facebook_business.adobjects.productfeed import ProductFeed
from facebook_business.adobjects.productitem import ProductItem
from facebook_business.adobjects.productset import ProductSet

SHOE = {
    "retailer_id": "shoe-1",
    "name": "Shoe",
    "price": 4999,
    "currency": "EUR",
    "url": "https://shop.example/shoe",
    "image_url": "https://shop.example/shoe.png",
    "brand": "Feet",
}


@pytest.fixture
def business(client) -> Business:
    return client.of(Business, client.facts["business_id"])


@pytest.fixture
def catalog(client, business) -> ProductCatalog:
    return business.create_owned_product_catalog(params={"name": "Shoes", "vertical": "commerce"})


def test_a_catalogue_counts_its_products(client, business, catalog) -> None:
    made = catalog.create_product(params=SHOE)
    found = client.of(ProductItem, made["id"]).api_get(fields=["name", "price", "availability", "retailer_id"])

    assert (found["name"], found["price"], found["availability"]) == ("Shoe", "49.99 EUR", "in stock")
    assert catalog.api_get(fields=["product_count", "vertical"])["product_count"] == 1
    assert [one["id"] for one in business.get_owned_product_catalogs()] == [catalog["id"]]
    assert [one["retailer_id"] for one in catalog.get_products(fields=["retailer_id"])] == ["shoe-1"]


def test_a_product_is_changed_and_upserted_and_deleted(client, catalog, refused) -> None:
    made = client.of(ProductItem, catalog.create_product(params=SHOE)["id"])
    made.api_update(params={"price": 3999})

    assert made.api_get(fields=["price"])["price"] == "39.99 EUR"
    assert "allow_upsert" in refused(lambda: catalog.create_product(params=SHOE)).api_error_message()
    assert catalog.create_product(params={**SHOE, "allow_upsert": True})["id"] == made["id"]
    made.api_delete()
    assert catalog.get_products().total() == 0


@pytest.mark.parametrize(
    "changes", [{"price": None}, {"price": -1}, {"price": "49.99"}, {"condition": "old"}, {"retailer_id": None}]
)
def test_a_product_that_cannot_be_is_refused(client, catalog, refused, changes) -> None:
    params = {name: value for name, value in {**SHOE, **changes}.items() if value is not None}

    assert refused(lambda: client.raw("POST", f"{catalog['id']}/products", **params)).api_error_code() == 100


def test_a_product_set_holds_what_its_filter_says(client, catalog, refused) -> None:
    for number, brand in enumerate(["Feet", "Feet", "Toes"]):
        catalog.create_product(params={**SHOE, "retailer_id": f"shoe-{number}", "brand": brand})
    wanted = {"brand": {"i_contains": "FEET"}}
    made = client.of(ProductSet, catalog.create_product_set(params={"name": "Feet", "filter": wanted})["id"])

    assert [one["retailer_id"] for one in made.get_products(fields=["retailer_id"])] == ["shoe-0", "shoe-1"]
    found = made.api_get(fields=["product_count", "filter", "product_catalog"])
    assert (found["product_count"], json.loads(found["filter"])) == (2, wanted)
    made.api_update(params={"filter": {"retailer_id": {"is_any": ["shoe-2"]}}})
    assert made.api_get(fields=["product_count"])["product_count"] == 1
    bad = {"name": "n", "filter": '{"brand": {"sounds_like": "feet"}}'}
    assert refused(lambda: client.raw("POST", f"{catalog['id']}/product_sets", **bad)).api_error_code() == 100
    assert refused(catalog.api_delete).api_error_code() == 100
    catalog.api_delete(params={"allow_delete_catalog_with_live_product_set": True})
    assert refused(made.api_get).api_error_subcode() == 33


def test_a_feed_is_kept_and_a_dataset_connected(client, catalog, refused) -> None:
    made = catalog.create_product_feed(params={"name": "Daily", "default_currency": "EUR"})
    feed = client.of(ProductFeed, made["id"])
    feed.api_update(params={"name": "Weekly"})
    edge, source = f"{catalog['id']}/external_event_sources", client.facts["pixel_id"]
    client.raw("POST", edge, external_event_sources=[source])

    assert feed.api_get(fields=["name", "default_currency"])["name"] == "Weekly"
    assert catalog.api_get(fields=["feed_count"])["feed_count"] == 1
    assert [one["id"] for one in catalog.get_external_event_sources()] == [source]
    client.raw("DELETE", edge, external_event_sources=[source])
    assert list(catalog.get_external_event_sources()) == []
    assert refused(lambda: client.raw("POST", edge, external_event_sources=["7"])).api_error_code() == 100
    assert refused(lambda: client.raw("POST", feed["id"], encoding="MORSE")).api_error_code() == 100
    feed.api_delete()
    assert catalog.get_product_feeds().total() == 0


def test_item_batches_are_not_offered_and_say_what_is(client, catalog, refused) -> None:
    error = refused(lambda: client.raw("POST", f"{catalog['id']}/items_batch", requests=[]))

    assert "not offered" in error.api_error_message()


def test_a_saved_audience_is_a_name_for_a_targeting(client, refused) -> None:
    targeting = {"geo_locations": {"countries": ["DE"]}, "age_min": 18}
    edge = f"{client.account.get_id()}/saved_audiences"
    client.raw("POST", edge, name="Germans", targeting=targeting)
    (found,) = client.account.get_saved_audiences(fields=["name", "targeting", "approximate_count_lower_bound"])

    assert found["name"] == "Germans"
    assert found["targeting"]["geo_locations"]["countries"] == ["DE"]
    assert 10**7 < found["approximate_count_lower_bound"] < 31_000_000
    assert refused(lambda: client.raw("POST", edge, name="n")).api_error_code() == 100
    client.raw("DELETE", found["id"])
    assert client.account.get_saved_audiences().total() == 0
