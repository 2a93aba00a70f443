"""The page that ads are shown for, and its Instagram account (Meta: "Page", "Instagram Account").

The page's own token is in `me/accounts` and opens the same as the user's (an assumption: Meta's opens the page alone).
"""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_values
from simulator.graph_api.organisation import INSTAGRAM, PAGE
from simulator.graph_api.params import names
from simulator.graph_api.record_calls import listed, read, seen, summed, words
from simulator.graph_api.records import RecordKind

KNOWN = words(
    """
    about access_token ad_campaign affiliation app_id artists_we_like attire available_promo_offer_ids awards
    band_interests band_members best_page bio birthday booking_agent breaking_news_usage built business can_checkin
    can_post category category_list checkins company_overview connected_instagram_account
    connected_page_backed_instagram_account contact_address copyright_attribution_insights
    copyright_whitelisted_ig_partners country_page_likes cover culinary_team current_location
    delivery_and_pickup_option_info description description_html differently_open_offerings directed_by
    display_subtext displayed_message_response_time does_viewer_have_page_permission_link_ig emails engagement
    fan_count featured_video features followers_count food_styles founded general_info general_manager genre
    global_brand_page_name global_brand_root_id has_added_app has_lead_access
    has_transitioned_to_new_page_experience has_whatsapp_business_number has_whatsapp_number hometown hours id
    impressum influences instagram_business_account is_always_open is_calling_eligible is_chain is_community_page
    is_eligible_for_branded_content is_eligible_for_disable_connect_ig_btn_for_non_page_admin_am_web
    is_messenger_bot_get_started_enabled is_messenger_platform_bot is_owned is_permanently_closed is_published
    is_unclaimed is_verified is_webhooks_subscribed keywords leadgen_tos_acceptance_time leadgen_tos_accepted
    leadgen_tos_accepting_user link location members merchant_id merchant_review_status messaging_feature_status
    messenger_ads_default_icebreakers messenger_ads_default_quick_replies messenger_ads_quick_replies_type
    mini_shop_storefront mission mpg name name_with_location_descriptor network new_like_count offer_eligible
    overall_star_rating owner_business page_backed_threads_account_id page_token parent_page parking payment_options
    personal_info personal_interests pharma_safety_info phone pickup_options place_type plot_outline
    preferred_audience press_contact price_range priority_hours privacy_info_url produced_by products
    promotion_eligible promotion_ineligible_reason public_transit rating_count recipient record_label release_date
    restaurant_services restaurant_specialties schedule screenplay_by season single_line_address starring start_info
    store_code store_location_descriptor store_number studio supports_donate_button_in_live_video
    talking_about_count tasks temporary_status unread_message_count unread_notif_count unseen_message_count
    user_access_expire_time username verification_status voip_info website were_here_count whatsapp_number
    written_by
    """
)
INSTAGRAM_KNOWN = words(
    """
    biography business_discovery collaborative_media_search followers_count follows_count has_profile_pic id ig_id
    is_published legacy_instagram_user_id media_count mentioned_comment mentioned_media mini_shop_storefront name
    owner_business profile_picture_url shopping_product_tag_eligibility shopping_review_status username website
    """
)
OWN_PAGES = ("access_token", "category", "category_list", "name", "id", "tasks")
"""What `me/accounts` shows without being asked."""


def _pages(call: Call) -> Any:
    return listed(call, call.state.records_of(PAGE))


def _own_pages(call: Call) -> Any:
    wanted = names(call.request.params, "fields") or OWN_PAGES
    rows = [seen(call, record, wanted) for record in call.state.records_of(PAGE)]
    body = list_values(call.request, rows)
    return summed(call, {**body, "data": rows if body["data"] else []}, len(rows))


def _instagram(call: Call) -> Any:
    return listed(call, call.state.records_of(INSTAGRAM))


KINDS = (
    RecordKind(PAGE, "Page", KNOWN, default=("name", "id")),
    RecordKind(INSTAGRAM, "IGUser", INSTAGRAM_KNOWN, default=("id",)),
)

ROUTES: Routes = {
    ("GET", "page"): read,
    ("GET", "instagram_account"): read,
    ("GET", "user/accounts"): _own_pages,
    ("GET", "user/assigned_pages"): _pages,
    ("GET", "business/owned_pages"): _pages,
    ("GET", "business/pages"): _pages,
    ("GET", "business/client_pages"): lambda call: list_values(call.request, []),
    ("GET", "business/instagram_accounts"): _instagram,
    ("GET", "business/owned_instagram_accounts"): _instagram,
    ("GET", "account/promote_pages"): _pages,
    ("GET", "account/instagram_accounts"): _instagram,
    ("GET", "account/connected_instagram_accounts"): _instagram,
    ("GET", "page/instagram_accounts"): _instagram,
    ("GET", "page/page_backed_instagram_accounts"): lambda call: list_values(call.request, []),
}
