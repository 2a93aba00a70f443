"""What was made and changed is there again after a restart, with the same ids."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import requests
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adset import AdSet

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 4, 3)


def test_images_creatives_rules_and_what_they_did_survive_a_restart(tmp_path: Path, client_of) -> None:
    config = EmulatorConfig((AccountConfig("small", 1),), state_file=tmp_path / "state.jsonl")
    with run_in_thread(config) as running:
        client = client_of(running)
        image = client.account.create_ad_image(params={"bytes": base64.b64encode(PNG).decode()})["hash"]
        spec = {
            "page_id": client.facts["page_id"],
            "link_data": {"link": "https://shop.example/", "image_hash": image},
        }
        made = client.account.create_ad_creative(params={"name": "new", "object_story_spec": spec})["id"]
        planted = client.of(Ad, client.account.get_ads()[0]["id"]).get_ad_creatives()[0]["id"]
        client.of(AdCreative, planted).api_update(params={"name": "renamed"})
        one = client.account.get_ad_sets()[0]["id"]
        rule = client.account.create_ad_rules_library(
            params={
                "name": "stop",
                "evaluation_spec": {
                    "evaluation_type": "SCHEDULE",
                    "filters": [{"field": "id", "operator": "IN", "value": [one]}],
                },
                "execution_spec": {"execution_type": "PAUSE"},
            }
        )["id"]
        client.pass_time(advance_seconds=3600)
        client.account.create_ad_label(params={"name": "later"})

    with run_in_thread(config) as running:
        client = client_of(running)
        assert client.of(AdCreative, planted).api_get(fields=["name"])["name"] == "renamed"
        assert client.of(AdCreative, made).api_get(fields=["name", "image_hash"])["image_hash"] == image
        url = client.account.get_ad_images(fields=["url"])[0]["url"]
        assert requests.get(url, timeout=10).content == PNG
        assert client.of(AdSet, one).api_get(fields=["status"])["status"] == "PAUSED"
        assert [row["id"] for row in client.account.get_ad_rules_library()] == [rule]
        assert len(client.account.get_ad_rules_history(params={"hide_no_changes": True})) == 1
