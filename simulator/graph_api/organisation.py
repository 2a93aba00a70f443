"""Who owns what is here: one business with its people, its page and the page's Instagram account.

They are the same in every emulator of the same configuration and are there from the start.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform
    from simulator.graph_api.tokens import Credentials

BUSINESS, PAGE, INSTAGRAM = "business", "page", "instagram_account"
BUSINESS_USER = "business_user"
ACCOUNT_TASKS = ["MANAGE", "ADVERTISE", "ANALYZE", "DRAFT"]
PAGE_TASKS = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]


def plant(state: Platform) -> None:
    """Make the business and what belongs to it."""
    known = state.credentials
    owner = {"id": known.business_id, "name": "Caudal emulator"}
    person, instagram = derived_id(known, "person"), derived_id(known, "instagram")
    page = {
        "name": "Caudal emulator page",
        "about": "Sells what the simulator makes.",
        "category": "Shopping & retail",
        "category_list": [{"id": "200600219953504", "name": "Shopping & retail"}],
        "access_token": known.page_token,
        "tasks": PAGE_TASKS,
        "business": owner,
        "is_published": True,
        "fan_count": 12000,
        "followers_count": 12500,
        "link": f"https://www.facebook.com/{known.page_id}",
        "username": "caudal.emulator",
        "verification_status": "not_verified",
        "instagram_business_account": {"id": instagram},
        "connected_instagram_account": {"id": instagram},
    }
    things: list[tuple[str, str, dict[str, Any]]] = [
        (BUSINESS, known.business_id, _business(known, owner)),
        (PAGE, known.page_id, page),
        (INSTAGRAM, instagram, {"username": "caudal.emulator", "ig_id": instagram, "followers_count": 8000}),
        (
            BUSINESS_USER,
            person,
            {"name": "Ada Caudal", "role": "ADMIN", "business": owner, "email": "ada@shop.example"},
        ),
    ]
    for kind, object_id, values in things:
        state.add_record(kind, None, values, object_id=object_id)


def _business(known: Credentials, owner: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": owner["name"],
        "verification_status": "verified",
        "vertical": "RETAIL",
        "two_factor_type": "none",
        "primary_page": {"id": known.page_id, "name": "Caudal emulator page"},
        "link": f"https://business.facebook.com/settings?business_id={known.business_id}",
        "is_hidden": False,
        "timezone_id": 1,
    }


def derived_id(known: Credentials, purpose: str) -> str:
    """An id that follows from the configuration.

    >>> from types import SimpleNamespace
    >>> derived_id(SimpleNamespace(business_id="1"), "person")[0]
    '1'
    """
    digest = hashlib.sha256(f"{known.business_id}|{purpose}".encode()).hexdigest()
    return "1" + str(int(digest, 16) % 10**14).zfill(14)
