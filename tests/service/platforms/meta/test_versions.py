"""The version is pinned, and an answer in another one is noticed."""

from __future__ import annotations

import logging

import pytest

from service.errors import SettingsError
from service.platforms.meta.versions import SUPPORTED_VERSIONS, VersionDrift, drift_of


@pytest.mark.parametrize("version", SUPPORTED_VERSIONS)
def test_each_supported_version_is_asked_for_in_the_path(version, connect, graph, healthy) -> None:
    graph.script = healthy

    connect(api_version=version).facts()

    assert graph.asked[0].path == f"{version}/act_42"


@pytest.mark.parametrize("version", ["v3.0", "v23.0", "v99.0"])
def test_a_version_that_the_adapter_was_not_made_for_is_refused(version, connect) -> None:
    with pytest.raises(SettingsError, match="META_API_VERSION"):
        connect(api_version=version)


def test_a_silent_upgrade_is_a_warning_once_and_no_failure(connect, graph, healthy, answer, caplog) -> None:
    graph.script = lambda asked: answer(healthy(asked).body, headers={"facebook-api-version": "v26.0"})
    account = connect(api_version="v24.0")
    assert account.version_drift() is None

    with caplog.at_level(logging.WARNING):
        account.facts()
        account.facts()

    assert account.version_drift() == VersionDrift("v24.0", "v26.0")
    assert [record.getMessage() for record in caplog.records] == [str(VersionDrift("v24.0", "v26.0"))]


def test_no_header_or_the_right_one_is_no_drift() -> None:
    assert drift_of("v26.0", None) is None
    assert drift_of("v26.0", "v26.0") is None
