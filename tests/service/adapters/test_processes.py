"""Children: their first line, their last words, and their end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.adapters.processes import ChildFailed, Family, run_json

SLEEPER = "import time; print('ready', flush=True); time.sleep(60)"


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code


def gone(pid: int) -> bool:
    """Whether no process has this id (a zombie of another parent counts as gone)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


def test_a_child_gets_its_environment_and_gives_its_first_line(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        child = family.start("echo", python("import os; print(os.environ['WORD'])"), {"WORD": "hello"})

        assert child.first_line(20) == "hello"


def test_a_child_does_not_inherit_a_persons_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUDAL_DATABASE_URL", "sqlite:///precious.db")
    monkeypatch.setenv("META_ACCESS_TOKEN", "real")
    code = "import os; print(sorted(n for n in os.environ if n.startswith(('CAUDAL_', 'META_'))), flush=True)"
    with Family(tmp_path) as family:
        child = family.start("heir", python(code), {"CAUDAL_HOME": "given"})

        assert child.first_line(20) == "['CAUDAL_HOME']"


def test_leaving_the_family_ends_grandchildren_too(tmp_path: Path) -> None:
    nested = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); "
        "print(p.pid, flush=True); p.wait()"
    )
    with Family(tmp_path) as family:
        child = family.start("nest", python(nested), {})
        grandchild = int(child.first_line(20))
        assert not gone(grandchild)
    end = time.monotonic() + 5
    while not gone(grandchild) and time.monotonic() < end:
        time.sleep(0.02)

    assert gone(grandchild)
    assert gone(child.pid)


def test_a_child_that_will_not_end_is_made_to(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    )
    with Family(tmp_path) as family:
        child = family.start("stubborn", python(stubborn), {})
        child.first_line(20)
        child.stop(seconds=0.2)

        assert gone(child.pid)


def test_a_child_that_dies_is_reported_in_its_own_last_words(tmp_path: Path) -> None:
    code = "import sys; print('caudal: port 1 cannot be used', file=sys.stderr); sys.exit(3)"
    with Family(tmp_path) as family:
        family.start("service", python(code), {})
        with pytest.raises(ChildFailed, match="service ended with exit code 3: port 1 cannot be used"):
            family.wait("the start", lambda: False, 20)


def test_a_child_that_dies_silently_before_its_first_line_is_reported(tmp_path: Path) -> None:
    with Family(tmp_path) as family, pytest.raises(ChildFailed, match="mute ended with exit code 0: it said nothing"):
        family.start("mute", python("pass"), {}).first_line(20)


def test_waiting_in_vain_ends_in_a_sentence(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        family.start("sleeper", python(SLEEPER), {})
        with pytest.raises(ChildFailed, match="breakfast took more than 0 seconds"):
            family.wait("breakfast", lambda: False, 0.1)


def test_what_a_command_prints_is_given_back() -> None:
    assert run_json("it", python("print('{\"a\": 1}')"), {}) == {"a": 1}


@pytest.mark.parametrize("printed", ["nonsense", "[1]", ""])
def test_a_command_that_prints_no_object_is_reported(printed: str) -> None:
    with pytest.raises(ChildFailed, match="the study printed no JSON object"):
        run_json("the study", python(f"print({printed!r})"), {})


def test_a_command_that_fails_says_so_itself() -> None:
    with pytest.raises(ChildFailed, match=r"the study failed \(exit code 4\)"):
        run_json("the study", python("raise SystemExit(4)"), {})


PARENT = f"""
import sys, pathlib
from service.adapters.processes import Family, pause
with Family(pathlib.Path(sys.argv[1])) as family:
    child = family.start("sleeper", (sys.executable, "-c", {SLEEPER!r}), {{}})
    child.first_line(20)
    print(child.pid, flush=True)
    pause(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_parent_that_is_told_to_end_takes_its_children_along(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        (*python(PARENT), str(tmp_path)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, number)
        parent.wait(20)

    assert gone(child)
