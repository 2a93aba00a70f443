"""A connection that cannot work is refused before a call is made, and never shows its token."""

from __future__ import annotations

import pickle

import pytest

from service.errors import SettingsError
from service.platforms.meta.connection import MetaConnection

GOOD = {
    "graph_url": "https://graph.facebook.com",
    "access_token": "EAABtoken",
    "app_id": "7",
    "app_secret": "sesame",
    "account_id": "act_42",
}


@pytest.mark.parametrize(
    "url", ["https://graph.facebook.com", "http://127.0.0.1:5123", "http://localhost:1/world", "http://[::1]:80"]
)
def test_tls_or_this_machine(url) -> None:
    assert MetaConnection(**{**GOOD, "graph_url": url}).graph_url == url


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("graph_url", "http://graph.facebook.com"),
        ("graph_url", "http://127.0.0.1.example.com"),
        ("graph_url", "https://user:pw@graph.facebook.com"),
        ("graph_url", "https://graph.facebook.com/?x=1"),
        ("graph_url", "ftp://127.0.0.1"),
        ("graph_url", ""),
        ("access_token", ""),
        ("access_token", "EAABtoken\r\nX-Other: 1"),
        ("access_token", "EAAB token"),
        ("account_id", "42"),
        ("account_id", "act_42/../me"),
        ("api_version", "26.0"),
        ("reward_action_type", ""),
        ("timeout_seconds", 0),
        ("floor_minor", -1),
        ("ceiling_minor", -1),
        ("max_answer_bytes", 0),
    ],
)
def test_what_cannot_work_is_refused_without_showing_the_token(field, bad) -> None:
    with pytest.raises(SettingsError) as caught:
        MetaConnection(**{**GOOD, field: bad})

    assert "EAABtoken" not in str(caught.value)
    assert "pw@" not in str(caught.value)


def test_repr_shows_neither_token_nor_secret() -> None:
    shown = repr(MetaConnection(**GOOD))

    assert "act_42" in shown
    assert "EAABtoken" not in shown
    assert "sesame" not in shown


def test_a_connection_can_be_handed_to_another_process() -> None:
    connection = MetaConnection(**GOOD)

    assert pickle.loads(pickle.dumps(connection)) == connection  # noqa: S301 - what was pickled here
