"""Counter-based randomness: a draw is a function of what it is for, not of what was drawn before it.

A draw is named by (seed, purpose, day, ad set, ad, index). So a world draws the same numbers alone, in a batch of any
size and whatever was done in it; and one ad set draws the same whatever happens to the others.

The generator is SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"), whose n-th
word is a hash of key + n gamma: the names make the key and n, and numpy computes all words of a batch at once. Each
word gives two 32-bit uniforms, each pair of uniforms two normals (Box and Muller 1958).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Words = NDArray[np.uint64]

_GAMMA = 0x9E3779B97F4A7C15
_WORD = 2**64 - 1
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_HALF, _MANTISSA, _EXPONENT = np.uint64(32), np.uint64(20), np.uint64(12)
_ONE, _BELOW_ONE = np.uint64(0x3FF0000000000000), 1.0 - 2.0**-33
_AD_SET, _AD = np.uint64(32), np.uint64(16)
"""Where in a world's sequence the numbers of an ad set and of an ad begin, as powers of two."""
_CELLS = 1 << 15
"""Words made at a time: they and their temporaries stay in the processor's cache."""


def mixed(words: Words) -> Words:
    """SplitMix64's output function: every bit of a word depends on every bit that went in. Works in place."""
    scratch = words >> _SHIFTS[0]
    words ^= scratch
    words *= _MIX[0]
    np.right_shift(words, _SHIFTS[1], out=scratch)
    words ^= scratch
    words *= _MIX[1]
    np.right_shift(words, _SHIFTS[2], out=scratch)
    words ^= scratch
    return words


