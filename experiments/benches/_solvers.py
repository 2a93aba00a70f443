"""Other solvers of a budget split, where they are installed: what they find, and how long they take.

All of them solve `max sum v_i (s_i / now_i)^b_i` under a total and bounds: power laws, which all of them can state.
cvxpy (Diamond and Boyd 2016) with CLARABEL (Goulart and Chen 2024) takes them as power cones; SLSQP is Kraft's (1988)
sequential quadratic programme as scipy has it, given shares of the total and derivatives, as it needs to converge at
all; pymc-marketing's `BudgetOptimizer` wraps the same SLSQP around a compiled PyTensor graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from agents.allocation import Leeway, Returns
    from agents.vocabulary import FloatArray, IntArray

_ROUNDS, _DRAWS = 3, 200


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """The problem in relative budgets x = s / now, all (A,): v_i x_i^b_i, bounds, and weights that sum to the total."""

    now: FloatArray
    worth: FloatArray
    power: FloatArray
    low: FloatArray
    high: FloatArray

    def value(self, budgets: FloatArray) -> float:
        """Return of budgets (A,)."""
        return float((self.worth * (budgets / self.now) ** self.power).sum())


@dataclass(frozen=True, eq=False, slots=True)
class Rival:
    """Another solver at work on a task."""

    what: str
    task: Task
    solve: Callable[[], FloatArray]

    def solved(self) -> tuple[float, FloatArray]:
        """Seconds of the quickest of three runs, and the budgets (A,) found, brought inside the constraints."""
        seconds, found = np.inf, self.task.now
        for _ in range(_ROUNDS):
            start = perf_counter()
            found = self.solve()
            seconds = min(seconds, perf_counter() - start)
        return float(seconds), self._feasible(found)

    def value(self, budgets: FloatArray) -> float:
        """Return of budgets (A,)."""
        return self.task.value(budgets)

    def _feasible(self, budgets: FloatArray) -> FloatArray:
        task, total = self.task, self.task.now.sum()
        for _ in range(100):
            budgets = np.clip(budgets, task.low * task.now, task.high * task.now)
            budgets = budgets * total / budgets.sum()
        return budgets


def _task(returns: Returns, room: Leeway, now_minor: IntArray) -> Task:
    now = now_minor.astype(np.float64)
    return Task(now, returns.value(now), np.asarray(returns.elasticity), room.lo_minor / now, room.hi_minor / now)


def clarabel(returns: Returns, room: Leeway, now_minor: IntArray) -> Rival:
    """Cvxpy with CLARABEL at its defaults; the time is that of `solve` on a problem that was compiled before.

    Raises:
        ImportError: cvxpy is not installed.
    """
    cp: Any = import_module("cvxpy")
    import_module("clarabel")
    task = _task(returns, room, now_minor)
    x, more = cp.Variable(len(task.now)), cp.Variable(len(task.now))
    cones = cp.PowCone3D(x, np.ones(len(task.now)), 1 + more, task.power)
    # In hundredths, around holding: what it converges on at ten thousand cones, of what was tried.
    share, worth = (100 * part / part.sum() for part in (task.now, task.worth))
    held = cp.Problem(cp.Maximize(worth @ more), [cones, share @ x == share.sum(), x >= task.low, x <= task.high])
    held.get_problem_data(cp.CLARABEL)

    def solve() -> FloatArray:
        held.solve(solver=cp.CLARABEL)
        found: FloatArray = np.asarray(x.value) * task.now
        return found

    return Rival(f"cvxpy {cp.__version__} with CLARABEL", task, solve)


def slsqp(returns: Returns, room: Leeway, now_minor: IntArray) -> Rival:
    """Scipy's SLSQP with derivatives, in relative budgets, at a tolerance of 1e-9."""
    task = _task(returns, room, now_minor)
    share, scale = task.now / task.now.sum(), task.worth.sum()

    def solve() -> FloatArray:
        found = minimize(
            lambda x: -float((task.worth * x**task.power).sum()) / scale,
            np.ones_like(task.now),
            jac=lambda x: -task.worth * task.power * x ** (task.power - 1) / scale,
            bounds=list(zip(task.low, task.high, strict=True)),
            constraints={"type": "eq", "fun": lambda x: share @ x - 1, "jac": lambda _: share},
            method="SLSQP",
            options={"ftol": 1e-9, "maxiter": 1000},
        )
        budgets: FloatArray = found.x * task.now
        return budgets

    return Rival("scipy's SLSQP, scaled, with derivatives", task, solve)


def pymc_marketing(returns: Returns, room: Leeway, now_minor: IntArray) -> Rival:
    """pymc-marketing's `BudgetOptimizer` on a model of its own kind: the mean over draws of the same power laws.

    Its default tolerance of 1e-9 ends in an error of its solver at a hundred channels; it gets 1e-6 where that happens.
    The time is that of `allocate_budget`, without building and compiling.

    Raises:
        ImportError: it is not installed.
    """
    marketing: Any = import_module("pymc_marketing.mmm.budget_optimizer")
    pymc, dims, arviz = (import_module(name) for name in ("pymc", "pymc.dims", "arviz"))
    task = _task(returns, room, now_minor)
    channels = [f"{i:04d}" for i in range(len(task.now))]
    unit, scale = task.now.mean(), task.worth.sum()
    with pymc.Model(coords={"channel": channels, "date": [0]}) as model:
        spend = dims.Data("channel_data", np.ones((1, len(channels))), dims=("date", "channel"))
        log_worth = dims.Normal("log_worth", 0.0, 1.0, dims="channel")
        usual, power = (dims.as_xtensor(part, dims=("channel",)) for part in (task.now / unit, task.power))
        worth = dims.math.exp(log_worth) * (spend / usual) ** power
        dims.Deterministic("total_contribution", worth.sum(dim=("date", "channel")))
    draws = np.broadcast_to(np.log(task.worth / scale), (1, _DRAWS, len(channels)))
    posterior = arviz.from_dict(
        posterior={"log_worth": draws}, coords={"channel": channels}, dims={"log_worth": ["channel"]}
    )
    wrapper = marketing.CustomModelWrapper(base_model=model, idata=posterior, channels=channels)
    optimiser = marketing.BudgetOptimizer(model=wrapper, num_periods=1)
    bounds = {
        name: (low * now / unit, high * now / unit)
        for name, low, high, now in zip(channels, task.low, task.high, task.now, strict=True)
    }

    def tried(tolerance: float) -> FloatArray:
        budgets, _ = optimiser.allocate_budget(
            total_budget=float(len(channels)),
            budget_bounds=bounds,
            x0=task.now / unit,
            minimize_kwargs={"options": {"ftol": tolerance, "maxiter": 1000}},
        )
        found: FloatArray = np.asarray(budgets, dtype=np.float64) * unit
        return found

    def solve() -> FloatArray:
        return tried(tolerance)

    try:
        tolerance = 1e-9
        tried(tolerance)
    except marketing.MinimizeException:
        tolerance = 1e-6
    what = f"pymc-marketing's BudgetOptimizer, {_DRAWS} draws, tolerance {tolerance:g}"
    return Rival(what, task, solve)


SOLVERS: dict[str, Callable[[Returns, Leeway, IntArray], Rival]] = {
    "clarabel": clarabel,
    "slsqp": slsqp,
    "pymc_marketing": pymc_marketing,
}
