from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.estimator import load_estimator
from experiments.ope.evidence import gather
from experiments.ope.log import BanditLog

MakeLog = Callable[..., BanditLog]


def test_without_embeddings_it_says_what_it_needs(make_log: MakeLog, target: np.ndarray) -> None:
    with pytest.raises(LogRefused, match="action_embeddings"):
        load_estimator("mips").contributions(gather(replace(make_log(1), action_embeddings=None), target))


def test_where_every_action_is_its_own_kind_it_is_ips(make_log: MakeLog, target: np.ndarray) -> None:
    evidence = gather(replace(make_log(1), action_embeddings=np.arange(4)[:, None]), target)
    mips, ips = (load_estimator(name).contributions(evidence) for name in ("mips", "ips"))

    assert mips.value == pytest.approx(ips.value)


def test_where_kinds_decide_rewards_it_is_unbiased_with_less_variance() -> None:
    """Thirty actions of two kinds, 200 logs."""
    rng = np.random.default_rng(7)
    kinds, worth = np.arange(30) % 2, np.array([0.2, 0.7])
    logging, target = rng.dirichlet(np.ones(30) * 2), rng.dirichlet(np.ones(30) * 2)
    truth = float(target @ worth[kinds])
    values: dict[str, list[float]] = {"ips": [], "mips": []}
    for _ in range(200):
        actions = rng.choice(30, size=500, p=logging)
        rewards = (rng.random(500) < worth[kinds[actions]]).astype(float)
        log = BanditLog(actions, rewards, logging[actions], 30, action_embeddings=kinds[:, None])
        for name, found in values.items():
            found.append(load_estimator(name).contributions(gather(log, target)).value)

    assert np.mean(values["mips"]) == pytest.approx(truth, abs=4 * np.std(values["mips"]) / np.sqrt(200))
    assert np.std(values["mips"]) < 0.85 * np.std(values["ips"])
