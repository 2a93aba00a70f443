"""The direction of imports is checked, and every contract has been seen to break."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("agents", "simulator", "service", "experiments")
MAY_LOAD = {
    "agents": {"numpy", "scipy"},
    "service/guardrails": {"numpy"},
    "service/cycle.py": {"numpy"},
    "service/planning.py": {"numpy"},
    "service/decision.py": set(),
    "service/ports.py": set(),
    "service/errors.py": set(),
    "service/platforms/__init__.py": set(),
}
PLANTED = {
    "agents know nobody, and only numpy and scipy": ("agents/policies/_planted.py", "import simulator"),
    "the simulator knows nobody": ("simulator/_planted.py", "import agents.vocabulary"),
    "the service knows no experiments": ("service/_planted.py", "import experiments"),
    "the service meets the emulator only where dummy mode is assembled": (
        "service/_planted.py",
        "import simulator.graph_api",
    ),
    "cycle, decision, guardrails and the account port load no web, database or registry library": (
        "service/guardrails/_planted.py",
        "import sqlmodel",
    ),
    "experiments use only the light rooms of the service": ("experiments/_planted.py", "import service.persistence"),
}


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, to be spoilt."""
    copy = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def test_all_contracts_hold(tree: Path) -> None:
    outcome = lint_imports(tree)

    assert outcome.returncode == 0, outcome.stdout


def foreign(source: str) -> set[str]:
    """Third-party packages that a module imports, by its text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - set(PACKAGES)


@pytest.mark.parametrize("room", MAY_LOAD)
def test_a_pure_room_loads_nothing_but_what_it_may(room: str) -> None:
    path = ROOT / room
    sources = [path] if path.is_file() else sorted(path.rglob("*.py"))

    assert sources
    assert {package for source in sources for package in foreign(source.read_text())} <= MAY_LOAD[room]


def test_a_third_party_import_is_seen_wherever_it_stands() -> None:
    assert foreign("def f():\n    import pandas.core\n    from pydantic import BaseModel\nimport os") == {
        "pandas",
        "pydantic",
    }


def test_every_contract_is_broken_on_purpose_below() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

    assert {c["name"] for c in contracts} == set(PLANTED)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks_its_contract(contract: str, tree: Path) -> None:
    path, line = PLANTED[contract]
    planted = tree / path
    planted.write_text(f'"""Planted."""\n\n{line}\n')
    try:
        outcome = lint_imports(tree)
    finally:
        planted.unlink()

    assert outcome.returncode != 0
    assert f"{contract} BROKEN" in outcome.stdout
