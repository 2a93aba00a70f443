"""What gymnasium promises of arrays and infos, as sentences that fail: the words of the checker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class EnvironmentFault(AssertionError):
    """An environment breaks gymnasium's contract; the text says where and how."""


def hold(condition: bool, otherwise: str) -> None:
    """Raise `EnvironmentFault` with the sentence `otherwise`, unless the condition holds."""
    if not condition:
        raise EnvironmentFault(otherwise)


def check_infos(infos: Any, num_envs: int, where: str) -> None:
    """Arrays with one row per environment, each with a mask `_name` of who has it."""
    hold(isinstance(infos, Mapping), f"infos of {where} are no dict")
    for name, values in infos.items():
        if name.startswith("_"):
            continue
        hold(f"_{name}" in infos, f"infos of {where} have {name!r} but no mask '_{name}'")
        check_array(f"infos['_{name}'] of {where}", infos[f"_{name}"], (num_envs,), np.bool_)
        if isinstance(values, Mapping):
            check_infos(values, num_envs, f"{where}, {name}")
        else:
            hold(len(values) == num_envs, f"infos[{name!r}] of {where} has {len(values)} rows, not {num_envs}")


def check_array(name: str, array: Any, shape: Any, dtype: Any) -> None:
    """An array of exactly this shape and dtype."""
    hold(isinstance(array, np.ndarray), f"{name} must be an array, got {type(array).__name__}")
    hold(array.shape == shape, f"{name} must have shape {shape}, got {array.shape}")
    hold(array.dtype == dtype, f"{name} must have dtype {np.dtype(dtype)}, got {array.dtype}")


def equal(where: str, one: Any, two: Any) -> None:
    """Equal to the bit, all the way down."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        hold(one.keys() == two.keys(), f"{where}: one has {sorted(one)}, the other {sorted(two)}")
        for key in one:
            equal(f"{where}, {key}", one[key], two[key])
    elif isinstance(one, tuple):
        for name, a, b in zip(_names(len(one)), one, two, strict=True):
            equal(f"{where}, {name}", a, b)
    elif isinstance(one, np.ndarray) and one.dtype == object:
        for i, (a, b) in enumerate(zip(one, two, strict=True)):
            equal(f"{where}, environment {i}", a, b)
    else:
        hold(np.array_equal(one, two), f"{where}: {one} and {two} differ")
        hold(np.asarray(one).dtype == np.asarray(two).dtype, f"{where}: dtypes differ")


def _names(length: int) -> tuple[str, ...]:
    step = ("observations", "rewards", "terminated", "truncated", "infos")
    return step if length == len(step) else ("observations", "infos")
