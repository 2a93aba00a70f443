"""Nothing is ever created twice, however many answers are lost and however late a list shows what is new."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import InvalidRequest, OutcomeUnknown, Unavailable
from service.platforms.meta.creates import Created, Creator, Kind, Search, named, params_of
from service.platforms.meta.errors import Malformed

TOKEN = "a1b2c3d4e5"  # noqa: S105 - what an object is found by
SHORT = Search(looks_seconds=(0.0, 1.0, 2.0, 4.0), absent_seconds=60.0, sends=3)


@dataclass
class LateList:
    """A platform whose list shows an object so many seconds after it was created."""

    lag_seconds: float
    answers: list[str]
    fails: list[bool] = field(default_factory=list)
    now: float = 0.0
    made_at: dict[str, float] = field(default_factory=dict)
    made: int = 0

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def send(self) -> str:
        answer = self.answers.pop(0) if self.answers else "ok"
        for _ in range({"ok": 1, "lost": 1, "doubled": 2, "doubled and lost": 2, "dropped": 0}[answer]):
            self.made += 1
            self.made_at[str(self.made)] = self.now
        if answer not in ("ok", "doubled"):
            raise OutcomeUnknown(answer)
        return str(self.made)

    def find(self) -> tuple[str, ...]:
        if self.fails and self.fails.pop(0):
            raise Unavailable("the list")
        return tuple(name for name, at in self.made_at.items() if self.now - at >= self.lag_seconds)

    def remove(self, name: str) -> None:
        if self.fails and self.fails.pop(0):
            raise OutcomeUnknown("the deletion")
        del self.made_at[name]

    def creator(self) -> Creator:
        return Creator(self.wait, lambda: self.now, SHORT)

    def ask(self, creator: Creator) -> Created:
        return creator.create("creating", TOKEN, send=self.send, find=self.find, remove=self.remove)


@given(
    lag=st.floats(0.0, 6.9),
    answers=st.lists(st.sampled_from(["ok", "lost", "dropped", "doubled", "doubled and lost"]), max_size=6),
    fails=st.lists(st.booleans(), max_size=12),
    gaps=st.lists(st.floats(0.0, 100.0), min_size=1, max_size=6),
)
@settings(max_examples=300)
def test_one_token_makes_at_most_one_object_and_a_known_id_is_that_one(lag, answers, fails, gaps) -> None:
    platform, created = LateList(lag, answers, fails), None
    creator = platform.creator()

    for gap in gaps:
        with contextlib.suppress(OutcomeUnknown, Unavailable):
            created = platform.ask(creator)
        platform.wait(gap)
    platform.fails.clear()
    platform.wait(100.0)
    platform.answers = []
    created = platform.ask(creator)

    assert not created.seen or list(platform.made_at) == [created.id]
    assert created.id in platform.made_at


@given(
    lag=st.floats(0.0, 59.0),
    answers=st.lists(st.sampled_from(["ok", "lost", "dropped"]), max_size=6),
    fails=st.lists(st.booleans(), max_size=12),
    gaps=st.lists(st.floats(0.0, 100.0), min_size=1, max_size=6),
)
@settings(max_examples=300)
def test_what_is_delivered_once_is_never_made_twice_however_late_the_list(lag, answers, fails, gaps) -> None:
    platform = LateList(lag, answers, fails)
    creator = platform.creator()

    for gap in gaps:
        with contextlib.suppress(OutcomeUnknown, Unavailable):
            platform.ask(creator)
        platform.wait(gap)

    assert platform.made <= 1


def test_a_lost_answer_is_found_again() -> None:
    platform = LateList(2.5, ["lost"])

    assert platform.ask(platform.creator()) == Created("1", found=True)
    assert platform.now == 3.0


def test_what_was_delivered_twice_is_made_one_again() -> None:
    platform = LateList(0.0, ["doubled"])

    assert platform.ask(platform.creator()) == Created("1", found=False)
    assert list(platform.made_at) == ["1"]


def test_a_double_that_cannot_be_deleted_is_told_and_deleted_later() -> None:
    platform = LateList(0.0, ["doubled"], fails=[False, False, True])
    creator = platform.creator()

    with pytest.raises(OutcomeUnknown, match="more than once"):
        platform.ask(creator)

    assert platform.ask(creator) == Created("1", found=True)
    assert list(platform.made_at) == ["1"]


def test_what_is_proven_absent_for_long_enough_is_sent_again() -> None:
    platform = LateList(0.0, ["dropped"])
    creator = platform.creator()

    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match=TOKEN):
            platform.ask(creator)
    assert platform.made == 0
    platform.wait(60.0)

    assert platform.ask(creator) == Created("1", found=False)
    assert platform.made == 1


def test_asked_again_with_the_same_token_nothing_is_sent_even_if_the_list_lags() -> None:
    platform = LateList(1e9, [])
    creator = platform.creator()

    assert platform.ask(creator) == Created("1", found=False, seen=False)

    assert platform.ask(creator).found
    assert platform.made == 1


@pytest.mark.parametrize(("name", "token"), [("x", "short"), ("x", "with blank"), ("", TOKEN), ("x" * 390, TOKEN)])
def test_a_name_or_token_that_cannot_work_is_refused_unsent(name, token, account, graph) -> None:
    with pytest.raises(InvalidRequest):
        account.created(Kind.CAMPAIGN, {"name": name}, token)

    assert graph.asked == []


def test_everything_that_can_be_begins_paused() -> None:
    assert params_of(Kind.AD, {"name": "x", "status": "ACTIVE"}, TOKEN)["status"] == "PAUSED"
    assert "status" not in params_of(Kind.CREATIVE, {"name": "x"}, TOKEN)
    assert named("x", TOKEN) == f"x [{TOKEN}]"


class Edge:
    """An edge with pages of two that loses answers and shows new objects only to the third reading after."""

    def __init__(self, answer, lose: int, hidden_reads: int = 2) -> None:
        self.answer, self.lose, self.hidden = answer, lose, hidden_reads
        self.rows = [{"id": str(n), "name": f"old {n}"} for n in range(1, 6)]
        self.made = []

    def __call__(self, asked):
        if asked.method == "POST":
            row = {"id": str(100 + len(self.made)), "name": asked.params["name"]}
            self.made.append(row)
            self.lose -= 1
            return self.answer(drop=True) if self.lose >= 0 else self.answer({"id": row["id"]})
        visible = [*self.rows, *(self.made if self.hidden < 0 else [])]
        self.hidden -= 1 if self.made else 0
        start = int(asked.params.get("after", 0))
        paging = {"cursors": {"after": str(start + 2)}}
        paging |= {"next": "https://x"} if start + 2 < len(visible) else {}
        return self.answer(
            {"data": visible[start : start + 2], "paging": paging, "summary": {"total_count": len(visible)}}
        )


@pytest.mark.parametrize("kind", Kind)
def test_a_create_whose_answer_is_lost_is_found_on_the_last_page(kind, connect, graph, answer) -> None:
    edge = graph.script = Edge(answer, lose=1, hidden_reads=6)
    account = connect()

    created = account.created(kind, {"name": "Spring", "objective": "OUTCOME_SALES"}, TOKEN)

    assert created == Created("100", found=True)
    assert [row["name"] for row in edge.made] == [f"Spring [{TOKEN}]"]
    posts = [asked for asked in graph.asked if asked.method == "POST"]
    assert [asked.path for asked in posts] == [f"v26.0/act_42/{kind}"]


def test_a_list_is_narrowed_down_to_the_token(account, graph, answer) -> None:
    graph.script = Edge(answer, lose=0)

    created = account.created(Kind.AD_SET, {"name": "Spring"}, TOKEN)

    assert (created.id, created.found) == ("100", False)
    wanted = [{"field": "name", "operator": "CONTAIN", "value": TOKEN}]
    assert json.loads(graph.asked[0].params["filtering"]) == wanted


def test_a_list_that_is_shorter_than_meta_counts_proves_nothing(account, graph, answer) -> None:
    graph.always(answer({"data": [], "summary": {"total_count": 1}}))

    with pytest.raises(Malformed, match="counts 1"):
        account.created(Kind.AD, {"name": "Spring"}, TOKEN)

    assert all(asked.method == "GET" for asked in graph.asked)


def test_two_objects_of_one_token_that_somebody_uses_are_reported_and_none_is_touched(account, graph, answer) -> None:
    rows = [{"id": n, "name": f"Spring [{TOKEN}]", "status": "ACTIVE"} for n in ("7", "8")]
    graph.always(answer({"data": rows}))

    with pytest.raises(Malformed, match="7, 8"):
        account.created(Kind.CAMPAIGN, {"name": "Spring"}, TOKEN)
    assert {asked.method for asked in graph.asked} == {"GET"}


def test_a_double_is_deleted_over_the_wire(account, graph, answer) -> None:
    rows = [{"id": n, "name": f"Spring [{TOKEN}]", "status": "PAUSED"} for n in ("11", "9")]
    graph.script = lambda asked: answer({"data": rows} if asked.method == "GET" else {"success": True})

    assert account.created(Kind.CAMPAIGN, {"name": "Spring"}, TOKEN) == Created("9", found=True)
    assert [(asked.method, asked.path) for asked in graph.asked[1:]] == [("DELETE", "v26.0/11")]


def test_an_answer_without_an_id_is_no_creation(account, graph, answer) -> None:
    graph.script = lambda asked: answer({"success": True} if asked.method == "POST" else {"data": []})

    with pytest.raises(OutcomeUnknown, match=TOKEN):
        account.created(Kind.CAMPAIGN, {"name": "Spring"}, TOKEN)

    assert sum(asked.method == "POST" for asked in graph.asked) == 1


def test_a_refused_create_is_refused_and_may_be_corrected_at_once(account, graph, answer) -> None:
    error = {"error": {"code": 100, "error_subcode": 4834011, "message": "budget sharing"}}
    graph.script = lambda asked: answer(error, status=400) if asked.method == "POST" else answer({"data": []})
    with pytest.raises(InvalidRequest):
        account.created(Kind.CAMPAIGN, {"name": "Spring"}, TOKEN)

    graph.script = lambda asked: answer({"id": "9"} if asked.method == "POST" else {"data": []})

    assert account.created(Kind.CAMPAIGN, {"name": "Spring"}, TOKEN) == Created("9", found=False, seen=False)
