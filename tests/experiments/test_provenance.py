from __future__ import annotations

import shutil

import pytest

from experiments.provenance import tags


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    assert tags() == {}


def test_a_commit_is_a_full_digest_and_says_whether_files_differ() -> None:
    commit = tags().get("mlflow.source.git.commit", "0" * 40)

    assert len(commit.removesuffix("-dirty")) == 40
