"""Ad labels through the SDK."""

from __future__ import annotations

from facebook_business.adobjects.adlabel import AdLabel
from facebook_business.adobjects.adset import AdSet

from .objects import ad_set, campaign, code, read


def test_a_label_is_put_on_objects_found_through_it_and_taken_off(client) -> None:
    label = client.account.create_ad_label(params={"name": "summer"})
    ad_set = client.of(AdSet, client.account.get_ad_sets()[0]["id"])
    ad_set.create_ad_label(params={"adlabels": [{"id": label["id"]}, {"name": "sale"}]})

    assert {row["name"] for row in client.account.get_ad_labels(fields=["name"])} == {"summer", "sale"}
    assert [row["id"] for row in client.of(AdLabel, label["id"]).get_ad_sets()] == [ad_set["id"]]
    assert list(client.of(AdLabel, label["id"]).get_campaigns()) == []
    assert {row["name"] for row in ad_set.api_get(fields=["adlabels"])["adlabels"]} == {"summer", "sale"}
    ad_set.delete_ad_labels(params={"adlabels": [{"id": label["id"]}]})
    assert list(client.of(AdLabel, label["id"]).get_ad_sets()) == []


def test_a_label_can_be_renamed_and_deleted_and_an_unknown_one_is_refused(client, refused) -> None:
    label = client.account.create_ad_label(params={"name": "summer"})
    label.api_update(params={"name": "winter"})
    ad_set = client.of(AdSet, client.account.get_ad_sets()[0]["id"])

    assert client.of(AdLabel, label["id"]).api_get(fields=["name", "account"])["name"] == "winter"
    assert client.account.create_ad_label(params={"name": "winter"})["id"] == label["id"]
    error = refused(lambda: ad_set.create_ad_label(params={"adlabels": [{"id": "1"}]}))
    assert error.api_error_code() == 100
    label.api_delete()
    assert list(client.account.get_ad_labels()) == []


def test_labels_named_in_a_write_are_attached_or_nothing_is_made(client) -> None:
    made = campaign(client, adlabels=[{"name": "run 7"}])["id"]
    label = client.account.get_ad_labels(fields=["name"])[0]

    assert label["name"] == "run 7"
    assert [row["id"] for row in client.of(AdLabel, label["id"]).get_campaigns()] == [made]
    shop = ad_set(client, made, adlabels=[{"id": label["id"]}, {"name": "new"}, {"name": "new"}])
    assert {row["name"] for row in read(client, shop["id"], "adlabels")["adlabels"]} == {"run 7", "new"}
    shop.api_update(params={"adlabels": [{"name": "other"}]})
    assert [row["name"] for row in read(client, shop["id"], "adlabels")["adlabels"]] == ["other"]

    before = client.account.get_ad_labels().total(), client.account.get_campaigns().total()
    assert code(lambda: campaign(client, adlabels=[{"name": "lost"}, {"id": "1"}])) == (100, None)
    campaign(client, adlabels=[{"name": "lost"}], execution_options=["validate_only"])
    assert (client.account.get_ad_labels().total(), client.account.get_campaigns().total()) == before
