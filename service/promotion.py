"""The promoted policy: registry alias → version → `policy.json` → a spec that builds. The service's only MLflow import.

Nothing is unpickled and no code comes out of the registry: an artifact is a small JSON text, checked against the digest
that its version carries, and it can only name a policy and parameters that are installed here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any

from agents.errors import AgentError
from agents.registry import build_policy
from agents.vocabulary import PolicySpec
from service.errors import PolicyUnavailable

SCHEMA = "caudal.policy.1"
FILE = "policy.json"
DIGEST_TAG = "caudal.digest"
MOST_BYTES = 1_000_000
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow answers where a model, or an alias of it, does not exist."""
HOW = "run `caudal study run foundation`, then `caudal promote`"


class MlflowPolicyStore:
    """Asks the registry for the alias at every call (milliseconds), and loads an artifact once per version."""

    def __init__(self, tracking_uri: str, model: str, alias: str) -> None:
        """Args: tracking_uri: where MLflow keeps its records; model, alias: e.g. budget-policy, champion."""
        self._tracking_uri, self._model, self._alias = tracking_uri, model, alias
        self._lock = threading.Lock()
        self._client: Any = None
        self._loaded: tuple[PolicySpec, str] | None = None

    def promoted(self) -> tuple[PolicySpec, str]:
        """The spec behind the alias, and its version.

        Raises:
            PolicyUnavailable: no registry, one that does not answer, no such alias, or an artifact that fails its
                digest or builds no policy.
        """
        with self._lock:
            try:
                version = self._version()
                if self._loaded is None or self._loaded[1] != str(version.version):
                    self._loaded = self._load(version), str(version.version)
            except PolicyUnavailable:
                raise
            except Exception as error:  # whatever MLflow and the libraries below it raise
                raise PolicyUnavailable(
                    f"the MLflow registry at {self._place} cannot be used ({type(error).__name__}): check "
                    "MLFLOW_TRACKING_URI, and that what it names can be reached"
                ) from error
            return self._loaded

    @property
    def _place(self) -> str:
        return without_credentials(self._tracking_uri)

    def _version(self) -> Any:
        """The registered version that the alias points to."""
        self._require_store()
        client = self._connect()
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - seconds to import

        try:
            return client.get_model_version_by_alias(self._model, self._alias)
        except MlflowException as error:
            if error.error_code not in ABSENT:
                raise
            raise PolicyUnavailable(
                f"no version of {self._model!r} has the alias {self._alias!r} yet: {HOW}"
            ) from error

    def _require_store(self) -> None:
        """A registry that does not exist is not created by looking: making one takes MLflow many seconds."""
        path = self._tracking_uri.removeprefix("sqlite:///")
        if path != self._tracking_uri and not Path(path).is_file():
            raise PolicyUnavailable(f"no policy has been promoted yet: {HOW}")

    def _connect(self) -> Any:
        if self._client is None:
            os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # noqa: TID251 - this is the adapter; before the import
            os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"  # noqa: TID251 - the same
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecations between MLflow and its own dependencies
                from mlflow import MlflowClient  # noqa: PLC0415 - seconds to import

            self._client = MlflowClient(tracking_uri=self._tracking_uri, registry_uri=self._tracking_uri)
        return self._client

    def _load(self, version: Any) -> PolicySpec:
        """The version's spec, after every check."""
        name = f"version {version.version} of {self._model!r}"
        body = self._download(version, name)
        stated = version.tags.get(DIGEST_TAG)
        if stated is None or hashlib.sha256(body).hexdigest() != stated:
            fault = f"has no {DIGEST_TAG} tag" if stated is None else "fails its digest"
            raise PolicyUnavailable(
                f"{name}: {FILE} {fault}, so it is not what was promoted; promote again with `caudal promote`, or go "
                "back with `caudal promote --rollback`"
            )
        return parse_policy(body, name)

    def _download(self, version: Any, name: str) -> bytes:
        """The artifact's bytes."""
        from mlflow import artifacts  # noqa: PLC0415 - seconds to import
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - seconds to import

        with tempfile.TemporaryDirectory(prefix="caudal-") as folder:
            try:
                path = Path(
                    artifacts.download_artifacts(
                        artifact_uri=f"{version.source.rstrip('/')}/{FILE}",
                        dst_path=folder,
                        tracking_uri=self._tracking_uri,
                    )
                )
                size = path.stat().st_size
                body = path.read_bytes() if size <= MOST_BYTES else b""
            except (MlflowException, OSError) as error:
                raise PolicyUnavailable(f"{name}: {FILE} cannot be read from {version.source}: {error}") from error
        if size > MOST_BYTES:
            raise PolicyUnavailable(f"{name}: {FILE} has {size} bytes, more than {MOST_BYTES}: this is no policy")
        return body


def without_credentials(uri: str) -> str:
    """An address as it may be shown.

    >>> without_credentials("postgresql://user:secret@db/mlflow?sslpassword=secret")
    'postgresql://db/mlflow'
    """
    if uri.startswith(("sqlite:", "file:")) or "://" not in uri:
        return uri
    return re.sub(r"://.*@", "://", uri, flags=re.DOTALL).partition("?")[0]


def parse_policy(body: bytes, name: str) -> PolicySpec:
    """The spec in a `policy.json`; `name` says whose it is.

    Raises:
        PolicyUnavailable: not JSON, another schema, or a policy that cannot be built here.
    """
    try:
        document = json.loads(body)
        schema = document["schema"]
        spec = document["spec"]
        found = PolicySpec(spec["name"], dict(spec["params"]), spec.get("priors_digest"))
    except (ValueError, KeyError, TypeError) as error:
        raise PolicyUnavailable(f"{name}: {FILE} is no policy document ({type(error).__name__}: {error})") from error
    if schema != SCHEMA:
        raise PolicyUnavailable(f"{name}: {FILE} has schema {schema!r}, this service reads {SCHEMA!r}: promote again")
    try:
        build_policy(found)
    except AgentError as error:
        raise PolicyUnavailable(f"{name}: {error}; install what it was made with, or promote another") from error
    return found
