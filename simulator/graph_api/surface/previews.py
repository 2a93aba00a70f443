"""Previews of ads and creatives: an iframe in HTML text, one format at a time (Meta: "Ad Previews")."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urlencode

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.creative_specs import check_content
from simulator.graph_api.creatives import creative_of
from simulator.graph_api.errors import bad_param
from simulator.graph_api.params import integer, parsed
from simulator.graph_api.record_calls import mapping, missing, one_of, words
from simulator.graph_api.tree import Ad, under

FORMATS = words(
    """
    AUDIENCE_NETWORK_INSTREAM_VIDEO AUDIENCE_NETWORK_INSTREAM_VIDEO_MOBILE AUDIENCE_NETWORK_OUTSTREAM_VIDEO
    AUDIENCE_NETWORK_REWARDED_VIDEO BIZ_DISCO_FEED_MOBILE DESKTOP_FEED_STANDARD FACEBOOK_IFU_REELS_MOBILE
    FACEBOOK_PROFILE_FEED_DESKTOP FACEBOOK_PROFILE_FEED_MOBILE FACEBOOK_PROFILE_REELS_MOBILE FACEBOOK_REELS_BANNER
    FACEBOOK_REELS_BANNER_DESKTOP FACEBOOK_REELS_BANNER_FEED_ANDROID FACEBOOK_REELS_BANNER_FEED_ANDROID_LARGE
    FACEBOOK_REELS_BANNER_FULLSCREEN_IOS FACEBOOK_REELS_BANNER_FULLSCREEN_MOBILE FACEBOOK_REELS_MOBILE
    FACEBOOK_REELS_POSTLOOP FACEBOOK_REELS_POSTLOOP_FEED FACEBOOK_REELS_SIMILAR_PRODUCTS_MOBILE
    FACEBOOK_REELS_STICKER FACEBOOK_STORY_MOBILE FACEBOOK_STORY_STICKER_MOBILE INSTAGRAM_EXPLORE_CONTEXTUAL
    INSTAGRAM_EXPLORE_GRID_HOME INSTAGRAM_EXPLORE_IMMERSIVE INSTAGRAM_FEED_WEB INSTAGRAM_FEED_WEB_M_SITE
    INSTAGRAM_LEAD_GEN_MULTI_SUBMIT_ADS INSTAGRAM_PROFILE_FEED INSTAGRAM_PROFILE_REELS INSTAGRAM_REELS
    INSTAGRAM_REELS_OVERLAY INSTAGRAM_REELS_WEB INSTAGRAM_REELS_WEB_M_SITE INSTAGRAM_SEARCH_CHAIN
    INSTAGRAM_SEARCH_GRID INSTAGRAM_STANDARD INSTAGRAM_STORY INSTAGRAM_STORY_EFFECT_TRAY INSTAGRAM_STORY_WEB
    INSTAGRAM_STORY_WEB_M_SITE INSTANT_ARTICLE_RECIRCULATION_AD INSTANT_ARTICLE_STANDARD INSTREAM_BANNER_DESKTOP
    INSTREAM_BANNER_FEED_IOS INSTREAM_BANNER_FULLSCREEN_IOS INSTREAM_BANNER_FULLSCREEN_MOBILE
    INSTREAM_BANNER_IMMERSIVE_MOBILE INSTREAM_BANNER_MOBILE INSTREAM_VIDEO_DESKTOP INSTREAM_VIDEO_FULLSCREEN_IOS
    INSTREAM_VIDEO_FULLSCREEN_MOBILE INSTREAM_VIDEO_IMAGE INSTREAM_VIDEO_IMMERSIVE_MOBILE INSTREAM_VIDEO_MOBILE
    JOB_BROWSER_DESKTOP JOB_BROWSER_MOBILE MARKETPLACE_MOBILE MESSENGER_MOBILE_INBOX_MEDIA
    MESSENGER_MOBILE_STORY_MEDIA MOBILE_BANNER MOBILE_FEED_BASIC MOBILE_FEED_STANDARD MOBILE_FULLWIDTH
    MOBILE_INTERSTITIAL MOBILE_MEDIUM_RECTANGLE MOBILE_NATIVE RIGHT_COLUMN_STANDARD SUGGESTED_VIDEO_DESKTOP
    SUGGESTED_VIDEO_FULLSCREEN_MOBILE SUGGESTED_VIDEO_IMMERSIVE_MOBILE SUGGESTED_VIDEO_MOBILE WATCH_FEED_HOME
    WATCH_FEED_MOBILE WHATSAPP_STATUS_MEDIA
    """
)
GONE_IN_V26 = frozenset({"MESSENGER_MOBILE_STORY_MEDIA", "INSTAGRAM_EXPLORE_GRID_HOME"})
"""Placements that no version serves since 2026-10-27 (Meta: "Marketing API changelog: version 26.0")."""
SIZE = (540, 690)


def _preview(call: Call, creative_id: str) -> dict[str, Any]:
    chosen = one_of(_format(call), "ad_format", FORMATS)
    if chosen in GONE_IN_V26:
        raise bad_param("ad_format", f"{chosen} is no longer a placement")
    width, height = (integer(call.params, name, usual) for name, usual in zip(("width", "height"), SIZE, strict=True))
    query = urlencode({"creative": creative_id, "ad_format": chosen})
    source = html.escape(f"{call.request.base_url}/_emulator/preview?{query}", quote=True)
    body = f'<iframe src="{source}" width="{width}" height="{height}" scrolling="yes" style="border: none;"></iframe>'
    return {"data": [{"body": body}]}


def _format(call: Call) -> Any:
    if not call.params.get("ad_format"):
        raise missing("ad_format")
    return call.params["ad_format"]


def _of_creative(call: Call) -> Any:
    return _preview(call, call.found.id)


def _of_node(call: Call) -> Any:
    ads = under(call.node, call.own.ads.values()) if call.node else []
    if not ads or not isinstance(ads[0], Ad):
        return {"data": []}
    return _preview(call, creative_of(call.state, call.own, ads[0]).id)


def _generated(call: Call) -> Any:
    """A preview of a creative that need not exist yet: {"creative_id"} or a whole specification."""
    spec = mapping({"creative": parsed(call.params, "creative")}, "creative")
    if not spec:
        raise missing("creative")
    known = spec.get("creative_id") or spec.get("id")
    if not known:
        check_content(call.state, call.own, spec)
        return _preview(call, "draft")
    found = call.state.record(str(known))
    if found is None or found.kind != "creative":
        raise bad_param("creative", f"names no creative: {known}")
    return _preview(call, found.id)


ROUTES: Routes = {
    ("GET", "creative/previews"): _of_creative,
    ("GET", "ad/previews"): _of_node,
    ("GET", "adset/previews"): _of_node,
    ("GET", "account/generatepreviews"): _generated,
}
