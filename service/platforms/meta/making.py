"""The calls of a create: look for the token, send, look again, delete what was delivered twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.errors import OutcomeUnknown
from service.platforms.meta import creates
from service.platforms.meta.creates import Created, Creator, Kind
from service.platforms.meta.urgency import Urgency

if TYPE_CHECKING:
    from facebook_business.api import FacebookAdsApi

    from service.platforms.meta.calls import Calls


@dataclass(frozen=True, slots=True)
class Maker:
    """Creates on the edges of one account; `rows` reads an edge of it to the end."""

    api: FacebookAdsApi
    calls: Calls
    creator: Creator
    account_id: str
    rows: Callable[..., list[Mapping[str, Any]]]

    def created(self, kind: Kind, params: Mapping[str, Any], token: str) -> Created:
        """The object that carries the token, made now or found; raises as `Creator.create` does."""
        sent, what = creates.params_of(kind, params, token), f"creating one of the {kind} of {self.account_id}"

        def send() -> str:
            return self.calls.write(what, lambda: self._ask(what, kind, sent))

        def find() -> tuple[str, ...]:
            fields = "id,name" if kind is Kind.CREATIVE else "id,name,status"
            asked = {"fields": fields, "summary": "true", **creates.filter_of(kind, token)}
            return creates.bearers_of(what, self.rows(what, str(kind), asked, counted=True), token)

        return self.creator.create(what, token, send=send, find=find, remove=self._remove)

    def _ask(self, what: str, kind: Kind, params: dict[str, Any]) -> str:
        answer = self.api.call("POST", (self.account_id, str(kind)), params=params).json()
        if not re.fullmatch(r"[0-9]{1,32}", str(answer.get("id"))):
            raise OutcomeUnknown(f"{what}: Meta's answer names no id")
        return str(answer["id"])

    def _remove(self, object_id: str) -> None:
        what = f"deleting {object_id}, which was created twice"
        self.calls.write(what, lambda: self.api.call("DELETE", (object_id,)), urgency=Urgency.LOWER)
