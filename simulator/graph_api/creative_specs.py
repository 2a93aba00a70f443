"""What a creative may consist of, and what Graph shows of it (Meta: "Ad Creative", "Ad Creative Object Story Spec")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import GraphError, bad_param
from simulator.graph_api.record_calls import mapping, missing, one_of, rows_of, words

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.state import Platform

SOURCES = (
    "object_story_spec",
    "object_story_id",
    "asset_feed_spec",
    "object_url",
    "object_id",
    "product_set_id",
    "source_instagram_media_id",
    "template_url",
    "image_hash",
    "video_id",
)
"""A creative is made from one of these."""
DATA = ("link_data", "photo_data", "video_data", "text_data", "template_data")
CARDS = (2, 10)
CALL_TO_ACTIONS = words(
    """
    ADD_TO_CART APPLY_NOW ASK_ABOUT_SERVICES ASK_A_QUESTION ASK_FOR_MORE_INFO ASK_US AUDIO_CALL BOOK_A_CONSULTATION
    BOOK_NOW BOOK_TRAVEL BROWSE_SHOP BUY BUY_ACTIVITY_TICKETS BUY_NOW BUY_TICKETS BUY_VIA_MESSAGE CALL CALL_ME
    CALL_NOW CHAT_NOW CHAT_WITH_US CONFIRM CONTACT CONTACT_US DONATE DONATE_NOW DOWNLOAD EVENT_RSVP FIND_A_GROUP
    FIND_OUT_MORE FIND_YOUR_GROUPS FOLLOW_NEWS_STORYLINE FOLLOW_PAGE FOLLOW_USER GET_A_QUOTE GET_DETAILS
    GET_DIRECTIONS GET_IN_TOUCH GET_OFFER GET_OFFER_VIEW GET_PROMOTIONS GET_QUOTE GET_SHOWTIMES GET_STARTED
    INQUIRE_NOW INSTALL_APP INSTALL_MOBILE_APP JOIN_CHANNEL JOIN_LIVE_VIDEO LEARN_MORE LIKE_PAGE LISTEN_MUSIC
    LISTEN_NOW MAKE_AN_APPOINTMENT MESSAGE_PAGE MOBILE_DOWNLOAD NO_BUTTON OPEN_INSTANT_APP OPEN_LINK ORDER_NOW
    PAY_TO_ACCESS PLAY_GAME PLAY_GAME_ON_FACEBOOK PURCHASE_GIFT_CARDS RAISE_MONEY RECORD_NOW REFER_FRIENDS
    REQUEST_TIME SAY_THANKS SEE_MORE SEE_SHOP SELL_NOW SEND_A_GIFT SEND_GIFT_MONEY SEND_UPDATES SHARE SHOP_NOW
    SHOP_WITH_AI SIGN_UP SOTTO_SUBSCRIBE START_A_CHAT START_ORDER STREAM_NOW SUBSCRIBE SWIPE_UP_PRODUCT
    SWIPE_UP_SHOP TRY_DEMO TRY_ON_WITH_AI UPDATE_APP USE_APP USE_MOBILE_APP VIDEO_ANNOTATION VIDEO_CALL VIEW_CART
    VIEW_CHANNEL VIEW_IN_CART VIEW_PRODUCT VISIT_PAGES_FEED VISIT_WEBSITE WATCH_LIVE_VIDEO WATCH_MORE WATCH_NOW
    WATCH_VIDEO WHATSAPP_MESSAGE WOODHENGE_SUPPORT
    """
)


def check_content(state: Platform, account: Account, asked: dict[str, Any]) -> None:
    """Check everything that a creative is made of.

    Raises:
        GraphError: nothing to show, an unknown page, image, video or button, or a wrong shape; blames the field.
    """
    if not any(asked.get(name) for name in SOURCES):
        raise bad_param("object_story_spec", f"is missing: a creative needs one of {', '.join(SOURCES)}")
    for name in ("degrees_of_freedom_spec", "call_to_action", "portrait_customizations"):
        mapping(asked, name)
    for name in ("url_tags", "object_story_id", "title", "body"):
        if asked.get(name) is not None and not isinstance(asked[name], str):
            raise bad_param(name, "must be a string")
    if "_" not in str(asked.get("object_story_id") or "_"):
        raise bad_param("object_story_id", "must be of the form <page id>_<post id>")
    _check_button(mapping(asked, "call_to_action"))
    _check_media(state, account, asked)
    if story := mapping(asked, "object_story_spec"):
        _check_story(state, account, story)
    if feed := mapping(asked, "asset_feed_spec"):
        _check_feed(state, account, feed)


def _check_story(state: Platform, account: Account, story: dict[str, Any]) -> None:
    if not story.get("page_id"):
        raise missing("object_story_spec[page_id]")
    _check_page(state, str(story["page_id"]))
    given = [name for name in DATA if story.get(name) is not None]
    if len(given) > 1:
        raise bad_param("object_story_spec", f"may have only one of {', '.join(DATA)}, got {', '.join(given)}")
    for name in given:
        data = mapping(story, name)
        _check_media(state, account, data)
        _check_button(mapping(data, "call_to_action"))
        if name == "link_data":
            _check_link(data)
            _check_cards(state, account, data)
        if name == "video_data" and not data.get("video_id"):
            raise missing("object_story_spec[video_data][video_id]")


def _check_link(data: dict[str, Any]) -> None:
    link = data.get("link") or mapping(mapping(data, "call_to_action"), "value").get("link")
    if not link:
        raise missing("object_story_spec[link_data][link]")
    if not str(link).startswith(("http://", "https://", "fb://", "tel:")):
        raise GraphError(
            100,
            "Invalid parameter",
            title="The link is not valid",
            user_message=f"{link} is no web address; it must begin with https:// or http://.",
            data={"blame_field_specs": [["object_story_spec", "link_data", "link"]]},
        )


def _check_cards(state: Platform, account: Account, data: dict[str, Any]) -> None:
    cards = rows_of(data, "child_attachments")
    if cards and not CARDS[0] <= len(cards) <= CARDS[1]:
        raise bad_param("child_attachments", f"must be {CARDS[0]} to {CARDS[1]} cards, got {len(cards)}")
    for card in cards:
        _check_media(state, account, card)
        _check_button(mapping(card, "call_to_action"))


def _check_feed(state: Platform, account: Account, feed: dict[str, Any]) -> None:
    for image in rows_of(feed, "images"):
        _check_image(state, account, image.get("hash"), "asset_feed_spec[images][hash]")
    for video in rows_of(feed, "videos"):
        _check_video(state, account, video.get("video_id"))
    kinds = feed.get("call_to_action_types") or []
    if not isinstance(kinds, list):
        raise bad_param("call_to_action_types", "must be an array")
    for kind in kinds:
        one_of(kind, "call_to_action_types", CALL_TO_ACTIONS)


def _check_media(state: Platform, account: Account, data: dict[str, Any]) -> None:
    _check_image(state, account, data.get("image_hash"), "image_hash")
    _check_video(state, account, data.get("video_id"))


def _check_image(state: Platform, account: Account, image: Any, name: str) -> None:
    if image is not None and state.record(f"{account.number}:{image}") is None:
        raise bad_param(name, f"names no image of this ad account: {image}; upload it to act_{account.number}/adimages")


def _check_video(state: Platform, account: Account, video: Any) -> None:
    if video is None:
        return
    found = state.record(str(video))
    if found is None or found.kind != "video" or found.account is not account:
        raise bad_param("video_id", f"names no video of this ad account: {video}")


def _check_page(state: Platform, page: str) -> None:
    if page != state.credentials.page_id:
        raise bad_param("page_id", f"names no page that this user may advertise for: {page}")


def _check_button(button: dict[str, Any]) -> None:
    if button:
        one_of(button.get("type"), "call_to_action[type]", CALL_TO_ACTIONS)
        mapping(button, "value")


def described(state: Platform, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
    """What Graph shows beside the content itself: title, body, link, button, picture, story."""
    story = mapping(asked, "object_story_spec")
    kind = next((name for name in DATA if story.get(name)), "")
    data = story.get(kind) or {}
    page = story.get("page_id") or str(asked.get("object_story_id") or "").partition("_")[0] or None
    button = data.get("call_to_action") or asked.get("call_to_action") or {}
    image = data.get("image_hash") or asked.get("image_hash")
    found = state.record(f"{account.number}:{image}") if image else None
    video = data.get("video_id") or asked.get("video_id")
    about = {
        "actor_id": page or state.credentials.page_id,
        "title": data.get("name") or data.get("title") or asked.get("title"),
        "body": data.get("message") or asked.get("body"),
        "link_url": asked.get("link_url"),
        "call_to_action_type": button.get("type"),
        "image_hash": image,
        "image_url": found.values["url"] if found else None,
        "thumbnail_url": found.values["url"] if found else data.get("image_url") or data.get("picture"),
        "video_id": video,
        "object_type": _object_type(asked, kind, video),
        "effective_object_story_id": asked.get("object_story_id"),
    }
    return {name: value for name, value in about.items() if value is not None}


def _object_type(asked: dict[str, Any], kind: str, video: Any) -> str:
    if video:
        return "VIDEO"
    if kind == "photo_data":
        return "PHOTO"
    return "STATUS" if kind == "text_data" or asked.get("object_story_id") else "SHARE"
