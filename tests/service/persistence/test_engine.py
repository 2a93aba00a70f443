"""The database is opened durably, and what is wrong with it is told in a sentence."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import text

from service.errors import SettingsError
from service.persistence import SqlLedger, migrate, open_engine
from service.persistence.engine import reading, writing


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/deep/er/ledger.db"


@pytest.fixture
def engine(url):
    engine = open_engine(url, busy_seconds=5)
    migrate(engine)
    yield engine
    engine.dispose()


def test_commits_survive_a_power_cut_and_keys_are_checked(engine):
    with reading(engine) as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}


def test_writers_that_read_first_wait_for_each_other(engine):
    """A deferred transaction that reads and then writes would fail here, whatever the busy timeout."""
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    failures = []

    def count_up():
        try:
            for _ in range(15):
                with writing(engine) as connection:
                    n = connection.execute(text("SELECT n FROM counter")).scalar_one()
                    connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})
        except Exception as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(engine) as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 60
    assert failures == []


def test_reading_does_not_wait_for_a_writer(engine):
    with writing(engine), reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM account")).scalar_one() == 0


def test_a_block_that_dies_leaves_nothing_behind(engine, crash):
    def die():
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE counter (n INTEGER)"))
            raise crash

    with pytest.raises(crash):
        die()

    with reading(engine) as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'counter'")).all()
    assert names == []


def test_a_locked_database_is_told_in_a_sentence(engine, url):
    impatient = open_engine(url, busy_seconds=0.05)
    with writing(engine), pytest.raises(SettingsError, match="locked by another process"), writing(impatient):
        pass
    impatient.dispose()


def test_a_database_without_tables_is_told_in_a_sentence(url):
    empty = open_engine(url)
    with pytest.raises(SettingsError, match="has no tables of ours"):
        SqlLedger(empty).accounts()
    empty.dispose()


def test_a_database_that_may_not_be_written_is_told_in_a_sentence(engine, url, tmp_path):
    engine.dispose()
    path = tmp_path / "deep/er/ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    with pytest.raises(SettingsError, match="is not writable: check who owns"):
        open_engine(f"sqlite:///file:{path}?mode=ro&uri=true")


def test_a_path_that_cannot_be_opened_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match=r"directory of .* cannot be made"):
        open_engine(f"sqlite:///{tmp_path}/file/ledger.db")
    with pytest.raises(SettingsError, match="cannot be opened"):
        open_engine(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("url", ["nonsense", "nosuchdb://x/y", ""])
def test_a_url_that_makes_no_sense_is_told_in_a_sentence(url):
    with pytest.raises(SettingsError, match="CAUDAL_DATABASE_URL cannot be used"):
        open_engine(url)


def test_passwords_are_not_told():
    with pytest.raises(SettingsError, match=r"postgresql\+psycopg://me:\*\*\*@127\.0\.0\.1:1/x") as caught:
        open_engine("postgresql+psycopg://me:secret@127.0.0.1:1/x")

    assert "secret" not in str(caught.value)


def test_a_full_disk_is_told_in_a_sentence(engine, onboard, account_of):
    with writing(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    ledger = SqlLedger(engine)
    onboard(ledger, account_of({"a": 1}))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    with pytest.raises(SettingsError, match="full disk"):
        ledger.note_problem("act_1", os.urandom(400_000).hex(), None)
