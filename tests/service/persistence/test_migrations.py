"""The migrations make exactly the tables that the code uses, from nothing and from any revision."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from service.persistence import migrate, open_engine
from service.persistence.engine import alembic_config, writing
from service.persistence.tables import metadata


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    yield engine
    engine.dispose()


def test_an_empty_database_gets_all_tables_and_a_second_time_nothing(engine):
    migrate(engine)
    migrate(engine)

    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "caudal_revision"}


def test_migrations_and_tables_do_not_drift_apart(engine):
    migrate(engine)

    with engine.connect() as connection:
        command.check(alembic_config(connection))


def test_constraints_of_the_migrations_are_those_of_the_tables(engine, tmp_path):
    """Alembic compares no check constraints; a database made from the metadata does."""
    migrate(engine)
    other = open_engine(f"sqlite:///{tmp_path}/other.db")
    metadata.create_all(other)

    for table in metadata.tables:
        assert named_checks(engine, table) == named_checks(other, table)
    other.dispose()


def named_checks(engine, table):
    return {check["name"]: check["sqltext"] for check in inspect(engine).get_check_constraints(table)}


def test_revisions_can_be_taken_back_and_applied_again(engine):
    migrate(engine)
    migrate(engine, "base")
    assert inspect(engine).get_table_names() == ["caudal_revision"]

    migrate(engine)

    assert set(metadata.tables) <= set(inspect(engine).get_table_names())


def test_other_libraries_may_keep_tables_in_the_same_database(engine):
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of another library')"))

    migrate(engine)

    with engine.connect() as connection:
        command.check(alembic_config(connection))
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "of another library"


@pytest.mark.slow
def test_processes_that_start_together_migrate_once(tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    code = f"from service.persistence import migrate; migrate({url!r})"

    processes = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, cwd=Path.cwd())
        for _ in range(2)
    ]
    complaints = [process.communicate()[1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], complaints


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO account VALUES ('a','n','EUR',100,'UTC',1,'live',-1,'2026-01-01',NULL,NULL)",
        "INSERT INTO account VALUES ('a','n','EUR',0,'UTC',1,'live',1,'2026-01-01',NULL,NULL)",
        "INSERT INTO account VALUES ('a','n','EUR',100,'UTC',1,'auto',1,'2026-01-01',NULL,NULL)",
        "INSERT INTO confirmed_budget VALUES ('nobody','x',1,'2026-01-01')",
        "INSERT INTO change VALUES (1,1,'nobody','2026-01-01','x',1,2,'','planned',NULL,NULL,NULL,'','2026-01-01')",
    ],
)
def test_rows_that_cannot_be_are_refused_by_the_database_itself(statement, engine):
    migrate(engine)

    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text(statement))
