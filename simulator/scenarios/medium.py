"""A growing shop: twenty ad sets, US dollars."""

from simulator.scenario import Scenario

SCENARIO = Scenario(
    name="medium",
    description="A growing shop in New York: twenty ad sets, about 3,500 USD a day, slow drift.",
    ad_sets=20,
    currency="USD",
    minor_per_major=100,
    time_zone="America/New_York",
    price=15.0,
    order_value=60.0,
)
