"""Whether an emulator answers, asked from a program."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.graph_api.health import healthy


@pytest.mark.slow
def test_it_is_well_while_it_answers_plain_or_over_tls() -> None:
    for tls in (False, True):
        with run_in_thread(EmulatorConfig((AccountConfig("small", 1),), tls=tls)) as running:
            port = int(running.url.rpartition(":")[2])
            assert healthy(port)
        assert not healthy(port)


def test_its_exit_code_says_so() -> None:
    program = [sys.executable, "-m", "simulator.graph_api.health", "1"]

    assert subprocess.run(program, check=False).returncode == 1
