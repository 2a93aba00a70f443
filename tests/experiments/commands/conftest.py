"""A home with a tracking store, and a way to call `caudal` in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from experiments.tracking import Store
from service.cli import build

Call = Callable[..., Result]


@pytest.fixture
def caudal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    monkeypatch.setenv("CAUDAL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return lambda *arguments: CliRunner().invoke(build(), list(arguments))


@pytest.fixture
def home(caudal: Call, store: Store) -> Store:
    """The same home with an empty store in it."""
    return store
