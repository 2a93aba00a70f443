from __future__ import annotations

from itertools import pairwise

import pytest

from experiments.plots import budget_paths, pictures, regret_over_days, share_by_policy
from experiments.study import StudyResult


@pytest.mark.slow
def test_a_study_has_a_picture_of_every_kind(tiny_result: StudyResult) -> None:
    found = pictures(tiny_result)

    assert set(found) == {
        "figures/share_of_oracle.png",
        "figures/regret_small.png",
        "figures/budgets_small_curve_thompson.png",
    }
    assert all(png.startswith(b"\x89PNG") for png in found.values())


def test_the_regret_picture_names_every_line_where_it_ends(tiny_result: StudyResult) -> None:
    axes = regret_over_days(tiny_result, "small").axes[0]

    assert {text.get_text() for text in axes.texts} == {
        "hold",
        "rules",
        "equal split",
        "curve thompson",
        "capped oracle",
    }
    assert len(axes.lines) == 5


def test_names_of_lines_that_end_together_do_not_overlap(tiny_result: StudyResult) -> None:
    axes = regret_over_days(tiny_result, "small").axes[0]
    top = axes.get_ylim()[1]

    heights = sorted(text.xy[1] for text in axes.texts)

    assert min(high - low for low, high in pairwise(heights)) > 0.03 * top


def test_the_best_policy_stands_on_top(tiny_result: StudyResult) -> None:
    names = [label.get_text() for label in share_by_policy(tiny_result).axes[0].get_yticklabels()]

    assert names[-2:] == ["curve thompson", "capped oracle"]


def test_budget_paths_have_one_line_per_ad_set_on_both_sides(tiny_result: StudyResult) -> None:
    left, right = budget_paths(tiny_result, "small", "rules").axes

    assert len(left.lines) == len(right.lines) == 5
    assert (left.get_title(), right.get_title()) == ("rules", "oracle")
