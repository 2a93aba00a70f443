"""How often intervals hold the truth on logs that a bandit collected, where plain estimators go wrong."""

from __future__ import annotations

import numpy as np

from experiments.bench import Figure
from experiments.ope.always_valid import always_valid
from experiments.ope.estimator import load_estimator
from experiments.ope.evidence import gather
from experiments.ope.intervals import empirical_likelihood, normal
from experiments.ope.log import BanditLog

LOGS, ROUNDS = 400, 2_000
TRUTH = 0.5


def coverage_figures(seed: int) -> list[Figure]:
    """Of 95 % intervals for one of two equal arms, and how wide they are against those of IPS."""
    evidence = [gather(log, np.array([1.0, 0.0])) for log in bandit_logs(seed, LOGS, ROUNDS)]
    names = ("ips", "adaptive_constant", "adaptive_two_point")
    parts = {name: [load_estimator(name).contributions(each) for each in evidence] for name in names}
    around = {f"{name}_normal": [normal(part) for part in found] for name, found in parts.items()}
    around["ips_empirical_likelihood"] = [empirical_likelihood(part) for part in parts["ips"]]
    around["always_valid"] = [always_valid(each) for each in evidence]
    how = f"{LOGS} logs of {ROUNDS:,} rounds by a greedy bandit whose exploration falls as 1/sqrt(t)"
    goals = {"adaptive_constant_normal": 92.0, "adaptive_two_point_normal": 92.0, "always_valid": 95.0}
    found = []
    for name, intervals in around.items():
        held = 100.0 * float(np.mean([each.low <= TRUTH <= each.high for each in intervals]))
        found.append(Figure(f"bandit_logs_held_by_{name}", held, "%", goals.get(name), "higher", how))
    errors = {name: float(np.median([part.standard_error for part in parts[name]])) for name in names}
    for name in names[1:]:
        width = errors[name] / errors["ips"]
        found.append(Figure(f"{name}_error_over_ips", width, "x", 1.0, "lower", f"median standard errors, {how}"))
    return found


def bandit_logs(seed: int, count: int, rounds: int) -> list[BanditLog]:
    """Logs of a bandit that turns to the arm that did better so far; both arms pay a half of the time."""
    rng = np.random.default_rng(seed)
    rewards_of, draws = rng.binomial(1, TRUTH, (rounds, count, 2)).astype(np.float64), rng.random((rounds, count))
    actions, chances = np.empty((rounds, count), dtype=np.int64), np.empty((rounds, count, 2))
    sums, counts, each = np.zeros((count, 2)), np.zeros((count, 2)), np.arange(count)
    for t in range(rounds):
        floor = 0.5 / np.sqrt(t + 1.0)
        chances[t] = floor
        chances[t, each, (sums / np.maximum(counts, 1.0)).argmax(axis=-1)] = 1.0 - floor
        actions[t] = draws[t] >= chances[t, :, 0]
        sums[each, actions[t]] += rewards_of[t, each, actions[t]]
        counts[each, actions[t]] += 1.0
    at = np.arange(rounds)
    return [
        BanditLog(
            actions[:, i],
            rewards_of[at, i, actions[:, i]],
            chances[at, i, actions[:, i]],
            2,
            logging_probabilities=chances[:, i],
        )
        for i in range(count)
    ]
