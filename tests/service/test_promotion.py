"""The promoted policy: what is loaded is what was promoted, or nothing is."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from pathlib import Path
from typing import Any

import pytest

from agents.vocabulary import PolicySpec
from service.errors import PolicyUnavailable
from service.promotion import MOST_BYTES, MlflowPolicyStore, parse_policy, without_credentials

pytestmark = pytest.mark.slow

HOLD = {"schema": "caudal.policy.1", "spec": {"name": "hold", "params": {}, "priors_digest": None}, "study": "test"}


def document(**changes: Any) -> bytes:
    """A policy document, with changes."""
    return json.dumps({**HOLD, **changes}).encode()


class Registry:
    """An MLflow registry in a folder, and how a version gets into it."""

    def __init__(self, folder: Path) -> None:
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow import MlflowClient  # noqa: PLC0415 - seconds to import

            self.uri = f"sqlite:///{folder / 'mlflow.db'}"
            self.folder = folder
            self.client = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
            experiment = self.client.create_experiment("test", (folder / "artifacts").as_uri())
            self.run = self.client.create_run(experiment).info.run_id
            self.count = 0

    def promote(self, model: str, body: bytes | None, digest: str | None = "right") -> str:
        """A new version of the model with this policy.json, and the alias champion on it."""
        self.count += 1
        place = f"policy/{self.count}"
        folder = self.folder / "out" / str(self.count)
        folder.mkdir(parents=True)
        (folder / ("other.json" if body is None else "policy.json")).write_bytes(body or b"{}")
        self.client.log_artifacts(self.run, str(folder), place)
        if not self.client.search_registered_models(f"name = '{model}'"):
            self.client.create_registered_model(model)
        tags = (
            {"caudal.digest": hashlib.sha256(body or b"").hexdigest() if digest == "right" else digest}
            if digest
            else {}
        )
        version = self.client.create_model_version(model, f"runs:/{self.run}/{place}", self.run, tags=tags)
        self.client.set_registered_model_alias(model, "champion", version.version)
        return str(version.version)

    def store(self, model: str, alias: str = "champion") -> MlflowPolicyStore:
        return MlflowPolicyStore(self.uri, model, alias)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("registry"))


def test_the_promoted_policy_is_loaded_with_its_version(registry: Registry) -> None:
    version = registry.promote("good", document())

    assert registry.store("good").promoted() == (PolicySpec("hold"), version)


def test_a_moved_alias_is_seen_at_the_next_call(registry: Registry) -> None:
    first = registry.promote("moving", document())
    store = registry.store("moving")
    assert store.promoted()[1] == first
    second = registry.promote("moving", document(spec={"name": "equal_split", "params": {}, "priors_digest": None}))
    assert store.promoted() == (PolicySpec("equal_split"), second)
    registry.client.set_registered_model_alias("moving", "champion", first)

    assert store.promoted() == (PolicySpec("hold"), first)


def test_an_artifact_is_read_once_per_version(registry: Registry) -> None:
    version = registry.promote("cached", document())
    store = registry.store("cached")
    store.promoted()
    (
        registry.folder / "artifacts" / registry.run / "artifacts" / "policy" / str(registry.count) / "policy.json"
    ).unlink()

    assert store.promoted()[1] == version
    with pytest.raises(PolicyUnavailable, match="cannot be read"):
        registry.store("cached").promoted()


def test_an_altered_artifact_is_refused(registry: Registry) -> None:
    registry.promote("altered", document())
    place = registry.folder / "artifacts" / registry.run / "artifacts" / "policy" / str(registry.count) / "policy.json"
    place.write_bytes(document(study="another"))
    with pytest.raises(PolicyUnavailable, match=r"fails its digest.*--rollback"):
        registry.store("altered").promoted()


def test_a_version_without_a_digest_is_refused(registry: Registry) -> None:
    registry.promote("bare", document(), digest=None)
    with pytest.raises(PolicyUnavailable, match=r"has no caudal\.digest tag"):
        registry.store("bare").promoted()


def test_a_version_without_the_file_is_refused(registry: Registry) -> None:
    registry.promote("empty", None)
    with pytest.raises(PolicyUnavailable, match=r"policy\.json cannot be read"):
        registry.store("empty").promoted()


def test_an_artifact_too_large_to_be_a_policy_is_refused(registry: Registry) -> None:
    registry.promote("large", document(study="x" * MOST_BYTES))
    with pytest.raises(PolicyUnavailable, match="this is no policy"):
        registry.store("large").promoted()


def test_an_alias_that_nobody_has_says_what_to_do(registry: Registry) -> None:
    registry.promote("unled", document())
    with pytest.raises(PolicyUnavailable, match=r"no version of 'unled' has the alias 'leader'.*caudal promote"):
        registry.store("unled", "leader").promoted()
    with pytest.raises(PolicyUnavailable, match="'nothing'"):
        registry.store("nothing").promoted()


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("foo://somewhere/x", "UnsupportedModelRegistryStoreURIException"),
        ("foo://anna:swordfish@somewhere/x?password=swordfish", "UnsupportedModelRegistryStoreURIException"),
    ],
)
def test_a_registry_that_cannot_be_used_is_one_sentence_without_credentials(uri: str, kind: str) -> None:
    words = rf"foo://somewhere/x cannot be used \({kind}\).*MLFLOW_TRACKING_URI"
    with pytest.raises(PolicyUnavailable, match=words) as caught:
        MlflowPolicyStore(uri, "m", "champion").promoted()

    assert "swordfish" not in str(caught.value)
    assert "anna" not in str(caught.value)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 1000)
    with pytest.raises(PolicyUnavailable, match=r"mlflow\.db cannot be used \(\w+\): check MLFLOW_TRACKING_URI"):
        MlflowPolicyStore(f"sqlite:///{tmp_path / 'mlflow.db'}", "m", "champion").promoted()


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:////data/a@b.db", "sqlite:////data/a@b.db"),
        ("mlruns", "mlruns"),
        ("https://mlflow.example/x", "https://mlflow.example/x"),
        ("postgresql+psycopg://u:p/w?x@y@db:5432/m?password=z", "postgresql+psycopg://db:5432/m"),
    ],
)
def test_an_address_is_shown_without_what_is_secret_in_it(uri: str, shown: str) -> None:
    assert without_credentials(uri) == shown


def test_looking_for_a_registry_does_not_create_one(tmp_path: Path) -> None:
    with pytest.raises(
        PolicyUnavailable,
        match=r"promoted yet: run `caudal study run foundation`, then `caudal promote`$",
    ):
        MlflowPolicyStore(f"sqlite:///{tmp_path / 'mlflow.db'}", "m", "champion").promoted()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\x80\x04.", "no policy document"),
        (b"[]", "no policy document"),
        (b"{}", "no policy document"),
        (document(spec={"name": "hold"}), "no policy document"),
        (document(spec={"name": "hold", "params": 3}), "no policy document"),
        (document(schema="caudal.policy.9"), "schema 'caudal.policy.9'"),
        (document(spec={"name": "holt", "params": {}}), "did you mean 'hold'"),
        (document(spec={"name": "hold", "params": {"x": 1}}), "no parameter 'x'"),
    ],
)
def test_a_document_that_is_no_policy_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(PolicyUnavailable, match=words):
        parse_policy(body, "version 1")
