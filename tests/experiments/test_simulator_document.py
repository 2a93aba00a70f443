from __future__ import annotations

import re
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from experiments.sim_to_real import targets
from simulator.mechanism import mechanisms

DOCUMENT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
ROWS = {
    match.group(1): match.group(2).split(" | ")
    for match in re.finditer(r"^\| `(\w+)` \| (.+) \|$", DOCUMENT, flags=re.MULTILINE)
}
FIGURES = dict(re.findall(r"^\| ([^`|]+?) \| [^|]+ \| [^|]+ \| (in|\*\*out\*\*|-) \|", DOCUMENT, flags=re.MULTILINE))


BLOCKS = re.findall(r"^```python\n(.+?)^```$", DOCUMENT, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_shown_in_python_runs(block: str) -> None:
    module = ModuleType("shown_in_the_document")
    sys.modules[module.__name__] = module
    try:
        exec(compile(block, "docs/simulator.md", "exec"), module.__dict__)  # noqa: S102 - our own document
    finally:
        del sys.modules[module.__name__]

    assert module.__dict__.keys() & {"world", "env", "MECHANISM"}


def test_every_mechanism_is_in_the_table() -> None:
    assert sorted(ROWS) == sorted(mechanisms())


@pytest.mark.parametrize("name", sorted(mechanisms()))
def test_main_parameters_are_parameters_of_the_mechanism(name: str) -> None:
    does, source, parameters = ROWS[name]
    known = {entry.name for entry in fields(mechanisms()[name])}

    assert set(re.findall(r"`(\w+)`", parameters)) <= known
    assert bool(known) == ("`" in parameters)
    assert does
    assert source


def test_every_target_is_in_the_measured_card() -> None:
    assert set(FIGURES) == {target.name for found in targets().values() for target in found}
