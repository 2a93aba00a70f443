"""Sentences for people about ads: one per ad set, what runs, what rests, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.policies._words import check_single
from agents.rotation import creatives_of

if TYPE_CHECKING:
    from agents.vocabulary import Creatives, Observation, Rotation


def ad_name(ads: Creatives, ad_set: int, place: int) -> str:
    """What people call an ad: its name, or its id where it has none."""
    return ads.names[ad_set][place] or ads.ids[ad_set][place]


def rotation_sentences(observation: Observation, rotation: Rotation, because: Callable[[int], str]) -> tuple[str, ...]:
    """One sentence per ad set (A,): which ads run, which are switched on or off, and why (`because(index)`).

    Raises:
        ValueError: the observation is a batch of accounts.
    """
    check_single(observation)
    ads = creatives_of(observation)
    return tuple(_sentence(observation, ads, rotation, because, i) for i in range(len(observation.ad_sets)))


def _sentence(
    observation: Observation, ads: Creatives, rotation: Rotation, because: Callable[[int], str], i: int
) -> str:
    places = [c for c in range(ads.exists.shape[-1]) if ads.available[i, c]]
    running = [ad_name(ads, i, c) for c in places if rotation.active[i, c]]
    if not places:
        return "no ads to choose from"
    if not observation.ad_sets.adjustable[i]:
        why = "protected" if observation.ad_sets.active[i] else "paused"
        return f"ads stay as they are: {why}"
    on = [ad_name(ads, i, c) for c in places if rotation.active[i, c] and not ads.active[i, c]]
    off = [ad_name(ads, i, c) for c in places if ads.active[i, c] and not rotation.active[i, c]]
    moves = [f"switch on {', '.join(on)}"] * bool(on) + [f"switch off {', '.join(off)}"] * bool(off)
    return f"{'; '.join(moves) or 'no change'}; running {', '.join(running)}: {because(i)}"
