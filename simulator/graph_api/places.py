"""A small table of countries, regions, cities, languages and interests, for targeting searches and reach estimates.

Sizes are rough numbers of people on Meta's apps (assumption: shares of Meta's published audience by region); they are
there so that a narrower audience is a smaller one, not to plan with.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTRIES: dict[str, tuple[str, int]] = {
    "AT": ("Austria", 5_500_000),
    "AU": ("Australia", 19_000_000),
    "BE": ("Belgium", 7_800_000),
    "BR": ("Brazil", 140_000_000),
    "CA": ("Canada", 29_000_000),
    "CH": ("Switzerland", 4_900_000),
    "CL": ("Chile", 14_000_000),
    "CO": ("Colombia", 38_000_000),
    "DE": ("Germany", 45_000_000),
    "DK": ("Denmark", 4_100_000),
    "ES": ("Spain", 31_000_000),
    "FI": ("Finland", 3_400_000),
    "FR": ("France", 42_000_000),
    "GB": ("United Kingdom", 46_000_000),
    "IE": ("Ireland", 3_600_000),
    "IN": ("India", 480_000_000),
    "IT": ("Italy", 38_000_000),
    "JP": ("Japan", 60_000_000),
    "KR": ("South Korea", 25_000_000),
    "MX": ("Mexico", 95_000_000),
    "NL": ("Netherlands", 11_500_000),
    "NO": ("Norway", 4_000_000),
    "NZ": ("New Zealand", 3_600_000),
    "PL": ("Poland", 23_000_000),
    "PT": ("Portugal", 7_000_000),
    "SE": ("Sweden", 7_400_000),
    "US": ("United States", 230_000_000),
    "VN": ("Vietnam", 72_000_000),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A region or a city; `people` live there, in thousands."""

    key: str
    name: str
    kind: str
    country: str
    people_thousand: int
    region: str = ""
    region_id: int = 0


PLACES: tuple[Place, ...] = (
    Place("1327", "Berlin", "region", "DE", 2600),
    Place("1326", "Bavaria", "region", "DE", 7200),
    Place("3847", "California", "region", "US", 27000),
    Place("3875", "New York", "region", "US", 14000),
    Place("1120", "Île-de-France", "region", "FR", 8300),
    Place("1217", "England", "region", "GB", 39000),
    Place("2403", "Vienna", "region", "AT", 1300),
    Place("673094", "Berlin", "city", "DE", 2500, "Berlin", 1327),
    Place("684593", "Munich", "city", "DE", 1100, "Bavaria", 1326),
    Place("2490299", "New York", "city", "US", 6200, "New York", 3875),
    Place("2420379", "Los Angeles", "city", "US", 3100, "California", 3847),
    Place("2421836", "London", "city", "GB", 6800, "England", 1217),
    Place("777934", "Paris", "city", "FR", 2300, "Île-de-France", 1120),
)

LOCALES: dict[int, str] = {
    5: "German",
    6: "English (US)",
    24: "English (UK)",
    9: "French (France)",
    23: "Spanish",
    7: "Spanish (Spain)",
    10: "Italian",
    16: "Portuguese (Brazil)",
    14: "Dutch",
    11: "Japanese",
    12: "Korean",
    27: "Vietnamese",
    1001: "English (All)",
    1002: "Spanish (All)",
    1003: "French (All)",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """Something people can be chosen by; `share` of all people, `path` from the general to the particular."""

    id: str
    name: str
    kind: str
    path: tuple[str, ...]
    share: float


TOPICS: tuple[Topic, ...] = (
    Topic("6003107902433", "Association football", "interests", ("Interests", "Sports and outdoors", "Sports"), 0.28),
    Topic("6003384248805", "Fitness and wellness", "interests", ("Interests", "Fitness and wellness"), 0.31),
    Topic("6003397425735", "Tennis", "interests", ("Interests", "Sports and outdoors", "Sports"), 0.12),
    Topic("6003348604581", "Fashion accessories", "interests", ("Interests", "Shopping and fashion"), 0.22),
    Topic("6003415393053", "Shoes", "interests", ("Interests", "Shopping and fashion", "Fashion accessories"), 0.18),
    Topic("6003346592981", "Online shopping", "interests", ("Interests", "Shopping and fashion", "Shopping"), 0.35),
    Topic("6003020834693", "Music", "interests", ("Interests", "Entertainment", "Music"), 0.52),
    Topic("6003139266461", "Movies", "interests", ("Interests", "Entertainment", "Movies"), 0.44),
    Topic("6002714398372", "Coffee", "interests", ("Interests", "Food and drink", "Beverages"), 0.25),
    Topic("6003659420716", "Cooking", "interests", ("Interests", "Food and drink", "Cooking"), 0.3),
    Topic("6003332344237", "Dogs", "interests", ("Interests", "Hobbies and activities", "Pets"), 0.2),
    Topic("6004160395895", "Travel", "interests", ("Interests", "Hobbies and activities", "Travel"), 0.4),
    Topic("6002839660079", "Cosmetics", "interests", ("Interests", "Shopping and fashion", "Beauty"), 0.24),
    Topic("6003127206524", "Digital marketing", "interests", ("Interests", "Business and industry"), 0.09),
    Topic("6002714895372", "Frequent travelers", "behaviors", ("Behaviors", "Travel"), 0.14),
    Topic("6071631541183", "Engaged shoppers", "behaviors", ("Behaviors", "Purchase behavior"), 0.16),
    Topic(
        "6004386044572", "Facebook access (mobile): all devices", "behaviors", ("Behaviors", "Mobile Device User"), 0.9
    ),
    Topic("6002714898572", "Small business owners", "behaviors", ("Behaviors", "Digital activities"), 0.05),
    Topic("6023005372383", "Parents (all)", "family_statuses", ("Demographics", "Parents", "All parents"), 0.3),
    Topic("6015559470583", "Newlywed (1 year)", "life_events", ("Demographics", "Life events", "Newlywed"), 0.02),
    Topic("6002714398172", "Birthday in 01-07 days", "life_events", ("Demographics", "Life events", "Birthday"), 0.02),
)
