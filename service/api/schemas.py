"""What goes over the wire, field by field: nothing leaves because a table or a domain class happens to have it.

Money is a whole number of minor units (`_minor`) next to `currency` and `minor_per_major`; ids are strings; days are
ISO dates in the account's time zone; instants are ISO 8601 in UTC.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agents.vocabulary import NO_CEILING_MINOR
from service.api.explanations import Explanation, Summary
from service.decision import ChangeState, Mode

AccountId: TypeAlias = Annotated[str, Meta(description="The platform's id of the account.", examples=["act_42"])]
AdSetId: TypeAlias = Annotated[str, Meta(description="The platform's id of the ad set.", examples=["120200000000001"])]
Currency: TypeAlias = Annotated[str, Meta(description="ISO 4217 code.", examples=["EUR"])]
MinorPerMajor: TypeAlias = Annotated[int, Meta(description="Minor units in one major unit.", examples=[100, 1])]
Minor: TypeAlias = Annotated[int, Meta(description="Whole minor units of the account's currency.", examples=[125000])]
Day: TypeAlias = Annotated[date, Meta(description="A day in the account's time zone.", examples=["2026-03-02"])]
Instant: TypeAlias = Annotated[datetime, Meta(description="An instant, UTC.", examples=["2026-03-02T02:31:07Z"])]


class Account(Struct, frozen=True, kw_only=True):
    """An onboarded account: the platform's facts, what its owner allows, how its last morning went."""

    id: AccountId
    name: str
    currency: Currency
    minor_per_major: MinorPerMajor
    time_zone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Madrid"])]
    active: Annotated[bool, Meta(description="Whether the platform lets the account deliver.")]
    mode: Annotated[Mode, Meta(description="shadow: decide only; live: decide and act.")]
    daily_budget_minor: Annotated[int, Meta(description="Money to give out a day, in minor units.", examples=[100000])]
    onboarded_at: Instant
    today: Day
    last_decided: Day | None
    unsettled_changes: Annotated[int, Meta(description="Changes without a final state; only reading settles them.")]
    problem: Annotated[str | None, Meta(description="What kept the last morning from finishing, or null.")]


class Accounts(Struct, frozen=True, kw_only=True):
    """Every onboarded account, by id."""

    items: list[Account]


def _whole(value: Any) -> Any:
    """Refuse what is no whole number: "5", true, 5.0. Litestar validates leniently even where pydantic says strict."""
    if value is not None and type(value) is not int:
        raise ValueError(f"must be a whole number of minor units, got {value!r}")
    return value


class AccountChange(BaseModel):
    """What a person may change; a field that is left out, or null, stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode | None = Field(default=None, description="shadow: decide only; live: decide and act.", examples=["live"])
    daily_budget_minor: Annotated[int | None, BeforeValidator(_whole)] = Field(
        default=None,
        ge=1,
        lt=NO_CEILING_MINOR,
        description="Money to give out a day, in minor units of the account's currency.",
        examples=[125000],
    )

    @model_validator(mode="after")
    def _changes_something(self) -> AccountChange:
        if self.mode is None and self.daily_budget_minor is None:
            raise ValueError("nothing to change: send mode, daily_budget_minor, or both")
        return self


class MarginalRoas(Struct, frozen=True, kw_only=True):
    """Belief about the value that the next unit of money returns: expected, and an 80 % interval."""

    low: float
    expected: float
    high: float


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of one change."""

    state: ChangeState
    verified_minor: Minor | None
    message: str
    at: Instant


class Finding(Struct, frozen=True, kw_only=True):
    """What a guardrail changed or noticed; `ad_set_id` is null where it concerns the account."""

    guardrail: Annotated[str, Meta(examples=["max_change"])]
    ad_set_id: AdSetId | None
    message: str


class Line(Struct, frozen=True, kw_only=True):
    """One ad set of a decision: where it stood, what the policy asked, what is left, why, and what became of it."""

    ad_set_id: AdSetId
    name: str
    active: Annotated[bool, Meta(description="An ad set that is not active keeps its budget and spends nothing.")]
    from_minor: Minor
    asked_minor: Minor
    to_minor: Minor
    reason: str
    marginal_roas: MarginalRoas | None
    explanation: Annotated[Explanation | None, Meta(description="null in decisions older than explanations.")]
    receipt: Receipt | None


class PolicyReference(Struct, frozen=True, kw_only=True):
    """The policy that decided, as it was then."""

    name: Annotated[str, Meta(examples=["thompson"])]
    version: Annotated[str, Meta(description="Version in the model registry.", examples=["3"])]
    params: dict[str, Any]
    priors_digest: str | None
    digest: Annotated[str, Meta(description="SHA-256 of the policy's canonical JSON.")]


class Decision(Struct, frozen=True, kw_only=True):
    """One morning of one account."""

    account_id: AccountId
    day: Day
    decided_at: Instant
    mode: Mode
    currency: Currency
    minor_per_major: MinorPerMajor
    policy: PolicyReference
    observation_digest: Annotated[str, Meta(description="SHA-256 of all the policy saw.")]
    guardrails: Annotated[dict[str, dict[str, Any]], Meta(description="Limits that applied, by guardrail.")]
    summary: Annotated[Summary | None, Meta(description="The morning as a whole; null in older decisions.")]
    lines: list[Line]
    findings: list[Finding]


class Decisions(Struct, frozen=True, kw_only=True):
    """A page of decisions, newest first."""

    items: list[Decision]
    next_before: Annotated[date | None, Meta(description="Send as `before` for the next page; null on the last.")]


class AdSetBudgets(Struct, frozen=True, kw_only=True):
    """The budgets of one ad set, aligned with `days`; null where none was verified."""

    ad_set_id: AdSetId
    name: str
    budgets_minor: list[int | None]


class Budgets(Struct, frozen=True, kw_only=True):
    """Budgets over time: the budget of every ad set after each morning, as last verified."""

    account_id: AccountId
    currency: Currency
    minor_per_major: MinorPerMajor
    days: list[date]
    ad_sets: list[AdSetBudgets]


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter of a policy."""

    name: str
    type: str
    default: Annotated[Any, Meta(description="null where the parameter must be given.")]
    required: bool
    description: str


class Policy(Struct, frozen=True, kw_only=True):
    """A policy that this installation knows."""

    name: str
    summary: str
    description: str
    parameters: list[Parameter]


class Policies(Struct, frozen=True, kw_only=True):
    """Every policy that is installed; existing is not active, the registry's alias names the active one."""

    items: list[Policy]


class PromotedPolicy(Struct, frozen=True, kw_only=True):
    """The policy behind the alias `champion`: the next morning decides with it."""

    name: str
    version: str
    summary: str
    params: dict[str, Any]
    priors_digest: str | None
    digest: str


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at, and what to do about it where it is not well."""

    name: Annotated[str, Meta(examples=["database", "clock", "policy", "account act_42"])]
    ok: bool
    message: str


class Health(Struct, frozen=True, kw_only=True):
    """`ready`: all is well; `degraded`: some accounts have a problem; `unready`: do not send traffic."""

    status: Annotated[str, Meta(examples=["ready", "degraded", "unready"])]
    checks: list[Check]
