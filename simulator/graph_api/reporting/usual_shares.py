"""Who and where people are, in worlds that do not say: usual shares of impressions by segment.

Regions are the largest ones of a country with their people in millions (national statistics offices, rounded), as if
ads ran nowhere else; an ad set's impressions go to the countries it is targeted at. Shares by age and gender, by
position within a placement and by device are assumptions: no platform publishes them by impressions.
"""

from __future__ import annotations

from simulator.mechanisms.segments import AGES, GENDERS

AGE_SHARES = dict(zip(AGES, (0.18, 0.27, 0.21, 0.15, 0.11, 0.08), strict=True))
GENDER_SHARES = dict(zip(GENDERS, (0.52, 0.48), strict=True))

PLACEMENT_SHARES = {"feed": 0.5, "stories": 0.18, "reels": 0.22, "search": 0.05, "audience_network": 0.05}
"""Shares of the simulator's placements (`simulator.mechanisms.segments.PLACEMENTS`)."""

POSITIONS: dict[str, dict[tuple[str, str], float]] = {
    "feed": {("facebook", "feed"): 0.6, ("instagram", "feed"): 0.4},
    "stories": {("facebook", "facebook_stories"): 0.2, ("instagram", "instagram_stories"): 0.8},
    "reels": {("facebook", "facebook_reels"): 0.35, ("instagram", "instagram_reels"): 0.65},
    "search": {("facebook", "search"): 0.7, ("instagram", "instagram_search"): 0.3},
    "audience_network": {("audience_network", "an_classic"): 1.0},
}
"""Where a placement's impressions are shown: (publisher_platform, platform_position)."""

MOBILE = {"iphone": 0.42, "android_smartphone": 0.52, "ipad": 0.03, "android_tablet": 0.03}
WITH_DESKTOP = {**{device: 0.9 * share for device, share in MOBILE.items()}, "desktop": 0.1}
"""impression_device: feeds and search are read on desktops too."""

ON_DESKTOP = frozenset({"feed", "search"})

REGIONS: dict[str, dict[str, float]] = {
    "US": {"California": 39.0, "Texas": 30.5, "Florida": 22.6, "New York": 19.6},
    "MX": {"Estado de México": 17.0, "Distrito Federal": 9.2, "Jalisco": 8.3, "Veracruz": 8.1},
    "BR": {"São Paulo (state)": 44.4, "Minas Gerais": 20.5, "Rio de Janeiro (state)": 16.1, "Bahia": 14.1},
    "CA": {"Ontario": 14.2, "Quebec": 8.5, "British Columbia": 5.0, "Alberta": 4.3},
    "KR": {"Gyeonggi-do": 13.6, "Seoul": 9.4, "Busan": 3.3, "Gyeongsangnam-do": 3.3},
    "JP": {"Tokyo": 14.0, "Kanagawa": 9.2, "Osaka": 8.8, "Aichi": 7.5},
    "AU": {"New South Wales": 8.3, "Victoria": 6.8, "Queensland": 5.5, "Western Australia": 2.9},
    "DE": {"Nordrhein-Westfalen": 18.1, "Bayern": 13.4, "Baden-Württemberg": 11.3, "Berlin": 3.8},
    "DK": {"Capital Region of Denmark": 1.9, "Central Denmark Region": 1.4, "Region of Southern Denmark": 1.2},
    "GB": {"England": 57.1, "Scotland": 5.4, "Wales": 3.1, "Northern Ireland": 1.9},
    "ES": {"Andalucía": 8.6, "Cataluña": 7.9, "Comunidad de Madrid": 6.9, "Comunidad Valenciana": 5.2},
    "FR": {"Île-de-France": 12.3, "Auvergne-Rhône-Alpes": 8.1, "Nouvelle-Aquitaine": 6.0, "Occitanie": 6.0},
    "IT": {"Lombardia": 10.0, "Lazio": 5.7, "Campania": 5.6, "Veneto": 4.8},
    "SE": {"Stockholm County": 2.4, "Västra Götaland County": 1.8, "Skåne County": 1.4},
    "PL": {"Masovian Voivodeship": 5.5, "Silesian Voivodeship": 4.3, "Greater Poland Voivodeship": 3.5},
    "CH": {"Zürich": 1.6, "Bern": 1.1, "Vaud": 0.8, "Genève": 0.5},
}

PEOPLE_ELSEWHERE = 10.0
"""Millions of people of a country that is not in the table (assumption)."""

MARKETS = {"California": "Los Angeles", "Texas": "Dallas-Ft. Worth", "Florida": "Miami-Ft. Lauderdale"}
MARKETS |= {"New York": "New York"}
"""Comscore markets: one for each region of the United States above; elsewhere there are none, and rows say Unknown."""
