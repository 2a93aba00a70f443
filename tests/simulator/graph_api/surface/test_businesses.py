"""The business, its people and pages through the SDK."""

from __future__ import annotations

import requests
from facebook_business.adobjects.business import Business
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.user import User


def test_the_user_finds_its_business_and_what_it_owns(client) -> None:
    [business] = client.of(User, "me").get_businesses(fields=["name", "verification_status"])
    business = client.of(Business, business["id"])

    assert business["id"] == client.facts["business_id"]
    assert business.api_get(fields=["name", "primary_page", "created_time"])["name"] == "Caudal emulator"
    assert [row["id"] for row in business.get_owned_ad_accounts()] == client.facts["ad_account_ids"]
    assert list(business.get_client_ad_accounts()) == []
    assert [row["id"] for row in business.get_owned_pages()] == [client.facts["page_id"]]
    assert business.get_system_users(fields=["name", "role"])[0]["role"] == "ADMIN"
    assert len(business.get_business_users(fields=["name", "email"])) == 1


def test_pages_come_with_a_token_of_their_own_that_works(client) -> None:
    [page] = client.of(User, "me").get_accounts()
    url = f"{client.facts['url']}/v26.0/{page['id']}"
    answer = requests.get(url, params={"fields": "name", "access_token": page["access_token"]}, timeout=10).json()

    assert page["access_token"] != client.facts["access_token"]
    assert "ADVERTISE" in page["tasks"]
    assert answer["name"] == page["name"]
    assert client.of(User, "me").get_accounts(fields=["id"], params={"summary": True}).total() == 1


def test_an_account_knows_its_pages_instagram_and_people(client) -> None:
    account = client.account
    page = account.get_promote_pages(fields=["name", "instagram_business_account"])[0]
    [instagram] = account.get_instagram_accounts(fields=["username"])

    assert page["instagram_business_account"]["id"] == instagram["id"]
    assert len(account.get_connected_instagram_accounts()) == 1
    assert instagram.api_get(fields=["username"])["username"] == "caudal.emulator"
    people = account.get_assigned_users(params={"business": client.facts["business_id"]})
    assert "ADVERTISE" in people[0]["tasks"]
    assert len(client.of(Page, client.facts["page_id"]).get_instagram_accounts()) == 1


def test_an_unknown_field_of_a_business_or_page_is_refused(client, refused) -> None:
    for object_id in (client.facts["business_id"], client.facts["page_id"]):
        error = refused(lambda object_id=object_id: client.raw("GET", object_id, fields="nonsense"))
        assert "nonexisting field (nonsense)" in error.api_error_message()
