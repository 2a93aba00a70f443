"""What the tests of experiments share: a study of a few worlds, and a tracking store that is made once."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agents.vocabulary import PolicySpec
from experiments.study import Study, StudyResult, run_study
from experiments.tracking import Store


@pytest.fixture(scope="session")
def tiny_study() -> Study:
    """Large enough for promotion, small enough for a test."""
    return Study(
        name="tiny",
        question="Do the rules beat leaving budgets alone?",
        policies={name: PolicySpec(name) for name in ("hold", "rules", "equal_split", "curve_thompson")},
        scenarios=("small",),
        candidates=("curve_thompson", "equal_split"),
        replications=20,
        days=28,
    )


@pytest.fixture(scope="session")
def tiny_result(tiny_study: Study) -> StudyResult:
    return run_study(tiny_study)


@pytest.fixture(scope="session")
def brief_study(tiny_study: Study) -> Study:
    """A few mornings, where only the machinery matters."""
    return replace(tiny_study, replications=5, days=4, chunk=2)


@pytest.fixture(scope="session")
def store_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """An empty store's file; MLflow takes seconds to make one, so all test processes share it."""
    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent
    file = folder / "mlflow-template" / "mlflow.db"
    with (folder / "mlflow-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            unfinished = folder / "mlflow-unfinished" / "mlflow.db"
            Store(f"sqlite:///{unfinished}")
            file.parent.mkdir()
            copy_database(unfinished, file)
    return file


@pytest.fixture
def new_store(store_template: Path, tmp_path: Path) -> Callable[[], Store]:
    """Opens the one store of this test, as another process would."""
    file = tmp_path / "home" / "mlflow.db"
    file.parent.mkdir()
    copy_database(store_template, file)
    return lambda: Store(f"sqlite:///{file}")


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    return new_store()


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy, whatever lies in the write-ahead log."""
    old, new = sqlite3.connect(source), sqlite3.connect(target)
    try:
        old.backup(new)
    finally:
        old.close()
        new.close()
