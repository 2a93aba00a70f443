from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import results
from experiments.errors import StoreError
from experiments.study import StudyResult
from experiments.tracking import MODEL, Store, default_uri


@pytest.mark.slow
def test_a_study_is_one_parent_run_with_a_child_per_policy_and_scenario(
    new_store: Callable[[], Store], tiny_result: StudyResult
) -> None:
    run_id = new_store().record(tiny_result, {"results.json": b"{}"}, {"mlflow.source.git.commit": "abc"})

    client = new_store()._client
    parent = client.get_run(run_id)
    children = client.search_runs([parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'")
    assert len(children) == len(tiny_result.runs) == 6
    assert {run.info.status for run in (parent, *children)} == {"FINISHED"}
    assert {run.data.tags["mlflow.source.git.commit"] for run in (parent, *children)} == {"abc"}
    child = next(run for run in children if run.data.params["policy"] == "curve_thompson")
    row = next(row for row in tiny_result.rows if row.policy == "curve_thompson")
    assert child.data.metrics["share_of_oracle_percent"] == row.figures["share_of_oracle_percent"].value
    assert child.data.tags["caudal.spec_digest"] == tiny_result.study.policies["curve_thompson"].digest
    assert child.data.tags["caudal.seeds"] == "1-20"
    history = client.get_metric_history(child.info.run_id, "daily/cumulative_regret_oracle_days")
    assert [point.step for point in history] == list(range(1, 29))


def test_artifacts_come_back_as_they_were(store: Store, tiny_result: StudyResult) -> None:
    files = results.files(tiny_result)

    run_id = store.record(tiny_result, files, {})

    assert all(store.read_artifact(run_id, name) == content for name, content in files.items())
    with pytest.raises(StoreError, match=r"no artifact nothing\.json"):
        store.read_artifact(run_id, "nothing.json")


@pytest.mark.slow
def test_the_latest_run_is_the_newest_finished_one(store: Store, tiny_result: StudyResult) -> None:
    store.record(tiny_result, {}, {})
    newest = store.record(tiny_result, {}, {})

    assert store.latest_run("tiny") == newest


def test_a_study_that_was_never_run_says_how_to_run_it(store: Store) -> None:
    with pytest.raises(StoreError, match="caudal study run tiny"):
        store.latest_run("tiny")


def test_aliases_move_and_are_absent_before(store: Store, tiny_result: StudyResult) -> None:
    run_id = store.record(tiny_result, {}, {})
    assert store.alias("champion") is None

    one, two = (store.register(run_id, label, label.encode(), {"caudal.digest": label}) for label in ("rules", "hold"))
    store.move_alias("champion", one)
    store.move_alias("champion", two)

    assert store.alias("champion") == two
    assert store.read_policy(one) == b"rules"
    assert store.version_tags(two) == {"caudal.digest": "hold"}
    assert store._client.get_registered_model(MODEL).aliases == {"champion": int(two)}


def test_a_registry_that_does_not_answer_is_not_one_without_an_alias(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(name: str) -> None:
        raise store._failure("connection refused")

    monkeypatch.setattr(store._client, "get_registered_model", silent)

    with pytest.raises(StoreError, match="does not answer: connection refused"):
        store.alias("champion")


def test_the_store_writes_ahead_so_that_readers_do_not_wait(store: Store) -> None:
    assert store._file is not None
    connection = sqlite3.connect(store._file)
    try:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    finally:
        connection.close()


def test_a_store_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path}/file/mlflow.db")


def test_the_store_lies_in_the_home_unless_mlflow_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CAUDAL_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert default_uri() == f"sqlite:///{tmp_path}/mlflow.db"

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert default_uri() == "http://127.0.0.1:5000"
