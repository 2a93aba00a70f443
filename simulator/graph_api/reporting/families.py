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
        country = usual.COUNTRIES.get(account.scenario.time_zone, "US")
        return _usual(family, len(ads), country)
    if "segments" in account.scenario.mechanisms:
        return _of_worlds(tuple(_people(account, ad.ad_set) for ad in ads), family)
    return _usual(family, len(ads), "")


def _people(account: Account, ad_set: AdSet) -> tuple[Audiences, int]:
    """The people an ad set's ads are shown to, and its column among them."""
    world, column = (account.world, ad_set.index) if ad_set.market is None else (ad_set.market.world, 0)
    return world.mechanism_state("segments"), column


@lru_cache(maxsize=32)
def _usual(family: Family, ads: int, country: str) -> Segments:
    pieces = _geography(country) if family == "geography" else PIECES[family]
    base = _base_shares(family)
    mix = np.array([base[piece.of] * piece.share for piece in pieces])
    return _segments(family, pieces, *(np.broadcast_to(row, (ads, 1, len(pieces))) for row in (mix, *_alike(mix))))


def _alike(mix: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return (np.ones_like(mix),) * 3


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


def _base_shares(family: Family) -> list[float]:
    """Usual shares of the segments that worlds know of."""
    if family == "demographics":
        return [usual.AGE_SHARES[age] * usual.GENDER_SHARES[gender] for age, gender in DEMOGRAPHICS]
    return [usual.PLACEMENT_SHARES[name] for name in PLACEMENTS] if family == "placements" else [1.0]


def _geography(country: str) -> list[_Piece]:
    regions = usual.REGIONS[country]
    return [
        _Piece(
            {"country": country, "region": region, "comscore_market": usual.MARKETS.get(region, "Unknown")},
            0,
            people / sum(regions.values()),
        )
        for region, people in regions.items()
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
