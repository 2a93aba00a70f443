"""Few conversions: dear products, small budgets."""

from simulator.scenario import Scenario

SCENARIO = Scenario(
    name="sparse",
    description="A furniture maker in London: ten ad sets, less than one order an ad set and day.",
    ad_sets=10,
    currency="GBP",
    minor_per_major=100,
    time_zone="Europe/London",
    scale=45.0,
    conversion_rate=0.013,
    order_value=135.0,
    same_day_share=0.45,
)
