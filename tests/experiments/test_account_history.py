from __future__ import annotations

from datetime import date, timedelta

import pytest

from experiments.account_history import AccountHistory, read_history
from experiments.errors import HistoryRefused
from experiments.export_history import exported_history
from simulator.scenarios import load_scenario
from simulator.world import World

HEADER = "Day,Ad set name,Amount spent (EUR),Impressions,Link clicks,Purchases,Purchases conversion value (EUR)"


def text(*changed: tuple[int, str], header: str = HEADER, days: int = 40) -> str:
    """Two ad sets for 40 days; some lines, counted from 1 for the header, replaced."""
    first = date(2026, 1, 1)
    rows = [f"{first + timedelta(days=d)},{name},10.50,1000,20,1,54.25" for d in range(days) for name in ("one", "two")]
    lines = [header, *rows]
    for number, line in changed:
        lines[number - 1] = line
    return "\n".join(lines) + "\n"


def read(csv: str, **told: object) -> AccountHistory:
    return read_history(csv, time_zone="Europe/Madrid", **told)  # type: ignore[arg-type]


def test_an_exported_world_reads_back_to_the_unit() -> None:
    scenario = load_scenario("small").having(history_days=40)
    world = World(scenario, [3, 4])
    history = read(exported_history(world, 1))

    known = world.report(40)
    assert (history.currency, history.first_day, history.exported_on) == ("EUR", world.first_day, world.today)
    assert (history.figures.spend[0] * 100).round().astype(int).tolist() == known["spend_minor"][1].tolist()
    assert (history.figures.value[0] * 100).round().astype(int).tolist() == known["value_minor"][1].tolist()
    for name in ("impressions", "clicks", "conversions", "reach"):
        figures = getattr(history.figures, name)
        assert figures[0].tolist() == known[name][1].tolist()


def test_currencies_without_minor_units_read_back_too() -> None:
    world = World(load_scenario("volatile").having(history_days=40), [1])
    history = read(exported_history(world))

    assert history.currency == "JPY"
    assert history.figures.spend[0].astype(int).tolist() == world.report(40)["spend_minor"][0].tolist()


def test_headers_of_other_exports_are_known() -> None:
    header = "date_start,adset_name,spend,impressions,inline_link_clicks,Results,Value"

    assert read(text(header=header), currency="USD").figures.spend.sum() == pytest.approx(840.0)


def test_empty_results_are_zero_because_the_platform_leaves_them_out() -> None:
    history = read(text((2, "2026-01-01,one,10.50,1000,,,")))

    assert history.figures.conversions[0, 0, 0] == 0
    assert history.figures.clicks[0, 0, 0] == 0


def test_young_days_are_those_within_the_click_window() -> None:
    assert read(text()).figures.settled.tolist() == [True] * 33 + [False] * 7
    later = read(text(), exported_on=date(2026, 3, 1))
    assert later.figures.settled.all()


def test_weekdays_are_those_of_the_calendar() -> None:
    assert read(text()).figures.weekdays[:4].tolist() == [3, 4, 5, 6]


def test_ad_sets_that_were_hardly_shown_are_left_out_and_named() -> None:
    history = read(text((2, "2026-01-01,three,10.50,1000,20,1,54.25")))

    assert (history.ad_sets, history.left_out) == (("one", "two"), ("three",))


def test_budgets_are_kept_where_they_are_amounts() -> None:
    lines = text().splitlines()
    csv = "\n".join(
        [lines[0] + ",Ad set budget", *(f"{line},12" for line in lines[1:-1]), f"{lines[-1]},Using campaign"]
    )

    budgets = read(csv).budgets
    assert budgets is not None
    assert budgets[0].tolist() == [12.0] * 40
    assert str(budgets[1, -1]) == "nan"


@pytest.mark.parametrize(
    ("csv", "words"),
    [
        ("", "the file is empty"),
        (HEADER, "a header and no rows"),
        (text(header=HEADER.replace("Impressions", "Views")), "no column for impressions"),
        (text(header=HEADER.replace("(EUR)", "")), "say --currency"),
        (text((3, "2026-01-01,two,nan,1000,20,1,54.25")), "row 3: spend is 'nan'"),
        (text((3, "2026-01-01,two,inf,1000,20,1,54.25")), "row 3: spend is 'inf'"),
        (text((3, '2026-01-01,two,"1.234,50",1000,20,1,54.25')), "plain numbers such as 1234.56"),
        (text((3, "2026-01-01,two,-1,1000,20,1,54.25")), "row 3: spend is -1, and cannot be below zero"),
        (text((3, "2026-01-01,two,,1000,20,1,54.25")), "row 3: spend is ''"),
        (text((3, "2026-01-01,one,10.50,1000,20,1,54.25")), "row 3: ad set 'one' has 2026-01-01 twice"),
        (text((3, "01.01.2026,two,10.50,1000,20,1,54.25")), "row 3: '01.01.2026' is no day"),
        (text((3, ",,10.50,1000,20,1,54.25")), "row 3: no ad set; if it is a summary row, leave it out"),
        (text((3, "Total,two,10.50,1000,20,1,54.25")), "row 3: no single day and ad set; if it is a summary row"),
        (text((3, ",two,10.50,1000,20,1,54.25")), "row 3: no day; if it is a summary row"),
        (text((3, '2026-01-01,two,"3,426",1000,20,1,54.25')), "row 3: spend is '3,426'; write plain numbers"),
        (text((3, "2026-01-01,,10.50,1000,20,1,54.25")), "row 3: no ad set"),
        (text((3, "2026-01-01,two,10.50,1000,20")), "row 3: 5 cells where the header has 7"),
        (text((3, "2026-01-01,two,10.50,10,20,1,54.25")), "more clicks than impressions"),
        (text((3, "2026-01-01,two," + "9" * 400 + ",1000,20,1,54.25")), "row 3: spend has 400 digits"),
        (text((3, "1026-01-01,two,10.50,1000,20,1,54.25")), "keep the last two years"),
        (
            text(days=20),
            "13 days are old enough for their conversions to be final; at least 28 are needed: export 36 days",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_row_with_what_to_do(csv: str, words: str) -> None:
    with pytest.raises(HistoryRefused) as refusal:
        read(csv)
    assert words in str(refusal.value)


@pytest.mark.parametrize("between", [";", "\t"])
def test_cells_may_stand_between_semicolons_or_tabs(between: str) -> None:
    assert read(text().replace(",", between)).figures.spend.tolist() == read(text()).figures.spend.tolist()


def test_amounts_in_another_currency_than_told_are_refused() -> None:
    with pytest.raises(HistoryRefused, match="amounts are in EUR, not in USD"):
        read(text(), currency="USD")


def test_an_export_years_later_is_a_mistake() -> None:
    with pytest.raises(HistoryRefused, match="is that the right year"):
        read(text(), exported_on=date(2126, 2, 1))


def test_an_export_before_its_last_day_was_over_is_refused() -> None:
    with pytest.raises(HistoryRefused, match="leave it out of the export"):
        read(text(), exported_on=date(2026, 2, 1))
