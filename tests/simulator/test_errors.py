from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from simulator.errors import did_you_mean, discover


def test_without_a_near_name_all_are_listed() -> None:
    assert did_you_mean("xyz", ["small", "medium"]) == "known: medium, small"


def test_a_file_that_does_not_export_its_name_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "room_of_scenarios"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "good.py").write_text("SCENARIO = 1\n")
    (room / "_helper.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    package: ModuleType = __import__("room_of_scenarios")

    assert discover(package, "SCENARIO") == {"good": 1}

    (room / "lazy.py").write_text("")
    with pytest.raises(ImportError, match="lazy must export SCENARIO"):
        discover(package, "SCENARIO")
    for name in [m for m in sys.modules if m.startswith("room_of_scenarios")]:
        monkeypatch.delitem(sys.modules, name)
