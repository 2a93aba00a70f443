"""The container image: what it is made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*==\S+)", re.MULTILINE)
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["emulator", "build"])
def test_it_installs_versions_and_hashes_of_the_projects_lock_and_no_others(name: str) -> None:
    image, project = ((ROOT / path).read_text() for path in (f"docker/{name}.lock", "requirements.lock"))

    assert set(PIN.findall(image)) <= set(PIN.findall(project))
    assert set(re.findall(r"sha256:[0-9a-f]{64}", image)) <= set(re.findall(r"sha256:[0-9a-f]{64}", project))
    wanted = set((ROOT / f"docker/{name}.in").read_text().split())
    assert wanted <= {pin.partition("==")[0] for pin in PIN.findall(image)}


def test_everything_it_copies_is_there_and_is_sent_to_the_builder() -> None:
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    ]
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}

    assert all((ROOT / name).exists() for name in copied)
    assert {name.partition("/")[0] for name in copied} == sent


def test_it_runs_as_nobody_special_and_says_whether_it_is_well() -> None:
    final = DOCKERFILE.rpartition("FROM ")[2]

    assert re.search(r"^USER caudal$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert re.findall(r"^RUN .*(?:curl|wget|apt-get)", DOCKERFILE, re.MULTILINE) == []