class Streams:
    """The random streams of W worlds."""

    def __init__(self, seeds: Sequence[int]) -> None:
        """Args: seeds: W seeds, non-negative and below 2**64.

        Raises:
            ValueError: a seed out of range; it is named.
        """
        for seed in seeds:
            if not 0 <= seed < 2**64:
                raise ValueError(f"seeds must be non-negative and below 2**64, got {seed}")
        self._keys = mixed(np.array(seeds, dtype=np.uint64) + np.uint64(_GAMMA))

    def __len__(self) -> int:
        """How many worlds: W."""
        return len(self._keys)

    def uniforms(
        self,
        purpose: str,
        ordinal: int,
        draws: int,
        ad_sets: int,
        ads: int | None = None,
        out: Floats | None = None,
    ) -> Floats:
        """Uniform draws in (0, 1), (draws, W, A), or (draws, W, A, C) with `ads`.

        Args:
            purpose: what they are for; every purpose has numbers of its own.
            ordinal: of the day (`date.toordinal()`), or 0 for what has no day.
            draws: how many for each ad set (or ad).
            ad_sets: A.
            ads: C, or None where there is nothing to draw for single ads.
            out: where to put them: contiguous, with room for an even number of draws.
        """
        places = _places(-(-draws // 2), ad_sets, ads)
        shape = 2, *places.shape[:1], len(self), *places.shape[2:]
        halves = np.empty(shape) if out is None else out.reshape(shape)
        for some, words in self._words(purpose, ordinal, places):
            for half, bits in zip(halves, _bits(words), strict=True):
                np.subtract(bits.view(np.float64), _BELOW_ONE, out=half[:, some])
        return halves.reshape(-1, *shape[2:])[:draws]

    def normals(self, purpose: str, ordinal: int, draws: int, ad_sets: int, ads: int | None = None) -> Floats:
        """N(0, 1) draws, (draws, W, A) or (draws, W, A, C). Arguments as for `uniforms`."""
        places = _places(-(-draws // 2), ad_sets, ads)
        out = np.empty((2, *places.shape[:1], len(self), *places.shape[2:]))
        for some, words in self._words(purpose, ordinal, places):
            _box_muller(*_bits(words), out[:, :, some])
        return out.reshape(-1, *out.shape[2:])[:draws]

    def normals_at(
        self,
        purpose: str,
        ordinals: NDArray[np.int64] | int,
        draws: int,
        draw: NDArray[np.intp],
        place: Sequence[NDArray[np.intp] | int],
    ) -> Floats:
        """Of N(0, 1) draws that `normals` would give only some, (n,): cheaper where few are needed.

        Args:
            purpose: as for `normals`.
            ordinals: as for `normals`; may differ, (n,).
            draws: as for `normals`.
            draw: (n,) which of the draws.
            place: world, ad set and ad, (n,) each; 0 for the ad where `normals` is asked without ads.
        """
        words = -(-draws // 2)
        second = draw >= words
        world, ad_set, ad = (np.asarray(index, dtype=np.uint64) for index in place)
        index = (draw - words * second).astype(np.uint64)
        index += (ad << _AD) + (ad_set << _AD_SET)
        index *= np.uint64(_GAMMA)
        if isinstance(ordinals, int):
            index += self._named(purpose, ordinals)[world]
        else:
            named = np.uint64(_purpose_key(purpose)) + ordinals.astype(np.uint64) * np.uint64(_GAMMA)
            index += mixed(self._keys[world] ^ named)
        both = np.empty((2, *index.shape))
        _box_muller(*_bits(mixed(index)), both)
        drawn: Floats = np.where(second, both[1], both[0])
        return drawn

    def _named(self, purpose: str, ordinal: int) -> Words:
        """The keys (W,) of a purpose on a day."""
        return mixed(self._keys ^ np.uint64((_purpose_key(purpose) + ordinal * _GAMMA) & _WORD))

    def _words(self, purpose: str, ordinal: int, places: Words) -> Iterator[tuple[slice, Words]]:
        """Words (words, n, A, ...) for n worlds at a time."""
        keys = self._named(purpose, ordinal).reshape(-1, *[1] * (places.ndim - 2))
        rows = max(1, _CELLS // places.size)
        for start in range(0, len(keys), rows):
            some = slice(start, start + rows)
            yield some, mixed(places + keys[some])


def _bits(words: Words) -> tuple[Words, Words]:
    """The upper and the lower 32 bits of words, as the leading bits of floats in [1, 2). Writes over `words`."""
    upper = words >> _HALF
    upper <<= _MANTISSA
    upper |= _ONE
    words <<= _HALF
    words >>= _EXPONENT
    words |= _ONE
    return upper, words


def _box_muller(upper: Words, lower: Words, out: Floats) -> None:
    """Two normals of each pair of uniforms, into `out` (2, ...). Writes over the bits."""
    radius, angle = upper.view(np.float64), lower.view(np.float64)
    radius -= _BELOW_ONE
    np.log(radius, out=radius)
    radius *= -2.0
    np.sqrt(radius, out=radius)
    # Sine and cosine from the tangent of half the angle: one fast function instead of two slow ones.
    angle -= _BELOW_ONE
    angle *= np.pi
    tangent = np.tan(angle, out=angle)
    square = tangent * tangent
    scale = square + 1.0
    np.divide(radius, scale, out=scale)
    np.subtract(1.0, square, out=square)
    np.multiply(square, scale, out=out[0])
    tangent *= 2.0
    np.multiply(tangent, scale, out=out[1])


@cache
def _purpose_key(purpose: str) -> int:
    return int.from_bytes(sha256(purpose.encode()).digest()[:8], "little")


@cache
def _places(words: int, ad_sets: int, ads: int | None) -> Words:
    """Where in a world's sequence each word lies, times gamma: (words, 1, A) or (words, 1, A, C)."""
    index = np.arange(words, dtype=np.uint64).reshape(-1, 1, 1, 1)
    ad_set = np.arange(ad_sets, dtype=np.uint64).reshape(1, 1, -1, 1) << _AD_SET
    ad = np.arange(ads or 1, dtype=np.uint64).reshape(1, 1, 1, -1) << _AD
    places: Words = (index + ad + ad_set) * np.uint64(_GAMMA)
    if ads is None:
        places = places[..., 0]
    places.flags.writeable = False
    return places
