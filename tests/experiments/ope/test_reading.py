"""Logs are read from files by the names of columns; what is wrong is said with its row."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.reading import LogFile, read_log, read_target

COLUMNS = {"action": "ad", "reward": "click", "propensity": "chance"}
TEXT = "at,ad,click,chance,slot,want\n3,red,1,0.5,10,0.2\n1,blue,0,0.25,9,0.8\n2,red,0,0.5,9,0.2\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(TEXT)
    return path


def read(path: Path, text: str | None = None, **more: Any) -> LogFile:
    if text is not None:
        path.write_text(text)
    return read_log(path, **{**COLUMNS, **more})


def test_names_become_numbers_in_their_order_and_rounds_follow_time(file: Path) -> None:
    found = read(file, position="slot", time="at", target="want")

    assert found.log.action_names == ("blue", "red")
    assert found.position_names == ("9", "10")
    assert found.log.actions.tolist() == [0, 1, 1]
    assert found.log.rewards.tolist() == [0.0, 0.0, 1.0]
    assert found.log.places.tolist() == [0, 0, 1]
    assert found.target is not None
    assert found.target.tolist() == [0.8, 0.2, 0.2]


def test_numbers_stay_as_they_are(file: Path) -> None:
    found = read(file, "ad,click,chance\n4,1,0.5\n0,0,0.5\n", n_actions=10)

    assert (found.log.n_actions, found.log.actions.tolist(), found.log.action_names) == (10, [4, 0], ())


@pytest.mark.slow
def test_parquet_reads_as_csv_does(file: Path, tmp_path: Path) -> None:
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    rows = [line.split(",") for line in TEXT.splitlines()]
    columns: dict[str, list[Any]] = {name: [row[k] for row in rows[1:]] for k, name in enumerate(rows[0])}
    columns |= {name: [float(cell) for cell in columns[name]] for name in ("click", "chance", "at")}
    parquet.write_table(arrow.table(columns), tmp_path / "log.parquet")
    one, other = (read(path, position="slot", time="at") for path in (file, tmp_path / "log.parquet"))

    assert one.log.action_names == other.log.action_names
    for name in ("actions", "rewards", "propensities", "positions"):
        assert getattr(one.log, name).tolist() == getattr(other.log, name).tolist()
    with pytest.raises(LogRefused, match="has no column 'chances': did you mean 'chance'"):
        read(tmp_path / "log.parquet", propensity="chances")
    (tmp_path / "bad.parquet").write_text("no parquet")
    with pytest.raises(LogRefused, match="is not a Parquet file"):
        read(tmp_path / "bad.parquet")


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        (TEXT, {"propensity": "chances"}, "has no column 'chances': did you mean 'chance'"),
        (TEXT, {"time": "when"}, "has no column 'when': known: "),
        ("ad,click,chance\nred,1,0.5\nred,yes,0.5\n", {}, "row 2: click is 'yes'; write plain numbers"),
        ("ad,click,chance\nred,1,0.5\nred,,0.5\n", {}, "row 2: click is empty"),
        ("ad,click,chance\nred,1,0.5\n,0,0.5\n", {}, "row 2: ad is empty"),
        ("ad,click,chance\nred,1,0.5\nred,1\n", {}, "row 2: it has 2 cells, and the header 3"),
        ("ad,click,chance\nred,1,0\n", {}, "row 1: propensity is 0.0, but the action was taken"),
        ("ad,click,chance\n7,1,0.5\n", {"n_actions": 5}, "action 7 is none of the 5 actions"),
        ("ad,click,chance\nred,1,0.5\n", {"n_actions": 5}, "has 1 names, and 5 actions were said"),
        ("ad,click,chance\n", {}, "has no rows"),
        ("", {}, "has no column 'ad'"),
    ],
)
def test_what_cannot_be_read_is_said(file: Path, text: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(LogRefused, match=message):
        read(file, text, **more)


def test_a_wrong_row_is_the_files_row_whatever_the_time(file: Path) -> None:
    with pytest.raises(LogRefused, match=r"row 1: propensity is 1\.5"):
        read(file, TEXT.replace("red,1,0.5", "red,1,1.5"), time="at")


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LogRefused, match=r"cannot read .*: No such file"):
        read(tmp_path / "none.csv")
    (tmp_path / "sheet.csv").write_bytes(b"PK\xff\xfe\x00")
    with pytest.raises(LogRefused, match="is not a CSV file in UTF-8"):
        read(tmp_path / "sheet.csv")


def test_a_target_is_read_by_the_names_of_the_log(file: Path, tmp_path: Path) -> None:
    (tmp_path / "target.csv").write_text("action,probability\nred,0.9\nblue,0.1\n")
    (tmp_path / "places.csv").write_text("action,probability,position\nred,1,9\nblue,1,10\n")
    with_slots = read(file, position="slot")

    assert read_target(tmp_path / "target.csv", read(file)).tolist() == [0.1, 0.9]
    assert read_target(tmp_path / "places.csv", with_slots) == pytest.approx(np.array([[0.0, 1.0], [1.0, 0.0]]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("action,probability\nrad,1\n", "row 1: action 'rad' is not in the log .did you mean 'red'"),
        ("action,probability\nred,1\nred,0\n", "row 2: action 'red' has a probability already"),
        ("action,chance\nred,1\n", "has no column 'probability'"),
        ("action,probability,position\nred,1,9\n", "has positions, and the log has none"),
    ],
)
def test_a_target_that_does_not_fit_is_refused(file: Path, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "target.csv").write_text(text)
    with pytest.raises(LogRefused, match=message):
        read_target(tmp_path / "target.csv", read(file))


def test_a_position_that_the_log_does_not_have_is_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "target.csv").write_text("action,probability,position\nred,1,11\n")
    with pytest.raises(LogRefused, match="position '11' is not in the log: known: 9, 10"):
        read_target(tmp_path / "target.csv", read(file, position="slot"))
