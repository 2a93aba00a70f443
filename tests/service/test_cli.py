"""The command line finds its commands, starts light, and says what is wrong in one sentence."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

HEAVY = (
    "numpy",
    "scipy",
    "mlflow",
    "pymc",
    "dbos",
    "litestar",
    "sqlalchemy",
    "facebook_business",
    "matplotlib",
    "httpx",
)


def caudal(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_help_loads_no_heavy_library() -> None:
    code = f"import sys; from service.cli import build; build(); print([n for n in {HEAVY} if n in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_version_is_printed() -> None:
    answer = caudal("--version")

    assert (answer.returncode, answer.stdout) == (0, f"caudal {version('caudal')}\n")


@pytest.mark.slow
def test_without_a_command_there_is_help_with_every_command() -> None:
    said = caudal("--help").stdout

    for name in ("demo", "serve", "study", "--version"):
        assert name in said


@pytest.mark.slow
def test_an_unknown_option_is_named_and_bad_usage() -> None:
    answer = caudal("demo", "--once", "--colour", "blue")

    assert answer.returncode == 2
    assert "--colour" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.slow
def test_an_unknown_command_is_named_and_bad_usage() -> None:
    answer = caudal("stduy")

    assert answer.returncode == 2
    assert "stduy" in answer.stderr


@pytest.mark.slow
def test_json_is_one_object_on_standard_output() -> None:
    answer = caudal("study", "list", "--json")

    assert [study["name"] for study in json.loads(answer.stdout)["studies"]] == ["budget_policies", "foundation"]
