"""Nothing to gain: identical ad sets with equal budgets and no drift. A policy must do no harm here."""

from simulator.scenario import Scenario

SCENARIO = Scenario(
    name="all_equal",
    description="Eight identical ad sets with equal budgets: whatever is moved, is moved in vain.",
    ad_sets=8,
    currency="EUR",
    minor_per_major=100,
    time_zone="Europe/Berlin",
    scale_spread=0.0,
    price_spread=0.0,
    click_spread=0.0,
    conversion_spread=0.0,
    order_spread=0.0,
    frequency_spread=0.0,
    exponent_spread=0.0,
    human_error=0.0,
    edit_share=0.0,
    weekday_spread=0.0,
    drift_spread=0.0,
)
