"""Ad creatives: made, read, renamed and deleted; what they show never changes (Meta: "Ad Creative").

Parameters that Meta does not know are ignored; a creative is checked as far as the emulator knows what it names: the
page, the image, the video, the button.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.creative_specs import check_content, described
from simulator.graph_api.creatives import KIND, creative_of
from simulator.graph_api.errors import bad_param
from simulator.graph_api.record_calls import (
    account_number,
    created,
    delete,
    listed,
    merge,
    name_of,
    one_of,
    only_validates,
    read,
    seen,
    told,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.tree import Ad, Node, under

LONGEST_NAME = 100
STATUSES = ("ACTIVE", "DELETED", "IN_PROCESS", "WITH_ISSUES")
KNOWN = words(
    """
    account_id actor_id ad_disclaimer_spec adlabels applink_treatment asset_feed_spec authorization_category
    auto_update body branded_content branded_content_sponsor_page_id bundle_folder_id call_to_action
    call_to_action_type categorization_criteria category_media_source collaborative_ads_lsb_image_bank_id
    contextual_multi_ads creative_sourcing_spec degrees_of_freedom_spec destination_set_id destination_spec
    dynamic_ad_voice effective_authorization_category effective_instagram_media_id effective_object_story_id
    enable_direct_install enable_launch_instant_app execution_options existing_post_title facebook_branded_content
    format_transformation_spec generative_asset_spec id image_crops image_file image_hash image_url
    instagram_branded_content instagram_permalink_url instagram_user_id interactive_components_spec is_dco_internal
    link_deep_link_url link_destination_display_url link_og_id link_url marketing_message_structured_spec
    media_optimization_spec media_sourcing_spec messenger_sponsored_message name object_id object_store_url
    object_story_id object_story_spec object_type object_url omnichannel_link_spec page_welcome_message
    photo_album_source_object_story_id place_page_set_id platform_customizations playable_asset_id
    portrait_customizations product_data product_set_id product_suggestion_settings recommender_settings
    regional_regulation_disclaimer_spec source_facebook_post_id source_instagram_media_id status template_url
    template_url_spec thumbnail_id thumbnail_url title url_tags use_page_actor_override video_id
    wamo_whatsapp_identity_spec
    """
)
CHANGEABLE = frozenset({"name", "status", "adlabels", "account_id"})


def _create(call: Call) -> Any:
    asked = told(call)
    check_content(call.state, call.own, asked)
    name = name_of(asked, longest=LONGEST_NAME, required=False) or _usual_name(call, asked)
    values = {key: value for key, value in asked.items() if key in KNOWN} | described(call.state, call.own, asked)
    values |= {"name": name}
    if only_validates(call):
        return {"success": True}
    record = call.state.add_record(KIND, call.own, values)
    record.values.setdefault("effective_object_story_id", f"{values.get('actor_id')}_{record.id}")
    return created(call, record)


def _usual_name(call: Call, asked: dict[str, Any]) -> str:
    """As Meta names what is not named: the day and a digest of the content."""
    content = json.dumps(asked, sort_keys=True).encode()
    return f"{call.own.today.isoformat()}-{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def _update(call: Call) -> Any:
    asked = told(call)
    for name in asked:
        if name in KNOWN and name not in CHANGEABLE:
            raise bad_param(
                name, "cannot be changed: a creative keeps its content; make a new creative and give it to the ad"
            )
    values = {key: value for key, value in asked.items() if key in CHANGEABLE - {"account_id"}}
    if "name" in values:
        values["name"] = name_of(values, longest=LONGEST_NAME)
    if "status" in values and one_of(values["status"], "status", ("ACTIVE", "DELETED")) == "DELETED":
        return delete(call)
    return merge(call, values)


def _of_account(call: Call) -> Any:
    for ad in call.own.ads.values():
        creative_of(call.state, call.own, ad)
    return listed(call, call.state.records_of(KIND, call.own))


def _of_node(call: Call) -> Any:
    """Creatives of the ads in an ad or an ad set."""
    return listed(call, {r.id: r for r in (creative_of(call.state, call.own, ad) for ad in _ads(call))}.values())


def _ads(call: Call) -> list[Ad]:
    node: Node | None = call.node
    return under(node, call.own.ads.values()) if node else list(call.own.ads.values())


def _status(record: Record) -> str:
    return str(record.values.get("status", "ACTIVE"))


KINDS = (
    RecordKind(
        KIND,
        "AdCreative",
        KNOWN,
        shown={"account_id": account_number, "status": _status},
        default=("id",),
    ),
)

ROUTES: Routes = {
    ("GET", "account/adcreatives"): _of_account,
    ("POST", "account/adcreatives"): _create,
    ("GET", "ad/adcreatives"): _of_node,
    ("GET", "adset/adcreatives"): _of_node,
    ("GET", "creative"): read,
    ("POST", "creative"): _update,
    ("DELETE", "creative"): delete,
    ("GET", "creative/creative_insights"): lambda call: {"data": [seen(call, call.found, ("id",))]},
}
