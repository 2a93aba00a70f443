"""A small shop: five ad sets, euros."""

from simulator.scenario import Scenario

SCENARIO = Scenario(
    name="small",
    description="A small shop in Spain: five ad sets, about 700 EUR a day, calm.",
    ad_sets=5,
    currency="EUR",
    minor_per_major=100,
    time_zone="Europe/Madrid",
    human_error=0.6,
)
