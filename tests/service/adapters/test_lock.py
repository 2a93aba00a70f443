"""One service a home, also across processes and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.adapters.lock import HomeLock
from service.errors import SettingsError

HOLD = "import sys, pathlib; from service.adapters.lock import HomeLock; l = HomeLock(pathlib.Path(sys.argv[1])); "


def test_a_second_service_is_told_who_holds_the_home(tmp_path: Path) -> None:
    first = HomeLock(tmp_path / "new" / "home")
    first.acquire()
    with pytest.raises(SettingsError, match=rf"process {os.getpid()}\) already runs on .*CAUDAL_HOME"):
        HomeLock(tmp_path / "new" / "home").acquire()


def test_a_released_home_can_be_taken_again(tmp_path: Path) -> None:
    first, second = HomeLock(tmp_path), HomeLock(tmp_path)
    first.acquire()
    first.release()
    first.release()
    second.acquire()

    assert (tmp_path / "service.lock").read_text() == f"{os.getpid()}\n"


def test_a_killed_service_holds_nothing(tmp_path: Path) -> None:
    code = HOLD + "l.acquire(); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(SettingsError, match=str(other.pid)):
            HomeLock(tmp_path).acquire()
        other.send_signal(signal.SIGKILL)
    HomeLock(tmp_path).acquire()


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="CAUDAL_HOME: cannot write to"):
        HomeLock(tmp_path / "file" / "home").acquire()
