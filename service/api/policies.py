"""Policies: those this installation knows, and the one that is promoted."""

from __future__ import annotations

from litestar import Controller, get

from service.api import schemas
from service.api.catalogue import known_policies, summary_of
from service.api.given import GivenStore
from service.api.problems import declared


class PoliciesController(Controller):
    """What can decide, and what does."""

    path = "/api/v1/meta/policies"
    tags = ("policies",)

    @get(sync_to_thread=True, operation_id="list_policies", summary="Policies that are installed", responses=declared())
    def all(self) -> schemas.Policies:
        """Every installed policy with its parameters and their defaults."""
        return schemas.Policies(items=known_policies())

    @get(
        "/promoted",
        sync_to_thread=True,
        operation_id="get_promoted_policy",
        summary="The promoted policy",
        responses=declared(503),
    )
    def promoted(self, store: GivenStore) -> schemas.PromotedPolicy:
        """The policy behind the registry's alias `champion`; 503 where none is promoted or its artifact is damaged."""
        spec, version = store.promoted()
        return schemas.PromotedPolicy(
            name=spec.name,
            version=version,
            summary=summary_of(spec.name),
            params=dict(spec.params),
            priors_digest=spec.priors_digest,
            digest=spec.digest,
        )
