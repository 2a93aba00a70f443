"""Words of the insights edge: fields, breakdowns and windows that exist, whether the emulator fills them or not.

Names are those of Meta's page "Ad Account, Insights" and of the SDK's AdsInsights; they are facts about the API.
"""

from __future__ import annotations

from simulator.graph_api import known_fields


def words(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


FIELDS = known_fields.INSIGHTS | frozenset(
    words(
        """
    configurable_attribution_action configurable_attribution_actionvalue configurable_audience_overlap_reach
    configurable_audience_overlap_with_conv_action configurable_audience_overlap_with_conv_converters
    configurable_audience_overlap_with_conv_exposure_cost configurable_audience_overlap_with_conv_exposure_impressions
    configurable_audience_overlap_with_conv_exposure_reach configurable_creative_format_performance_adset_count
    configurable_creative_format_performance_clicks configurable_creative_format_performance_conversions
    configurable_creative_format_performance_converters configurable_creative_format_performance_impressions
    configurable_creative_format_performance_spend configurable_placement_ptc_conversions
    configurable_placement_ptc_converters configurable_placement_ptc_reach configurable_reachbyfrequency_action
    configurable_reachbyfrequency_converters_count configurable_reachbyfrequency_impressions_cost
    configurable_reachbyfrequency_impressions_count configurable_reachbyfrequency_reach
    converted_product_app_custom_event_fb_mobile_purchase converted_product_app_custom_event_fb_mobile_purchase_value
    converted_product_offline_purchase converted_product_offline_purchase_value converted_product_omni_purchase
    converted_product_omni_purchase_values converted_product_quantity converted_product_value
    converted_product_website_pixel_purchase converted_product_website_pixel_purchase_value
    converted_promoted_product_app_custom_event_fb_mobile_purchase
    converted_promoted_product_app_custom_event_fb_mobile_purchase_value converted_promoted_product_offline_purchase
    converted_promoted_product_offline_purchase_value converted_promoted_product_omni_purchase
    converted_promoted_product_omni_purchase_values converted_promoted_product_quantity
    converted_promoted_product_value converted_promoted_product_website_pixel_purchase
    converted_promoted_product_website_pixel_purchase_value marketing_messages_click_rate_benchmark
    marketing_messages_cost_per_delivered marketing_messages_cost_per_link_btn_click marketing_messages_delivered
    marketing_messages_delivery_rate marketing_messages_link_btn_click marketing_messages_link_btn_click_rate
    marketing_messages_media_view_rate marketing_messages_phone_call_btn_click_rate
    marketing_messages_quick_reply_btn_click marketing_messages_quick_reply_btn_click_rate marketing_messages_read
    marketing_messages_read_rate marketing_messages_read_rate_benchmark marketing_messages_sent
    marketing_messages_spend marketing_messages_spend_currency
    """
    )
)
"""Every field a row may be asked for (238)."""

NO_LONGER = frozenset(
    words("app_store_clicks newsfeed_avg_position newsfeed_clicks relevance_score newsfeed_impressions")
)
"""Fields that existed once; Meta names them as those that no breakdown may be combined with."""

WINDOWS = words(
    """
    1d_view 7d_view 28d_view 1d_click 7d_click 28d_click 1d_ev dda default 7d_view_first_conversion
    28d_view_first_conversion 7d_view_all_conversions 28d_view_all_conversions skan_view skan_click
    skan_click_second_postback skan_view_second_postback skan_click_third_postback skan_view_third_postback
    1d_sequenced 7d_sequenced 28d_sequenced custom incrementality incrementality_all_conversions
    incrementality_first_conversion
    """
)

ACTION_BREAKDOWNS = words(
    """
    action_type action_device action_destination action_target_id action_reaction action_video_sound action_video_type
    action_carousel_card_id action_carousel_card_name action_canvas_component_name conversion_destination
    is_business_ai_assisted matched_persona_id matched_persona_name signal_source_bucket standard_event_content_type
    """
)

OTHER_BREAKDOWNS = frozenset(
    words(
        """
    ad_extension_domain ad_extension_url ad_format_asset affiliate_click_region affiliate_link_url app_id body_asset
    breakdown_ad_objective breakdown_reporting_ad_id call_to_action_asset coarse_conversion_value
    conversion_destination creative_automation_asset_id creative_fingerprint_details creative_format_classification
    creative_media_type_breakdown creative_relaxation_asset_type crm_advertiser_l12_territory_ids
    crm_advertiser_subvertical_id crm_advertiser_vertical_id crm_ult_advertiser_id description_asset existing_post_id
    fidelity_type flexible_format_asset_type gen_ai_asset_type hsid image_asset
    impression_view_time_advertiser_hour_v2 instagram_ads_follow_type instagram_ads_instagram_media_product_type
    instagram_ads_time_since_creation_bucket internal_campaign_id is_auto_advance is_conversion_id_modeled
    is_rendered_as_delayed_skip_ad landing_destination link_url_asset marketing_messages_btn_name
    mdsa_landing_destination media_asset_url media_creator media_destination_url media_format media_id
    media_origin_url media_text_content media_type mmm msa_seller_name overlap_segment pa_creator_ig_handle
    place_page_id placement_path postback_sequence_index product_brand_breakdown product_category_breakdown
    product_custom_label_0_breakdown product_custom_label_1_breakdown product_custom_label_2_breakdown
    product_custom_label_3_breakdown product_custom_label_4_breakdown product_group_content_id_breakdown redownload
    reels_trending_topic rta_ugc_topic rule_set_id rule_set_name signal_source signal_source_bucket skan_campaign_id
    skan_conversion_id skan_version sot_attribution_model_type sot_attribution_window sot_channel sot_event_type
    sot_source standard_event_content_type title_asset user_persona_id user_persona_name video_asset zip
    """
    )
)
"""Breakdowns of the SDK that nothing in a simulated world answers to."""
