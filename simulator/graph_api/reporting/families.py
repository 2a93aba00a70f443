"""The finest segments of each family of breakdowns, with what is known of their share, price and response.

Where the scenario has the `segments` mechanism, ages, genders and placements are the world's own, as they are now;
elsewhere, and for what no world says, shares are usual ones (`usual_shares`) and segments respond alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.graph_api.ad_set_fields import AD_SET, COUNTRY
from simulator.graph_api.reporting import usual_shares as usual
from simulator.graph_api.reporting.breakdowns import Family
from simulator.mechanisms.segments import DEMOGRAPHICS, PLACEMENTS, Audiences, Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account
    from simulator.graph_api.tree import Ad, AdSet

Labels = Mapping[str, str]


@dataclass(frozen=True, eq=False, slots=True)
class Segments:
    """Finest segments S of one family: what each is called, and what it is like for each of N ads, (N, 1, S)."""

    family: Family
    labels: tuple[Labels, ...]
    cells: Cells


@dataclass(frozen=True, slots=True)
class _Piece:
    """One finest segment: part `share` of segment `of` of the world."""

    labels: Labels
    of: int
    share: float


def segments_of(account: Account, family: Family, ads: Sequence[Ad]) -> Segments:
    """The segments of N ads.

    Args:
        account: whose.
        family: demographics, placements or geography.
        ads: N.
    """
    if family == "geography":
        return _of_countries(tuple(_countries(account, ad.ad_set) for ad in ads))
    if "segments" in account.scenario.mechanisms:
        return _of_worlds(tuple(_people(account, ad.ad_set) for ad in ads), family)
    return _usual(family, len(ads))


def _people(account: Account, ad_set: AdSet) -> tuple[Audiences, int]:
    """The people an ad set's ads are shown to, and its column among them."""
    world, column = (account.world, ad_set.index) if ad_set.market is None else (ad_set.market.world, 0)
    return world.mechanism_state("segments"), column


def _countries(account: Account, ad_set: AdSet) -> tuple[str, ...]:
    """Where an ad set's people are: the countries it is targeted at."""
    targeting = AD_SET["targeting"](ad_set, account) or {}
    countries = targeting.get("geo_locations", {}).get("countries") or usual_countries(account)
    return tuple(sorted({str(country) for country in countries}))


def usual_countries(account: Account) -> tuple[str, ...]:
    """The account's own country, for ad sets whose targeting names none."""
    return (COUNTRY.get(account.scenario.currency, "US"),)


@lru_cache(maxsize=32)
def _of_countries(by_ad: tuple[tuple[str, ...], ...]) -> Segments:
    pieces = [piece for country in sorted({one for some in by_ad for one in some}) for piece in _regions(country)]
    targeted = np.array([[piece.labels["country"] in some for piece in pieces] for some in by_ad])
    mix = targeted[:, None] * np.array([piece.share for piece in pieces])
    return _segments("geography", pieces, mix, *(np.ones_like(mix),) * 3)


@lru_cache(maxsize=32)
def _usual(family: Family, ads: int) -> Segments:
    pieces, base = PIECES[family], BASE[family]
    mix = np.array([base[piece.of] * piece.share for piece in pieces])
    mix = np.broadcast_to(mix, (ads, 1, len(pieces)))
    return _segments(family, pieces, mix, *(np.ones_like(mix),) * 3)


@lru_cache(maxsize=32)
def _of_worlds(people: tuple[tuple[Audiences, int], ...], family: Family) -> Segments:
    known = [(state.demographics if family == "demographics" else state.placements, i) for state, i in people]
    pieces = PIECES[family]
    of = [piece.of for piece in pieces]
    mix, price, clicks, conversions = (
        np.stack([getattr(cells, name)[:, i] for cells, i in known])[..., of]
        for name in ("mix", "price", "clicks", "conversions")
    )
    excluded = np.stack([cells.excluded[:, i] for cells, i in known])[..., of]
    shares = np.array([piece.share for piece in pieces])
    return _segments(family, pieces, np.where(excluded, 0.0, mix) * shares, price, clicks, conversions)


def _segments(family: Family, pieces: Sequence[_Piece], *arrays: NDArray[np.float64]) -> Segments:
    mix, price, clicks, conversions = arrays
    none = np.zeros(mix.shape, dtype=np.bool_)
    return Segments(family, tuple(piece.labels for piece in pieces), Cells(mix, price, clicks, conversions, none))


def _regions(country: str) -> list[_Piece]:
    """A country's regions by people; one without a name where we know none."""
    regions = usual.REGIONS.get(country, {"Unknown": usual.PEOPLE_ELSEWHERE})
    return [
        _Piece({"country": country, "region": region, "comscore_market": usual.MARKETS.get(region, "Unknown")}, 0, n)
        for region, n in regions.items()
    ]


def _placements() -> list[_Piece]:
    found = []
    for index, name in enumerate(PLACEMENTS):
        devices = usual.WITH_DESKTOP if name in usual.ON_DESKTOP else usual.MOBILE
        for (platform, position), part in usual.POSITIONS[name].items():
            for device, share in devices.items():
                labels = {
                    "publisher_platform": platform,
                    "platform_position": position,
                    "impression_device": device,
                    "device_platform": "desktop" if device == "desktop" else "mobile_app",
                }
                found.append(_Piece(labels, index, part * share))
    return found


PIECES: dict[str, list[_Piece]] = {
    "demographics": [_Piece({"age": age, "gender": sex}, i, 1.0) for i, (age, sex) in enumerate(DEMOGRAPHICS)],
    "placements": _placements(),
}

BASE: dict[str, list[float]] = {
    "demographics": [usual.AGE_SHARES[age] * usual.GENDER_SHARES[gender] for age, gender in DEMOGRAPHICS],
    "placements": [usual.PLACEMENT_SHARES[name] for name in PLACEMENTS],
}
"""Usual shares of the segments that worlds know of."""
