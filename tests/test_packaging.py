"""What a newcomer installs: pinned, hashed, without addresses, and complete."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-uv.lock")


def locked_names() -> set[str]:
    text = (ROOT / "requirements.lock").read_text()
    return {match.lower().replace("_", "-") for match in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.findall(r"^\S+==", text, re.MULTILINE)

    assert pins
    assert text.count("--hash=sha256:") >= len(pins)
    assert not any(word in text for word in ("http://", "https://", "index-url", "find-links"))


def test_every_dependency_is_in_the_lock_and_has_its_reason() -> None:
    source = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(source)["project"]
    for requirement in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        name = re.match(r"[A-Za-z0-9_-]+", requirement)
        assert name
        assert name[0].lower() in locked_names()
    for requirement in project["dependencies"]:
        assert re.search(rf'"{re.escape(requirement)}",\s+# \w', source), f"{requirement} has no reason beside it"


@pytest.mark.slow
def test_the_wheel_carries_the_four_packages_and_their_files(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("caudal-*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {
        "agents",
        "simulator",
        "service",
        "experiments",
    }
    for path in ROOT.joinpath("service").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert str(path.relative_to(ROOT)) in names
