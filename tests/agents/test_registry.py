"""One file, one thing: found by looking, named after its file, examined without being listed anywhere."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType

import pytest

import agents
from agents.errors import DiscoveryError, SpecError
from agents.registry import all_policies, build_policy, discover
from agents.vocabulary import PolicySpec

CORRECT = '''
"""Split evenly, by whole minor units."""

from dataclasses import dataclass

import numpy as np

from agents.allocation import conclude, leeway, proportional
from agents.policies._words import sentences


@dataclass(frozen=True)
class Dropped:
    """Everyone the same, at once."""

    def decide(self, observation, rng):
        room = leeway(observation, None)
        return conclude(observation, room, proportional(np.ones(observation.ad_sets.active.shape), room) + EXTRA)

    def explain(self, observation, allocation):
        return sentences(observation, allocation, None, lambda i: "everyone the same")


POLICY = Dropped
'''


@pytest.fixture(name="package")
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An importable package `plugs` with two plug-ins and a helper."""
    folder = tmp_path / "plugs"
    folder.mkdir()
    for name, text in {"__init__": "", "b": "THING = 2", "a": "THING = 1", "_helper": "1 / 0"}.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.split(".")[0] == "plugs"]:
        monkeypatch.delitem(sys.modules, name)
    return importlib.import_module("plugs")


def test_what_lies_in_a_room_is_found_in_order_and_helpers_are_left_alone(package: ModuleType) -> None:
    assert list(discover(package, "THING").items()) == [("a", 1), ("b", 2)]


def test_a_file_that_exports_nothing_is_refused_by_name(package: ModuleType) -> None:
    Path(package.__path__[0], "c.py").write_text("OTHER = 3")
    importlib.invalidate_caches()

    with pytest.raises(DiscoveryError, match=r"plugs\.c must export THING"):
        discover(package, "THING")


def test_every_policy_is_named_after_its_file_and_is_a_frozen_dataclass() -> None:
    files = {path.stem for path in Path(agents.__path__[0], "policies").glob("[!_]*.py")}

    assert set(all_policies()) == files
    for policy in all_policies().values():
        assert is_dataclass(policy)
        assert policy.__dataclass_params__.frozen


def test_an_unknown_policy_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"no policy 'rulez': did you mean 'rules'"):
        build_policy(PolicySpec("rulez"))


def test_an_unknown_parameter_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"no parameter 'temprature': did you mean 'temperature'"):
        build_policy(PolicySpec("curve_thompson", {"temprature": 1.0}))


def test_a_value_that_a_policy_refuses_is_named() -> None:
    with pytest.raises(SpecError, match=r"temperature must be between 0 and 4, got 9"):
        build_policy(PolicySpec("curve_thompson", {"temperature": 9}))


@pytest.mark.slow
def test_a_policy_dropped_into_the_folder_is_examined_and_one_cent_too_much_is_found(tmp_path: Path) -> None:
    here = Path(__file__).parent
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(agents.__path__[0], tmp_path / "agents", ignore=ignore)
    shutil.copytree(here, tmp_path / "tests" / "agents", ignore=ignore)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: slow\nfilterwarnings = error\n")

    good = _examine(tmp_path, CORRECT.replace("EXTRA", "0"))
    bad = _examine(tmp_path, CORRECT.replace("EXTRA", "(np.arange(observation.ad_sets.active.shape[-1]) == 0)"))

    assert good.returncode == 0, good.stdout
    assert "test_the_sum_is_exact_and_every_budget_within_bounds[dropped" in good.stdout
    assert "test_a_batch_decides_what_each_of_its_worlds_decides_alone[dropped" in good.stdout
    assert bad.returncode == 1, bad.stdout
    assert "FAILED tests/agents/test_policies.py::test_the_sum_is_exact_and_every_budget" in bad.stdout


def _examine(folder: Path, policy: str) -> subprocess.CompletedProcess[str]:
    """Run the examination of policies on `policy`, dropped into the copy at `folder` as dropped.py."""
    (folder / "agents" / "policies" / "dropped.py").write_text(policy)
    command = [sys.executable, "-m", "pytest", "tests/agents/test_policies.py", "-v", "-rf", "-x", "-k", "dropped"]
    command += ["--import-mode=importlib", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
