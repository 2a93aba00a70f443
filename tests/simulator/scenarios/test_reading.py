"""Files become plain values, or one sentence that says where they are wrong."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenarios._reading import as_scalar, read


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_keys_know_their_lines(tmp_path: Path) -> None:
    document = read(written(tmp_path, "price: 1\n\nlearning:\n  results: 3\naccounts:\n  - seed: 1\n  - seed: 2\n"))

    assert document.values == {"price": 1, "learning": {"results": 3}, "accounts": [{"seed": 1}, {"seed": 2}]}
    assert dict(document.lines) == {
        "price": 1,
        "learning": 3,
        "learning.results": 4,
        "accounts": 5,
        "accounts.0": 6,
        "accounts.0.seed": 6,
        "accounts.1": 7,
        "accounts.1.seed": 7,
    }


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", True),
        ("off", False),
        ("true", True),
        ("12:30", "12:30"),
        ("2026-03-02", "2026-03-02"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-0.25", -0.25),
        ("20_000", 20_000),
        ("~", None),
        ("0x1F", "0x1F"),
        ("9" * 5000, float("inf")),
    ],
)
def test_words_mean_what_they_say(text: str, meant: Any) -> None:
    assert as_scalar(text) == meant
    assert type(as_scalar(text)) is type(meant)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read(written(tmp_path, "\ufeffprice: 1\n")).values == {"price": 1}


def test_quoted_text_stays_text(tmp_path: Path) -> None:
    assert read(written(tmp_path, "a: \"1\"\nb: 'on'\n")).values == {"a": "1", "b": "on"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("price: 1\nprice: 2\n", "line 2: price is given twice"),
        ("a:\n  b: 1\n  b: 2\n", "line 3: b is given twice"),
        ("price: [1\n", "line 2: not YAML"),
        ("\tprice: 1\n", "line 1: not YAML"),
        ("a:\n\tb: 1\n", "(indent with spaces, not tabs"),
        ("a: b: 1\n", "(quote text with a colon in it"),
        ("a: 1\n---\nb: 2\n", "(a file holds one scenario"),
        ("a: 1\nb: !!python/object/apply:os.system [echo]\n", "line 2: tags"),
        ("a: &x {b: 1}\nc: *x\n", "anchor"),
        ("a: &x\n  b: *x\n", "anchor"),
        ("? [1, 2]\n: 3\n", "line 1: a key must be a word"),
        ("- 1\n", "expected keys and values"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
        ("a: \x07\n", "not YAML"),
        ("a: " + "[" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_plain_mapping_is_refused_with_its_line(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"mine\.yaml") as refused:
        read(written(tmp_path, text))

    assert sentence in str(refused.value)


def test_json_is_read_as_json(tmp_path: Path) -> None:
    assert read(written(tmp_path, '{\n\t"price": 1\n}', "mine.json")).values == {"price": 1}
    with pytest.raises(ValueError, match="line 2: not JSON"):
        read(written(tmp_path, '{"price": 1,\n}', "mine.json"))
    assert read(written(tmp_path, '{"price": 1' + "0" * 400 + "}", "mine.json")).values == {"price": float("inf")}
    with pytest.raises(ValueError, match="price is given twice"):
        read(written(tmp_path, '{"price": 1, "price": 1}', "mine.json"))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"description: \xe9t\xe9\n")
    for name, sentence in (("a.txt", r"\.yaml, \.yml, \.json"), ("none.yaml", "No such file"), ("latin.yaml", "UTF-8")):
        with pytest.raises(ValueError, match=sentence):
            read(tmp_path / name)


TEXTS = st.text(st.characters(max_codepoint=0xD7FF), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9) | TEXTS
KEYS = st.text(string.ascii_letters + "_", min_size=1, max_size=8)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@pytest.mark.slow
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_json_is_read_alike_as_json_and_as_yaml(tmp_path_factory: Any, values: dict[str, Any]) -> None:
    folder, text = tmp_path_factory.mktemp("same"), json.dumps(values)

    assert read(written(folder, text, "mine.json")).values == values
    assert read(written(folder, text, "mine.yaml")).values == values
