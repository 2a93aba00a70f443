"""Creatives through the SDK: made, read, renamed, deleted, previewed; ads that were always there have one each."""

from __future__ import annotations

import base64
import struct

import pytest
import requests
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adcreative import AdCreative

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 4, 3)
LINK = "https://shop.example/shoes"


def story(client, **link_data: object) -> dict[str, object]:
    data = {"link": LINK, "message": "New <shoes>", "call_to_action": {"type": "SHOP_NOW"}, **link_data}
    return {"page_id": client.facts["page_id"], "link_data": data}


def create(client, **params: object) -> AdCreative:
    return client.account.create_ad_creative(params={"name": "shoes", **params})


def test_a_creative_shows_what_it_was_made_of(client) -> None:
    image = client.account.create_ad_image(params={"bytes": base64.b64encode(PNG).decode()})["hash"]
    made = create(client, object_story_spec=story(client, image_hash=image), url_tags="utm_source=x")
    fields = ["name", "object_story_spec", "url_tags", "status", "account_id", "body", "image_hash", "object_type"]
    made.api_get(fields=[*fields, "call_to_action_type", "effective_object_story_id", "thumbnail_url", "actor_id"])

    assert made["object_story_spec"]["link_data"]["link"] == LINK
    assert (made["name"], made["url_tags"], made["status"]) == ("shoes", "utm_source=x", "ACTIVE")
    assert (made["body"], made["image_hash"], made["object_type"]) == ("New <shoes>", image, "SHARE")
    assert made["call_to_action_type"] == "SHOP_NOW"
    assert made["effective_object_story_id"] == f"{client.facts['page_id']}_{made['id']}"
    assert requests.get(made["thumbnail_url"], timeout=10).content == PNG
    assert made["account_id"] == client.account.get_id().removeprefix("act_")


def test_fields_of_a_create_are_read_after_the_write_and_validate_only_makes_nothing(client) -> None:
    before = len(client.account.get_ad_creatives())
    spec = story(client)
    made = client.account.create_ad_creative(fields=["name"], params={"name": "read", "object_story_spec": spec})
    checked = create(client, object_story_spec=spec, execution_options=["validate_only"])

    assert made["name"] == "read"
    assert checked.get("id") is None
    assert len(client.account.get_ad_creatives()) == before + 1


@pytest.mark.parametrize(
    ("change", "blamed"),
    [
        ({"object_story_spec": None}, "object_story_spec"),
        ({"object_story_spec": {"page_id": "1", "link_data": {"link": LINK}}}, "page_id"),
        ({"object_story_spec": {"link_data": {"link": LINK}}}, "object_story_spec[page_id]"),
        ({"link": None}, "object_story_spec[link_data][link]"),
        ({"link": "shoes"}, "object_story_spec"),
        ({"image_hash": "0" * 32}, "image_hash"),
        ({"call_to_action": {"type": "PRESS_HERE"}}, "call_to_action[type]"),
        ({"child_attachments": [{"link": LINK}]}, "child_attachments"),
        ({"name": "n" * 101}, "name"),
    ],
)
def test_a_creative_of_nothing_or_of_things_unknown_is_refused_and_blamed(client, refused, change, blamed) -> None:
    params = {"object_story_spec": story(client), "name": "x"}
    outer = {key: value for key, value in change.items() if key in params}
    inner = {key: value for key, value in change.items() if key not in params}
    params = {**params, **outer}
    if inner:
        params["object_story_spec"] = story(client, **inner)
        params["object_story_spec"]["link_data"] = {
            key: value for key, value in params["object_story_spec"]["link_data"].items() if value is not None
        }
    error = refused(lambda: client.account.create_ad_creative(params=params))

    assert error.api_error_code() == 100
    assert error.body()["error"]["error_data"]["blame_field_specs"][0][0] == blamed


def test_a_creative_can_be_renamed_but_not_changed(client, refused) -> None:
    made = create(client, object_story_spec=story(client))
    made.api_update(params={"name": "boots"})
    error = refused(lambda: made.api_update(params={"object_story_spec": story(client, message="other")}))

    assert made.api_get(fields=["name"])["name"] == "boots"
    assert error.api_error_code() == 100
    assert "object_story_spec" in error.api_error_message()


def test_a_deleted_creative_is_gone(client, refused) -> None:
    made = create(client, object_story_spec=story(client))
    made.api_delete()

    assert made["id"] not in {row["id"] for row in client.account.get_ad_creatives()}
    assert refused(made.api_get).api_error_subcode() == 33


def test_every_ad_that_was_always_there_has_a_creative_with_a_lasting_id(client) -> None:
    ad = client.account.get_ads(fields=["creative"])[0]
    [creative] = client.of(Ad, ad["id"]).get_ad_creatives(fields=["name", "object_story_spec"])
    nested = client.raw("GET", f"{client.account.get_id()}/ads", fields="creative{name,title}", limit="1")

    assert ad["creative"]["id"] == creative["id"] == nested["data"][0]["creative"]["id"]
    assert creative["object_story_spec"]["page_id"] == client.facts["page_id"]
    assert nested["data"][0]["creative"]["name"] == creative["name"]
    assert len(client.account.get_ad_creatives()) == len(client.account.get_ads())


def test_previews_are_frames_that_can_be_opened(client, refused) -> None:
    made = create(client, object_story_spec=story(client))
    [shown] = made.get_previews(params={"ad_format": "DESKTOP_FEED_STANDARD"})
    source = shown["body"].partition('src="')[2].partition('"')[0].replace("&amp;", "&")
    page = requests.get(source, timeout=10)

    assert shown["body"].startswith("<iframe")
    assert "New &lt;shoes&gt;" in page.text
    ad = client.of(Ad, client.account.get_ads()[0]["id"])
    assert len(ad.get_previews(params={"ad_format": "MOBILE_FEED_STANDARD"})) == 1
    by_id = {"creative": {"creative_id": made["id"]}, "ad_format": "MOBILE_FEED_STANDARD"}
    assert len(client.account.get_generate_previews(params=by_id)) == 1
    by_spec = {"creative": {"object_story_spec": story(client)}, "ad_format": "MOBILE_FEED_STANDARD"}
    assert len(client.account.get_generate_previews(params=by_spec)) == 1
    path = f"{made['id']}/previews"
    assert refused(lambda: client.raw("GET", path, ad_format="SKYWRITING")).api_error_code() == 100
    assert refused(made.get_previews).api_error_code() == 100


def test_an_ad_shows_the_creative_that_it_was_given(client) -> None:
    first, second = (create(client, object_story_spec=story(client, message=m))["id"] for m in ("one", "two"))
    ad_set = client.account.get_ad_sets()[0]["id"]
    ad = client.account.create_ad(
        params={"name": "new", "adset_id": ad_set, "creative": {"creative_id": first}, "status": "PAUSED"}
    )
    shown = [row["body"] for row in ad.get_ad_creatives(fields=["body"])]
    ad.api_update(params={"creative": {"creative_id": second}})

    assert shown == ["one"]
    assert [row["id"] for row in ad.get_ad_creatives()] == [second]
    assert ad.api_get(fields=["creative"])["creative"]["id"] == second
