"""The tables. They stay inside this room: table models do not validate, so nobody else may hold one.

Money is a whole number of minor units in 64 bits, never negative; instants are UTC. Constraints stand in the database
as well, because rows outlive the code that wrote them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, LargeBinary, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service.decision import SETTLED, ChangeState, Mode

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(SQLModel):
    """Common ground of our tables: one metadata object of our own, so that other libraries' tables never mix in."""

    metadata: ClassVar[MetaData] = metadata


def _one_of(column: str, values: type[Mode | ChangeState]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


UNSETTLED_SQL = f"state NOT IN ({', '.join(sorted(repr(str(state)) for state in SETTLED))})"
"""The condition of the index over changes that are still open."""


class AccountRow(Base, table=True):
    """An onboarded ad account: the platform's facts, and what its owner allows."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(_one_of("mode", Mode), name="mode"),
        CheckConstraint("daily_budget_minor >= 0", name="daily_budget_minor"),
        CheckConstraint("minor_per_major >= 1", name="minor_per_major"),
    )

    id: str = Field(primary_key=True)
    name: str
    currency: str
    minor_per_major: int
    time_zone: str
    active: bool
    mode: str
    daily_budget_minor: int = Field(sa_type=BigInteger)
    onboarded_at: datetime
    problem: str | None
    problem_at: datetime | None


class ObservationRow(Base, table=True):
    """What was seen, once per digest, as an archive of arrays without pickle."""

    __tablename__ = "observation"

    digest: str = Field(primary_key=True)
    account_id: str
    day: date
    body: bytes = Field(sa_type=LargeBinary)
    stored_at: datetime


class DecisionRow(Base, table=True):
    """One morning of one account; at most one exists."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("account_id", "day"), CheckConstraint(_one_of("mode", Mode), name="mode"))

    id: int | None = Field(default=None, primary_key=True)
    account_id: str = Field(foreign_key="account.id")
    day: date
    mode: str
    observation_digest: str = Field(foreign_key="observation.digest")
    body: dict[str, Any] = Field(sa_type=JSON)
    decided_at: datetime


class ChangeRow(Base, table=True):
    """One intended write and what became of it."""

    __tablename__ = "change"
    __table_args__ = (
        UniqueConstraint("decision_id", "ad_set_id"),
        CheckConstraint(_one_of("state", ChangeState), name="state"),
        CheckConstraint("from_minor >= 0", name="from_minor"),
        CheckConstraint("to_minor >= 0", name="to_minor"),
        CheckConstraint("verified_minor IS NULL OR verified_minor >= 0", name="verified_minor"),
        CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_at"),
        Index(
            "ix_change_unsettled", "account_id", sqlite_where=text(UNSETTLED_SQL), postgresql_where=text(UNSETTLED_SQL)
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id")
    account_id: str = Field(foreign_key="account.id")
    day: date
    ad_set_id: str
    from_minor: int = Field(sa_type=BigInteger)
    to_minor: int = Field(sa_type=BigInteger)
    reason: str
    state: str
    deadline_at: datetime | None
    sent_at: datetime | None
    verified_minor: int | None = Field(sa_type=BigInteger)
    message: str
    receipt_at: datetime


class ConfirmedBudgetRow(Base, table=True):
    """The budget of one active ad set as last read from the platform: the known part of the worst case."""

    __tablename__ = "confirmed_budget"
    __table_args__ = (CheckConstraint("budget_minor >= 0", name="budget_minor"),)

    account_id: str = Field(primary_key=True, foreign_key="account.id")
    ad_set_id: str = Field(primary_key=True)
    budget_minor: int = Field(sa_type=BigInteger)
    read_at: datetime
