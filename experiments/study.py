"""A study is a value: which policies, on which worlds, asked what. Running it gives tables and arrays, no files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from agents.errors import did_you_mean
from agents.registry import build_policy, discover
from experiments.errors import ExperimentError, UnknownName
from experiments.metrics import Estimate, Yardstick, better_of, compare, pool, score
from experiments.run import Guarded, Oracle, Run, Steering, join, run
from service.guardrails import DEFAULTS, build_guardrails
from simulator.fleet import told_apart
from simulator.scenario import Scenario
from simulator.scenarios import load_fleet

if TYPE_CHECKING:
    from agents.vocabulary import PolicySpec

ORACLE, CAPPED_ORACLE = "oracle", "capped_oracle"
ALL = "all"
"""In place of a scenario: the worlds of every scenario together, with intervals over seeds."""
CAP = 0.2
"""The capped oracle's step a day: the default guardrail's."""


@dataclass(frozen=True, slots=True)
class Study:
    """A comparison of policies on paired worlds.

    `policies` are specs by label; `baselines` are labels every other policy is compared with, the first being "leave
    budgets alone"; `candidates` are labels that may be promoted. Worlds are `first_seed`, `first_seed` + 1, ….
    `scenarios` are given as names or paths, fleets as well, and are read once; from then on they are called by their
    own names, and `markets` holds them.
    """

    name: str
    question: str
    policies: Mapping[str, PolicySpec]
    scenarios: tuple[str, ...]
    candidates: tuple[str, ...]
    baselines: tuple[str, ...] = ("hold", "rules")
    replications: int = 100
    first_seed: int = 1
    days: int = 60
    root_seed: int = 0
    guardrails: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: DEFAULTS)
    chunk: int = 50
    markets: Mapping[str, Scenario] = field(default_factory=dict)
    """The scenarios by name; those given here are not looked up."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is run."""
        self._read_scenarios()
        for role in ("candidates", "baselines"):
            for label in getattr(self, role):
                if label not in self.policies:
                    raise UnknownName(
                        f"study {self.name!r}: {role} name {label!r}: {did_you_mean(label, self.policies)}"
                    )
        for quantity in ("replications", "days", "chunk"):
            if getattr(self, quantity) < 1:
                raise ExperimentError(
                    f"study {self.name!r}: {quantity} must be at least 1, got {getattr(self, quantity)}"
                )

    def _read_scenarios(self) -> None:
        try:
            chosen = [scenario for name in self.scenarios for scenario in self._meant(name)]
            object.__setattr__(self, "markets", told_apart(chosen))
        except ValueError as error:
            raise UnknownName(f"study {self.name!r}: {error}") from error
        object.__setattr__(self, "scenarios", tuple(self.markets))
        if ALL in self.markets:
            raise ExperimentError(f"study {self.name!r}: no scenario can be called {ALL!r}, which means every one")

    def _meant(self, reference: str) -> list[Scenario]:
        known = self.markets.get(reference)
        return [known] if known else list(load_fleet(reference).scenarios.values())

    @property
    def seeds(self) -> tuple[int, ...]:
        """The worlds' seeds, the same for every policy."""
        return tuple(range(self.first_seed, self.first_seed + self.replications))

    @property
    def hold(self) -> str:
        """The label of the policy that leaves budgets alone."""
        return self.baselines[0]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a policy on a scenario, its figures, and paired differences by baseline."""

    scenario: str
    policy: str
    figures: Mapping[str, Estimate]
    against: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True, eq=False, slots=True)
class StudyResult:
    """What a study found: the run behind every (scenario, label), and the table."""

    study: Study
    runs: Mapping[tuple[str, str], Run]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Task:
    """One piece of work for one process: a policy through a chunk of a scenario's worlds."""

    scenario: Scenario
    label: str
    steering: Steering
    seeds: tuple[int, ...]
    days: int
    root_seed: int


@cache
def studies() -> dict[str, Study]:
    """Every study in `experiments/studies`, by name."""
    return discover(import_module("experiments.studies"), "STUDY")


def load_study(name: str) -> Study:
    """The study of that name.

    Raises:
        UnknownName: there is none; the message carries the nearest known name.
    """
    if name not in studies():
        raise UnknownName(f"there is no study {name!r}: {did_you_mean(name, studies())}")
    return studies()[name]


