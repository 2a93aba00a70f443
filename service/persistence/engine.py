"""Opening the database: durable settings on SQLite, the same code on PostgreSQL, and errors in sentences.

On SQLite every transaction begins IMMEDIATE unless it says that it only reads: a deferred one that reads and then
writes fails at once when somebody else wrote in between, whatever the busy timeout. The journal is WAL and synchronous
is FULL, because WAL with NORMAL may lose the last commits when the power fails, and an intention must not be lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.pool import StaticPool

from service.errors import SettingsError

READ_ONLY = {"caudal_read_only": True}
"""Execution options of a connection that only reads: on SQLite it then takes no write lock."""


def open_engine(url: str, *, busy_seconds: float = 30.0) -> Engine:
    """An engine whose transactions are durable when they return.

    Args:
        url: an SQLAlchemy URL: `sqlite:///path` (its directory is made), `postgresql+psycopg://…`, or `sqlite://` in
            memory, which is one connection and therefore for one thread.
        busy_seconds: how long a writer waits for another one on SQLite.

    Raises:
        SettingsError: the URL makes no sense, or the database cannot be opened.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, **_pool_options(parsed))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise SettingsError(
            f"CAUDAL_DATABASE_URL cannot be used ({error}): give sqlite:///file.db or postgresql+psycopg://host/name"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        _tune_sqlite(engine, parsed, busy_seconds)
    with reading(engine):
        pass
    return engine


def migrate(target: str | Engine, revision: str = "head") -> None:
    """Bring the tables to `revision`, in one transaction; processes that start together wait for each other.

    Args:
        target: a database URL, or an engine that is open already.
        revision: an Alembic revision, "head" for the newest, "base" for none.

    Raises:
        SettingsError: the database cannot be opened or written.
    """
    engine = open_engine(target) if isinstance(target, str) else target
    try:
        with _in_sentences(engine), engine.connect() as connection:
            config = alembic_config(connection)
            go = command.downgrade if revision == "base" else command.upgrade
            go(config, revision)
    finally:
        if isinstance(target, str):
            engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for our migrations, which live inside this package; no alembic.ini is needed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed when the block ends, rolled back whatever else leaves it."""
    with _in_sentences(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent look at the database, without a write lock."""
    with _in_sentences(engine), engine.connect().execution_options(**READ_ONLY) as connection, connection.begin():
        yield connection


def _pool_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite":
        return {"pool_pre_ping": True}
    if _in_memory(url):
        return {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    return {}


def _in_memory(url: URL) -> bool:
    return url.database in {None, "", ":memory:"}


def _tune_sqlite(engine: Engine, url: URL, busy_seconds: float) -> None:
    if not _in_memory(url) and not str(url.database).startswith("file:"):
        try:
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"the directory of {url.database} cannot be made: {error.strerror}") from error

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions on its own; see on_begin
        for pragma in (
            f"busy_timeout={int(busy_seconds * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    def on_begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("caudal_read_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


@contextmanager
def _in_sentences(engine: Engine) -> Iterator[None]:
    """Database trouble that a person can mend, as a sentence; constraint violations pass unchanged."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        raise SettingsError(_sentence(engine, error)) from error


def _sentence(engine: Engine, error: DBAPIError) -> str:
    where = f"the database {engine.url.render_as_string(hide_password=True)}"
    what = str(error.orig).strip().splitlines()[0]
    known = {
        "locked": "is locked by another process: stop the other writer, or wait until it is done",
        "readonly": "is not writable: check who owns the file and its directory",
        "unable to open": "cannot be opened: check that the path of CAUDAL_DATABASE_URL exists and is writable",
        "no such table": "has no tables of ours: start the service once, it creates them",
        "does not exist": "or its tables do not exist: create the database, then start the service once",
        "full": "is on a full disk: make room",
    }
    for sign, sentence in known.items():
        if sign in what:
            return f"{where} {sentence} ({what})"
    return f"{where} cannot be used: {what}"
