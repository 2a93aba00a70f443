"""The tracking store: the only file of the experiments that knows MLflow.

A study becomes one MLflow experiment; running it, a parent run with a nested child run per policy and scenario.
The store is opened once, by the parent process, and only it writes: a fresh SQLite store does not survive being
created by several processes at once.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from experiments.errors import StoreError
from experiments.results import daily_metrics, row_metrics, row_tags, summary_metrics

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from experiments.study import StudyResult

MODEL = "budget-policy"
LARGEST_POLICY_BYTES = 1_000_000
_METRICS_A_CALL = 1_000
_SQLITE = "sqlite:///"


def home() -> Path:
    """Where everything of ours lives: `CAUDAL_HOME`, or `.caudal` here."""
    return Path(os.environ.get("CAUDAL_HOME") or ".caudal")  # noqa: TID251 - this is the adapter


def default_uri() -> str:
    """`MLFLOW_TRACKING_URI`, or an SQLite file in the home."""
    configured = os.environ.get("MLFLOW_TRACKING_URI")  # noqa: TID251 - this is the adapter
    return configured or f"{_SQLITE}{home().absolute() / 'mlflow.db'}"


class Store:
    """An open tracking store with its registry."""

    def __init__(self, uri: str | None = None) -> None:
        """Open the store, creating it where it does not exist.

        Args:
            uri: as MLflow defines it; None for `default_uri()`.

        Raises:
            StoreError: it cannot be opened; the message names it.
        """
        self.uri = uri or default_uri()
        self._file = Path(self.uri.removeprefix(_SQLITE)) if self.uri.startswith(_SQLITE) else None
        try:
            self._client = self._open()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the tracking store {self.uri} cannot be opened: {error}") from error

    def _open(self) -> MlflowClient:
        if self._file:
            _prepare_sqlite(self._file)
        # Must be set before the first import: MLflow would otherwise ask its makers' server for instructions.
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # noqa: TID251 - this is the adapter
        os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"  # noqa: TID251 - this is the adapter
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations between MLflow and its own dependencies
            from mlflow import MlflowClient  # noqa: PLC0415 - seconds to import
            from mlflow.exceptions import MlflowException  # noqa: PLC0415 - seconds to import

            self._failure: type[Exception] = MlflowException
            logging.getLogger("mlflow").setLevel(logging.WARNING)
            logging.getLogger("alembic").setLevel(logging.WARNING)
            try:
                return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
            except MlflowException as error:
                raise StoreError(f"the tracking store {self.uri} cannot be opened: {error}") from error

    # Studies

    def record(self, result: StudyResult, files: Mapping[str, bytes], tags: Mapping[str, str]) -> str:
        """Log a finished study.

        Args:
            result: what was found.
            files: artifacts of the parent run, by relative path.
            tags: of the parent and of every child.

        Returns:
            The id of the parent run.
        """
        study = result.study
        experiment = self._experiment(study.name, study.question)
        tags = {**tags, "caudal.study": study.name, "caudal.seeds": f"{study.seeds[0]}-{study.seeds[-1]}"}
        parent = self._start(experiment, f"{study.name} {len(study.seeds)}x{study.days}", tags)
        params = {
            "days": study.days,
            "replications": study.replications,
            "first_seed": study.first_seed,
            "root_seed": study.root_seed,
            "scenarios": " ".join(study.scenarios),
        }
        self._log(parent, params=params, metrics=summary_metrics(result))
        self._log_files(parent, files)
        for row in result.rows:
            if (key := (row.scenario, row.policy)) in result.runs:
                child_tags = {**tags, **row_tags(study, row), "mlflow.parentRunId": parent}
                child = self._start(experiment, f"{row.policy} on {row.scenario}", child_tags)
                spec = study.policies.get(row.policy)
                about = {"policy": row.policy, "scenario": row.scenario, "spec": spec.to_json() if spec else "truth"}
                self._log(child, params=params | about, metrics=row_metrics(row), steps=daily_metrics(result, key))
                self._client.set_terminated(child)
        self._client.set_terminated(parent)
        return parent

    def latest_run(self, study: str) -> str:
        """The newest finished parent run of a study.

        Raises:
            StoreError: there is none, with what to do.
        """
        remedy = f"run `caudal study run {study}` first"
        experiment = self._client.get_experiment_by_name(study)
        if experiment is None:
            raise StoreError(f"study {study!r} has no runs in {self.uri}: {remedy}")
        found = self._client.search_runs(
            [experiment.experiment_id],
            "tags.`caudal.study` = '" + study + "' and tags.`caudal.role` = 'study' and attributes.status = 'FINISHED'",
            order_by=["attributes.start_time DESC"],
            max_results=1,
        )
        if not found:
            raise StoreError(f"study {study!r} has no finished run in {self.uri}: {remedy}")
        return str(found[0].info.run_id)

    def read_artifact(self, run_id: str, path: str) -> bytes:
        """The bytes of one artifact of a run.

        Raises:
            StoreError: it is not there.
        """
        with TemporaryDirectory() as folder:
            try:
                return Path(self._client.download_artifacts(run_id, path, folder)).read_bytes()
            except (OSError, self._failure) as error:
                raise StoreError(f"run {run_id} has no artifact {path}: {error}") from error

    # Registry

    def register(self, run_id: str, label: str, policy: bytes, tags: Mapping[str, str]) -> str:
        """Log a policy artifact on a run and make it a new version of the registered model; returns the version."""
        folder = f"policy/{label}"
        self._log_files(run_id, {f"{folder}/policy.json": policy})
        if self._model() is None:
            self._client.create_registered_model(MODEL, description="Budget policies: what the service may run.")
        version = self._client.create_model_version(
            MODEL, source=f"runs:/{run_id}/{folder}", run_id=run_id, tags=dict(tags), description=label
        )
        return str(version.version)

    def alias(self, alias: str) -> str | None:
        """The version that has the alias, or None.

        Raises:
            StoreError: the registry does not answer; that is not the same as having no such alias.
        """
        model = self._model()
        version = model.aliases.get(alias) if model else None
        return None if version is None else str(version)

    def move_alias(self, alias: str, version: str) -> None:
        """Point the alias to a version; readers see the old one or the new one."""
        self._client.set_registered_model_alias(MODEL, alias, version)

    def version_tags(self, version: str) -> dict[str, str]:
        """The tags of a version."""
        return dict(self._client.get_model_version(MODEL, version).tags)

    def tag_version(self, version: str, key: str, value: str) -> None:
        """Set one tag of a version."""
        self._client.set_model_version_tag(MODEL, version, key, value)

    def read_policy(self, version: str) -> bytes:
        """The bytes of a version's `policy.json`, unchecked.

        Raises:
            StoreError: there are none, or more of them than any policy has.
        """
        from mlflow.artifacts import download_artifacts  # noqa: PLC0415 - seconds to import

        with TemporaryDirectory() as folder:
            try:
                source = self._client.get_model_version_download_uri(MODEL, version)
                path = Path(
                    download_artifacts(artifact_uri=f"{source}/policy.json", dst_path=folder, tracking_uri=self.uri)
                )
                if path.stat().st_size > LARGEST_POLICY_BYTES:
                    raise StoreError(f"policy.json of {MODEL} version {version} is larger than any policy")
                return path.read_bytes()
            except (OSError, self._failure) as error:
                raise StoreError(f"{MODEL} version {version} has no policy.json: {error}") from error

    # How

    def _model(self) -> Any:
        """The registered model, None where nothing was ever registered."""
        try:
            return self._client.get_registered_model(MODEL)
        except self._failure as error:
            if getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise StoreError(f"the registry {self.uri} does not answer: {error}") from error

    def _experiment(self, name: str, question: str) -> str:
        if found := self._client.get_experiment_by_name(name):
            return str(found.experiment_id)
        location = (self._file.parent / "mlartifacts" / name).absolute().as_uri() if self._file else None
        return str(self._client.create_experiment(name, location, tags={"mlflow.note.content": question}))

    def _start(self, experiment: str, name: str, tags: Mapping[str, str]) -> str:
        role = {"caudal.role": "policy" if "mlflow.parentRunId" in tags else "study"}
        return str(self._client.create_run(experiment, run_name=name, tags={**tags, **role}).info.run_id)

    def _log(
        self,
        run_id: str,
        *,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        steps: Mapping[str, Iterable[float]] | None = None,
    ) -> None:
        from mlflow.entities import Metric, Param  # noqa: PLC0415 - seconds to import

        now = int(time.time() * 1000)  # noqa: TID251 - this is the adapter
        points = [Metric(name, float(value), now, 0) for name, value in metrics.items()]
        points += [
            Metric(name, float(value), now, day)
            for name, series in (steps or {}).items()
            for day, value in enumerate(series, start=1)
        ]
        self._client.log_batch(run_id, params=[Param(key, str(value)) for key, value in params.items()])
        for i in range(0, len(points), _METRICS_A_CALL):
            self._client.log_batch(run_id, metrics=points[i : i + _METRICS_A_CALL])

    def _log_files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        with TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            self._client.log_artifacts(run_id, folder)


def _prepare_sqlite(file: Path) -> None:
    """Write-ahead logging, once for the life of the file: readers such as the service do not wait for a study."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
