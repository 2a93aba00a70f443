"""Without stable-baselines3 the adapter can be imported, and says what is missing when it is used.

What it does with stable-baselines3 is in `test_stable_baselines3`.
"""

from __future__ import annotations

import pytest

from simulator.environments import ENV_ID, stable_baselines


def test_without_it_the_refusal_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stable_baselines, "VecEnv", None)

    with pytest.raises(ImportError, match="make rl"):
        stable_baselines.as_vec_env(ENV_ID, 2)
