"""The documents name what there is, and only what there is."""

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agents.registry import all_policies, discover
from experiments import commands as offline_commands
from experiments.bench import benches
from experiments.study import studies
from service import commands as service_commands
from service.guardrails import DEFAULTS, guardrails
from service.settings import Settings
from simulator.mechanism import mechanisms
from simulator.scenarios import scenarios

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
COMMANDS = discover(service_commands, "COMMAND") | discover(offline_commands, "COMMAND")


@pytest.mark.parametrize("name", [*all_policies(), *guardrails(), *scenarios(), *mechanisms()])
def test_every_plug_in_is_named(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named(name: str) -> None:
    assert f"`caudal {name.replace('_', '-')}" in README


def test_no_command_is_named_that_does_not_exist() -> None:
    documents = [README, *(path.read_text() for path in ROOT.glob("docs/**/*.md"))]
    named = {name for text in documents for name in re.findall(r"`(?:\.venv/bin/)?caudal ([a-z][a-z-]*)", text)}

    assert named <= {name.replace("_", "-") for name in COMMANDS}


def test_studies_and_benches_that_the_readme_runs_exist() -> None:
    assert set(re.findall(r"caudal study run ([a-z_]+)", README)) <= set(studies())
    assert benches()


def as_shown(default: object) -> str:
    """A default as the table of settings writes it."""
    if default is None or default == ():
        return "\N{EN DASH}"
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default) or "SQLite in the home"


@pytest.mark.parametrize("field", Settings.model_fields.values(), ids=lambda field: field.validation_alias)
def test_every_setting_is_documented_with_its_default(field) -> None:
    rows = [line for line in CONFIGURATION.splitlines() if line.startswith("|")]
    (row,) = [row for row in rows if f"`{field.validation_alias}`" in row.split("|")[1]]
    shown = as_shown(field.default)

    assert shown in row or field.validation_alias == "CAUDAL_GUARDRAILS"


def test_the_default_guardrails_are_documented() -> None:
    for name, limits in DEFAULTS.items():
        assert f'"{name}"' in CONFIGURATION
        for limit, value in limits.items():
            assert f'"{limit}": {value}' in CONFIGURATION


def test_links_between_documents_lead_somewhere() -> None:
    for path in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text()):
            assert (path.parent / link).exists(), f"{path.name} links to {link}"


@pytest.mark.slow
def test_the_readmes_policy_passes_the_examination(tmp_path: Path) -> None:
    """The example is saved under the name the README gives it, in a copy of the room, and examined there."""
    for part in ("agents", "tests/agents"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    source = re.search(r"`agents/policies/half_and_half\.py`:\n\n```python\n(.*?)```", README, re.DOTALL)
    assert source
    (tmp_path / "agents/policies/half_and_half.py").write_text(textwrap.dedent(source[1]))

    examined = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "tests/agents/test_policies.py", "-k", "half_and_half"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert examined.returncode == 0, examined.stdout
    assert int(re.search(r"(\d+) passed", examined.stdout)[1]) > 10  # type: ignore[index]  # it passed, so it is there


def test_no_placeholder_is_left_in_the_documents() -> None:
    for path in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")):
        assert not re.search(r"^(FIGURES|BENCH|[A-Z_]+_HERE)$|\bTBD\b", path.read_text(), re.MULTILINE), path.name
