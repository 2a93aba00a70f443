"""Audiences that ad sets use."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.exceptions import FacebookRequestError

CREATE = {"name": "Customers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}


@pytest.mark.parametrize("key", ["custom_audiences", "excluded_custom_audiences", "flexible_spec"])
def test_an_audience_that_an_ad_set_uses_cannot_be_deleted(running, sdk, key: str) -> None:
    account = AdAccount(running.facts["ad_account_ids"][0], api=sdk)
    audience = account.create_custom_audience(params=CREATE)
    ad_set = AdSet(account.get_ad_sets()[0]["id"], api=sdk)
    named = [{"id": audience["id"]}]
    names = [{"custom_audiences": named}] if key == "flexible_spec" else named
    before = {"geo_locations": {"countries": ["US"]}}
    ad_set.api_update(params={"targeting": {**before, key: names}})

    with pytest.raises(FacebookRequestError) as caught:
        audience.api_delete()
    assert ad_set["id"] in caught.value.body()["error"]["error_user_msg"]
    assert [one["id"] for one in audience.get_ads()] == [one["id"] for one in ad_set.get_ads()]
    ad_set.api_update(params={"targeting": before})
    assert list(audience.get_ads()) == []
    audience.api_delete()
