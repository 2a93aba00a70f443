"""The ledger over SQL: the writing side (`Ledger`) and the reading side (`Books`) of `service.ports`.

Statements are SQLAlchemy Core over the tables, which costs a fraction of mapped rows. Every write is one transaction.
Where two processes may race, the winner is decided by one UPDATE that names the state it starts from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, and_, case, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.decision import (
    SETTLED,
    AccountState,
    BudgetChange,
    BudgetPoint,
    ChangeState,
    Decision,
    DecisionRecord,
    Mode,
    PendingChange,
    Receipt,
)
from service.errors import CorruptRecord, NotFound, SettingsError
from service.persistence.codec import (
    decision_from_json,
    decision_to_json,
    observation_from_bytes,
    observation_to_bytes,
)
from service.persistence.engine import reading, writing
from service.persistence.tables import metadata
from service.platforms import AccountFacts

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agents.vocabulary import Observation

_ACCOUNT = metadata.tables["account"]
_OBSERVATION = metadata.tables["observation"]
_DECISION = metadata.tables["decision"]
_CHANGE = metadata.tables["change"]
_CONFIRMED = metadata.tables["confirmed_budget"]

_FINAL = [str(state) for state in SETTLED]
_NOT_SENT = (ChangeState.PLANNED, ChangeState.RESERVED)
_COMES_FROM = {
    ChangeState.APPLIED: (*_NOT_SENT, ChangeState.SENT),
    ChangeState.SUPERSEDED: (*_NOT_SENT, ChangeState.SENT),
    ChangeState.VOID: (ChangeState.SENT,),
    ChangeState.REFUSED: _NOT_SENT,
    ChangeState.ABANDONED: _NOT_SENT,
}
"""Where a change may end from. What may have been sent is never called refused or abandoned."""
_MAY_STILL_HAPPEN = [str(ChangeState.RESERVED), str(ChangeState.SENT)]


class SqlLedger:
    """What was seen, decided, intended and done, durable when a call returns. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        """Args: engine: from `open_engine`, migrated."""
        self._engine = engine

    # What was decided.

    def decision(self, account_id: str, day: date) -> Decision | None:
        """The decision of that morning, if it was made."""
        query = select(_DECISION.c.body).where(_DECISION.c.account_id == account_id, _DECISION.c.day == day)
        with reading(self._engine) as connection:
            body = connection.execute(query).scalar_one_or_none()
        return None if body is None else decision_from_json(body)

    def record_decision(self, decision: Decision, observation: Observation, at: datetime) -> bool:
        """Observation, decision and planned changes in one transaction; False where that morning was decided already.

        Raises:
            ValueError: the decision was made from another observation.
            NotFound: the account is not onboarded.
        """
        seen = (observation.account_id, observation.day, observation.digest)
        if seen != (decision.account_id, decision.day, decision.observation_digest):
            raise ValueError(f"{decision.account_id} {decision.day} was not decided from this observation")
        try:
            with writing(self._engine) as connection:
                self._account_exists(connection, decision.account_id)
                self._store_observation(connection, observation, at)
                self._insert_decision(connection, decision, at)
        except IntegrityError:
            if self.decision(decision.account_id, decision.day) is None:
                raise
            return False
        return True

    def load_observation(self, digest: str) -> Observation:
        """A stored observation, built again and compared with its digest.

        Raises:
            NotFound: no observation has this digest.
            CorruptRecord: what is stored is not what was seen.
        """
        with reading(self._engine) as connection:
            query = select(_OBSERVATION.c.body).where(_OBSERVATION.c.digest == digest)
            body = connection.execute(query).scalar_one_or_none()
        if body is None:
            raise NotFound(f"there is no observation with digest {digest}")
        try:
            observation = observation_from_bytes(body)
        except Exception as error:
            raise CorruptRecord(f"the stored observation {digest} cannot be read ({error})") from error
        if observation.digest != digest:
            raise CorruptRecord(f"the stored observation {digest} was altered: its content has {observation.digest}")
        return observation

    # What is intended, and what became of it.

    def unsettled(self, account_id: str) -> tuple[PendingChange, ...]:
        """Changes that are not in a final state: oldest morning first, in each decreases before increases."""
        query = (
            select(_CHANGE)
            .where(_CHANGE.c.account_id == account_id, _CHANGE.c.state.not_in(_FINAL))
            .order_by(_CHANGE.c.day, case((_CHANGE.c.to_minor > _CHANGE.c.from_minor, 1), else_=0), _CHANGE.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(_pending(row) for row in connection.execute(query))

    def reserve(self, change_id: int, *, deadline: datetime, exposure_cap_minor: int | None) -> bool:
        """Planned → reserved, or a reservation renewed after a crash; False where it may not be.

        Exposure is the sum over ad sets of the larger of the budget last confirmed and every target that may still
        come true. A change that would lift it above the cap is refused; one that does not lift it is always allowed.
        The cap is the account's daily budget as it stands now, or `exposure_cap_minor` where that is less.
        """
        with writing(self._engine) as connection:
            row = connection.execute(select(_CHANGE).where(_CHANGE.c.id == change_id)).one_or_none()
            if row is None:
                raise NotFound(f"there is no change {change_id}")
            # Two reservations of one account must not both fit into the same room.
            owner = select(_ACCOUNT.c.daily_budget_minor).where(_ACCOUNT.c.id == row.account_id)
            cap = connection.execute(owner.with_for_update()).scalar_one()
            if exposure_cap_minor is not None:
                cap = min(cap, exposure_cap_minor)
            before, after = self._exposure(connection, row)
            if after > max(before, cap):
                return False
            done = connection.execute(
                update(_CHANGE)
                .where(_CHANGE.c.id == change_id, _CHANGE.c.state.in_([str(state) for state in _NOT_SENT]))
                .values(state=str(ChangeState.RESERVED), deadline_at=deadline)
            )
            return done.rowcount == 1

    def mark_sent(self, change_id: int, *, now: Callable[[], datetime]) -> bool:
        """Reserved → sent, once: in time, and while both decision and account are live. False means: do not send.

        Args:
            change_id: a reserved change.
            now: asked for the time when nobody else can write any more, because the wait for that may be long.
        """
        live = [
            exists().where(_ACCOUNT.c.id == _CHANGE.c.account_id, _ACCOUNT.c.mode == str(Mode.LIVE)),
            exists().where(_DECISION.c.id == _CHANGE.c.decision_id, _DECISION.c.mode == str(Mode.LIVE)),
        ]
        with writing(self._engine) as connection:
            # SQLite holds its lock by now; elsewhere the row has to be waited for before time is told.
            connection.execute(select(_CHANGE.c.id).where(_CHANGE.c.id == change_id).with_for_update())
            sent_at = now()
            done = connection.execute(
                update(_CHANGE)
                .where(
                    _CHANGE.c.id == change_id,
                    _CHANGE.c.state == str(ChangeState.RESERVED),
                    _CHANGE.c.deadline_at >= sent_at,
                    *live,
                )
                .values(
                    state=str(ChangeState.SENT),
                    sent_at=sent_at,
                    receipt_at=sent_at,
                    message="sent, not yet read back",
                )
            )
            return done.rowcount == 1

    def take_back(self, change_id: int) -> None:
        """Sent → reserved, for the one who marked it and then did not send; what was settled meanwhile stays so."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_CHANGE)
                .where(_CHANGE.c.id == change_id, _CHANGE.c.state == str(ChangeState.SENT))
                .values(state=str(ChangeState.RESERVED), sent_at=None)
            )

    def settle(self, change_id: int, receipt: Receipt) -> None:
        """Record how a change ended, or a remark on one that stays as it is; what is final stays final."""
        from_states = [str(state) for state in _COMES_FROM.get(receipt.state, (receipt.state,))]
        with writing(self._engine) as connection:
            connection.execute(
                update(_CHANGE)
                .where(_CHANGE.c.id == change_id, _CHANGE.c.state.in_(from_states))
                .values(
                    state=str(receipt.state),
                    verified_minor=receipt.verified_minor,
                    message=receipt.message,
                    receipt_at=receipt.at,
                )
            )

    def confirm(self, account_id: str, budgets_minor: Mapping[str, int], at: datetime) -> None:
        """Remember the budgets of all active ad sets as read at `at`; they replace what an earlier reading said."""
        rows = [
            {"account_id": account_id, "ad_set_id": ad_set_id, "budget_minor": minor, "read_at": at}
            for ad_set_id, minor in budgets_minor.items()
        ]
        mine = _CONFIRMED.c.account_id == account_id
        with writing(self._engine) as connection:
            self._account_exists(connection, account_id, lock=True)
            newest = connection.execute(select(func.max(_CONFIRMED.c.read_at)).where(mine)).scalar_one()
            if newest is not None and newest > at:
                return
            connection.execute(delete(_CONFIRMED).where(mine))
            if rows:
                connection.execute(insert(_CONFIRMED), rows)

    # Accounts.

    def onboard(self, facts: AccountFacts, *, mode: Mode, daily_budget_minor: int, at: datetime) -> AccountState:
        """Remember an account the first time it is seen; later calls refresh its facts and keep mode and budget."""
        _check_budget(daily_budget_minor)
        fresh = {
            "name": facts.name,
            "currency": facts.currency,
            "minor_per_major": facts.minor_per_major,
            "time_zone": facts.time_zone,
            "active": facts.active,
        }
        first = {"id": facts.id, "mode": str(mode), "daily_budget_minor": daily_budget_minor, "onboarded_at": at}
        refresh = update(_ACCOUNT).where(_ACCOUNT.c.id == facts.id).values(**fresh)
        try:
            with writing(self._engine) as connection:
                if connection.execute(refresh).rowcount == 0:
                    connection.execute(insert(_ACCOUNT).values(**fresh, **first))
        except IntegrityError:  # another process onboarded it between our two statements
            with writing(self._engine) as connection:
                connection.execute(refresh)
        return self.account(facts.id)

    def note_problem(self, account_id: str, message: str | None, at: datetime) -> None:
        """What kept the account's last morning from finishing; None clears it."""
        self._update_account(account_id, {"problem": message, "problem_at": at if message else None})

    def update_account(
        self, account_id: str, *, mode: Mode | None = None, daily_budget_minor: int | None = None
    ) -> AccountState:
        """Change what a person may change; None leaves a field alone.

        Raises:
            NotFound: no such account is onboarded.
            SettingsError: a budget that is none.
        """
        values: dict[str, Any] = {}
        if mode is not None:
            values["mode"] = str(mode)
        if daily_budget_minor is not None:
            _check_budget(daily_budget_minor)
            values["daily_budget_minor"] = daily_budget_minor
        if values:
            self._update_account(account_id, values)
        return self.account(account_id)

    def accounts(self) -> tuple[AccountState, ...]:
        """Every onboarded account, by id."""
        with reading(self._engine) as connection:
            return tuple(_account_state(row) for row in connection.execute(_account_query()))

    def account(self, account_id: str) -> AccountState:
        """One account.

        Raises:
            NotFound: no such account is onboarded.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_account_query().where(_ACCOUNT.c.id == account_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no onboarded account {account_id!r}")
        return _account_state(row)

    # Looking back.

    def decisions(self, account_id: str, *, limit: int, before: date | None = None) -> tuple[DecisionRecord, ...]:
        """The newest decisions with their receipts, newest first; `before` pages backwards."""
        query = select(_DECISION).where(_DECISION.c.account_id == account_id)
        if before is not None:
            query = query.where(_DECISION.c.day < before)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_DECISION.c.day.desc()).limit(limit)).all()
            changes = _changes_of(connection, [row.id for row in rows])
        return tuple(
            DecisionRecord(decision_from_json(r.body), r.decided_at, tuple(map(_receipt, changes[r.id]))) for r in rows
        )

    def budget_points(self, account_id: str, since: date) -> tuple[BudgetPoint, ...]:
        """The budget of every ad set after each morning since then, oldest first.

        A change counts with the budget last read back; one of which nothing was read counts as not made.
        """
        query = select(_DECISION).where(_DECISION.c.account_id == account_id, _DECISION.c.day >= since)
        points: list[BudgetPoint] = []
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_DECISION.c.day)).all()
            changes = _changes_of(connection, [row.id for row in rows])
        for row in rows:
            read = {c.ad_set_id: c.verified_minor for c in changes[row.id] if c.verified_minor is not None}
            for line in decision_from_json(row.body).lines:
                minor = read.get(line.ad_set_id, line.from_minor)
                points.append(BudgetPoint(row.day, line.ad_set_id, line.name, minor))
        return tuple(points)

    # Parts.

    def _update_account(self, account_id: str, values: Mapping[str, Any]) -> None:
        with writing(self._engine) as connection:
            done = connection.execute(update(_ACCOUNT).where(_ACCOUNT.c.id == account_id).values(**values))
            if done.rowcount == 0:
                raise NotFound(f"there is no onboarded account {account_id!r}")

    @staticmethod
    def _account_exists(connection: Connection, account_id: str, *, lock: bool = False) -> None:
        query = select(_ACCOUNT.c.id).where(_ACCOUNT.c.id == account_id)
        if connection.execute(query.with_for_update() if lock else query).one_or_none() is None:
            raise NotFound(f"account {account_id!r} is not onboarded: onboard it before its first morning")

    @staticmethod
    def _store_observation(connection: Connection, observation: Observation, at: datetime) -> None:
        known = select(_OBSERVATION.c.digest).where(_OBSERVATION.c.digest == observation.digest)
        if connection.execute(known).one_or_none() is None:
            connection.execute(
                insert(_OBSERVATION).values(
                    digest=observation.digest,
                    account_id=observation.account_id,
                    day=observation.day,
                    body=observation_to_bytes(observation),
                    stored_at=at,
                )
            )

    @staticmethod
    def _insert_decision(connection: Connection, decision: Decision, at: datetime) -> None:
        about = {"account_id": decision.account_id, "day": decision.day}
        result = connection.execute(
            insert(_DECISION).values(
                **about,
                mode=str(decision.mode),
                observation_digest=decision.observation_digest,
                body=decision_to_json(decision),
                decided_at=at,
            )
        )
        (decision_id,) = result.inserted_primary_key or (None,)
        rows = [
            {
                **about,
                "decision_id": decision_id,
                "ad_set_id": change.ad_set_id,
                "from_minor": change.from_minor,
                "to_minor": change.to_minor,
                "reason": change.reason,
                "state": str(ChangeState.PLANNED),
                "message": "planned, not yet sent",
                "receipt_at": at,
            }
            for change in decision.changes
        ]
        if rows:
            connection.execute(insert(_CHANGE), rows)

    @staticmethod
    def _exposure(connection: Connection, change: Row[Any]) -> tuple[int, int]:
        """Worst case of the account without and with this change, in minor units."""
        confirmed = select(_CONFIRMED.c.ad_set_id, _CONFIRMED.c.budget_minor).where(
            _CONFIRMED.c.account_id == change.account_id
        )
        open_targets = select(_CHANGE.c.ad_set_id, _CHANGE.c.to_minor).where(
            _CHANGE.c.account_id == change.account_id,
            _CHANGE.c.state.in_(_MAY_STILL_HAPPEN),
            _CHANGE.c.id != change.id,
        )
        worst: dict[str, int] = defaultdict(int)
        for query in (confirmed, open_targets):
            for ad_set_id, minor in connection.execute(query):
                worst[ad_set_id] = max(worst[ad_set_id], minor)
        before = sum(worst.values())
        return before, before + max(change.to_minor - worst[change.ad_set_id], 0)


def _check_budget(daily_budget_minor: int) -> None:
    if daily_budget_minor < 0:
        raise SettingsError(f"a daily budget is not negative, got {daily_budget_minor} minor units")


def _account_query() -> Any:
    last = select(func.max(_DECISION.c.day)).where(_DECISION.c.account_id == _ACCOUNT.c.id).scalar_subquery()
    still_open = (
        select(func.count())
        .where(and_(_CHANGE.c.account_id == _ACCOUNT.c.id, _CHANGE.c.state.not_in(_FINAL)))
        .scalar_subquery()
    )
    return select(_ACCOUNT, last.label("last_decided"), still_open.label("unsettled")).order_by(_ACCOUNT.c.id)


def _account_state(row: Row[Any]) -> AccountState:
    return AccountState(
        facts=AccountFacts(row.id, row.name, row.currency, row.minor_per_major, row.time_zone, row.active),
        mode=Mode(row.mode),
        daily_budget_minor=row.daily_budget_minor,
        onboarded_at=row.onboarded_at,
        last_decided=row.last_decided,
        unsettled_changes=row.unsettled,
        problem=row.problem,
    )


def _changes_of(connection: Connection, decision_ids: Sequence[int]) -> Mapping[int, list[Row[Any]]]:
    by_decision: dict[int, list[Row[Any]]] = defaultdict(list)
    query = select(_CHANGE).where(_CHANGE.c.decision_id.in_(decision_ids)).order_by(_CHANGE.c.id)
    for row in connection.execute(query):
        by_decision[row.decision_id].append(row)
    return by_decision


def _pending(row: Row[Any]) -> PendingChange:
    change = BudgetChange(row.ad_set_id, row.from_minor, row.to_minor, row.reason)
    return PendingChange(row.id, row.account_id, row.day, change, ChangeState(row.state), row.sent_at)


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(row.ad_set_id, ChangeState(row.state), row.verified_minor, row.message, row.receipt_at)
