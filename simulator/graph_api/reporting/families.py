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


def segments_of(account: Account, family: Family, columns: Sequence[int]) -> Segments:
    """The segments of ads whose ad sets are `columns` of the world; those beyond it have usual people.

    Args:
        account: whose.
        family: demographics, placements or geography.
        columns: by ad, N.
    """
    if family == "geography":
        country = usual.COUNTRIES.get(account.scenario.time_zone, "US")
        return _usual(family, len(columns), country)
    if "segments" in account.scenario.mechanisms:
        return _of_world(account.world.mechanism_state("segments"), family, tuple(columns))
    return _usual(family, len(columns), "")


@lru_cache(maxsize=32)
def _usual(family: Family, ads: int, country: str) -> Segments:
    pieces = _geography(country) if family == "geography" else PIECES[family]
    base = _base_shares(family)
    mix = np.array([base[piece.of] * piece.share for piece in pieces])
    return _segments(family, pieces, *(np.broadcast_to(row, (ads, 1, len(pieces))) for row in (mix, *_alike(mix))))


def _alike(mix: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return (np.ones_like(mix),) * 3


@lru_cache(maxsize=32)
def _of_world(state: Audiences, family: Family, columns: tuple[int, ...]) -> Segments:
    known: Cells = state.demographics if family == "demographics" else state.placements
    pieces = PIECES[family]
    world = known.mix.shape[1]
    of = [piece.of for piece in pieces]
    shares = np.array([piece.share for piece in pieces])
    own = np.array([column < world for column in columns])[:, None, None]
    place = [min(column, world - 1) for column in columns]
    mix, price, clicks, conversions = (
        array[0][place][:, None, :][..., of] for array in (known.mix, known.price, known.clicks, known.conversions)
    )
    mix = np.where(known.excluded[0][place][:, None, :][..., of], 0.0, mix)
    usual_mix = np.array([_base_shares(family)[i] for i in of])
    mix = np.where(own, mix, usual_mix) * shares
    return _segments(family, pieces, mix, *(np.where(own, array, 1.0) for array in (price, clicks, conversions)))


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
