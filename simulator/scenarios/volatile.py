"""A volatile account: fast drift and one jump, in a currency without minor units."""

from simulator.scenario import Scenario

SCENARIO = Scenario(
    name="volatile",
    description="A fashion shop in Tokyo: twelve ad sets, fast drift, and half of them jump once.",
    ad_sets=12,
    currency="JPY",
    minor_per_major=1,
    time_zone="Asia/Tokyo",
    minimum_budget_minor=150,
    scale=20_000.0,
    price=1_800.0,
    order_value=7_600.0,
    drift_spread=0.025,
    common_spread=0.12,
    conversion_noise=0.35,
    shock_share=0.5,
    same_day_share=0.5,
)
