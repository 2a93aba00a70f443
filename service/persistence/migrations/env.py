"""What Alembic runs: on the connection that `service.persistence.engine` hands over, over our tables only."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from service.persistence.tables import metadata

_MIGRATION_LOCK = 820_000_001


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Other libraries may keep tables in the same database; they migrate their own."""
    return kind != "table" or name in metadata.tables


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table="caudal_revision",
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
        include_name=_ours,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        context.run_migrations()


_run(context.config.attributes["connection"])