def run_study(study: Study, *, workers: int = 1, on_progress: Callable[[int, int], None] | None = None) -> StudyResult:
    """Live through every world under every policy and both oracles, then score.

    Args:
        study: what to compare.
        workers: processes; the result does not depend on their number.
        on_progress: called with (days of work done, days of work in all) as pieces finish.
    """
    runs = live(study, workers=workers, on_progress=on_progress)
    return StudyResult(study, runs, tuple(row for name in (*study.scenarios, ALL) for row in _rows(study, name, runs)))


def live(
    study: Study,
    *,
    workers: int = 1,
    oracles: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[tuple[str, str], Run]:
    """Every world of a study under every policy, by (scenario, label), not scored yet.

    Args:
        study: what to live through.
        workers: processes; the result does not depend on their number.
        oracles: whether both oracles live through them as well.
        on_progress: called with (days of work done, days of work in all) as pieces finish.
    """
    tasks = _tasks(study, oracles=oracles)
    finished: dict[tuple[str, str], list[Run]] = {}
    total, done = sum(len(t.seeds) for t in tasks) * study.days, 0
    for task, part in zip(tasks, _execute(tasks, workers), strict=True):
        finished.setdefault((task.scenario.name, task.label), []).append(part)
        done += len(task.seeds) * study.days
        if on_progress:
            on_progress(done, total)
    return {key: join(parts) for key, parts in finished.items()}


def shrink(
    study: Study,
    *,
    replications: int | None = None,
    days: int | None = None,
    seed: int | None = None,
    scenarios: Sequence[str] = (),
) -> Study:
    """The same study on other worlds: fewer or more, shorter or longer, from another first seed, or elsewhere."""
    return replace(
        study,
        scenarios=tuple(scenarios) or study.scenarios,
        markets={} if scenarios else study.markets,
        replications=study.replications if replications is None else replications,
        days=study.days if days is None else days,
        first_seed=study.first_seed if seed is None else seed,
    )


def with_candidate(study: Study, label: str, spec: PolicySpec) -> Study:
    """The same study with one policy more, which may be promoted."""
    return replace(study, policies={**study.policies, label: spec}, candidates=(*study.candidates, label))


def _tasks(study: Study, *, oracles: bool) -> list[_Task]:
    guardrails = build_guardrails(study.guardrails)
    steering: dict[str, Steering] = {
        label: Guarded(build_policy(spec), guardrails) for label, spec in study.policies.items()
    }
    if oracles:
        steering |= {CAPPED_ORACLE: Oracle(CAP), ORACLE: Oracle()}
    chunks = [study.seeds[i : i + study.chunk] for i in range(0, study.replications, study.chunk)]
    return [
        _Task(scenario, label, hand, seeds, study.days, study.root_seed)
        for scenario in study.markets.values()
        for label, hand in steering.items()
        for seeds in chunks
    ]


def _execute(tasks: Sequence[_Task], workers: int) -> Any:
    """Runs in the order of the tasks, as they become available."""
    if workers == 1:
        return map(_live, tasks)
    from joblib import Parallel, delayed  # noqa: PLC0415 - a heavy import that one process does not need

    return Parallel(n_jobs=workers, backend="loky", return_as="generator")(delayed(_live)(task) for task in tasks)


def _live(task: _Task) -> Run:
    return run(task.steering, task.scenario, task.seeds, task.days, root_seed=task.root_seed)


def _rows(study: Study, name: str, runs: Mapping[tuple[str, str], Run]) -> list[Row]:
    """The table of one scenario, or of all: every figure is relative to its own world, so currencies do not mix.

    The worlds of one seed are not independent of each other, so the intervals of all are over seeds.
    """
    scenarios = study.scenarios if name == ALL else (name,)
    seeds = study.seeds * len(scenarios)
    outcomes = {
        label: pool([runs[scenario, label].outcome for scenario in scenarios])
        for label in (*study.policies, CAPPED_ORACLE, ORACLE)
    }
    measure = Yardstick(
        oracle_minor=better_of(outcomes[ORACLE].value_minor, outcomes[CAPPED_ORACLE].value_minor),
        capped_oracle_minor=outcomes[CAPPED_ORACLE].value_minor,
        hold_minor=outcomes[study.hold].value_minor,
    )
    return [
        Row(
            scenario=name,
            policy=label,
            figures=score(outcome, measure, seeds),
            against={
                other: compare(outcome, outcomes[other], measure, seeds) for other in study.baselines if other != label
            },
        )
        for label, outcome in outcomes.items()
    ]
