from __future__ import annotations

import io
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from experiments.figures import PANELS, SIMULATOR_PICTURE, simulator_figure

pytestmark = pytest.mark.slow

LARGEST_BYTES = 250_000


@pytest.fixture(scope="module")
def figure() -> Figure:
    return simulator_figure(range(1, 4))


def test_every_panel_says_what_it_shows_and_in_which_units(figure: Figure) -> None:
    assert [axes.get_title(loc="left") for axes in figure.axes] == [panel.title for panel in PANELS]
    assert all(axes.get_xlabel() and axes.get_ylabel() and axes.get_legend() for axes in figure.axes)


def test_every_panel_has_something_to_see(figure: Figure) -> None:
    for axes in figure.axes:
        heights = [y for line in axes.lines for y in line.get_ydata()] + [bar.get_height() for bar in axes.patches]
        assert max(heights) > 1.1 * min(heights)


def test_the_picture_of_the_docs_is_there_and_light(figure: Figure) -> None:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100)

    assert len(out.getvalue()) < LARGEST_BYTES
    assert (Path(__file__).parents[2] / SIMULATOR_PICTURE).stat().st_size < LARGEST_BYTES
