"""Alembic's environment for our tables; `service.persistence.migrate` runs it."""
