"""The admin door's words for worlds: list them, begin one, end one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import LATEST, EmulatorError
from simulator.graph_api.messages import Response
from simulator.graph_api.recipes import Recipe
from simulator.graph_api.worlds import ADMIN, Worlds

DOOR = "worlds"


def worlds_admin(worlds: Worlds, method: str, name: str, params: Mapping[str, Any], base_url: str) -> Response:
    """Answer GET or POST /_emulator/worlds, or DELETE /_emulator/worlds/<name>.

    POST takes {"name": "b", "scenarios": ["small"], "seed": 3, "accounts": 2, "speed": 0, "start": "now"}, of which
    only the name is required, and answers with the facts of the new world.
    """
    try:
        if method == "GET" and not name:
            return Response({"worlds": [_described(found, base_url, at) for at, found in worlds.items().items()]})
        if method == "POST" and not name:
            asked = dict(params)
            made = worlds.create(asked.pop("name", None), Recipe.from_json(asked))
            return Response(_described(worlds.named[made], base_url, f"/{made}"))
        if method == "DELETE" and name:
            worlds.remove(name)
            return Response({"success": True})
    except EmulatorError as error:
        return Response({"error": str(error)}, 400)
    known = "GET worlds, POST worlds, DELETE worlds/NAME"
    return Response({"error": f"there is no {method} {DOOR}/{name} here; known: {known}"}, 404)


def facts(emulator: Emulator, base_url: str, prefix: str = "") -> dict[str, Any]:
    """Everything a client must know to call a world at `base_url`, the address of the process."""
    known, url = emulator.state.credentials, f"{base_url}{prefix}"
    return {
        "url": url,
        "graph_version": LATEST,
        "access_token": known.access_token,
        "app_id": known.app_id,
        "app_secret": known.app_secret,
        "business_id": known.business_id,
        "page_id": known.page_id,
        "pixel_id": known.pixel_id,
        "ad_account_ids": list(emulator.state.accounts),
        "budget_bounds_minor": {key: account.budget_bounds_minor for key, account in emulator.state.accounts.items()},
        "admin_url": f"{url}/{ADMIN}",
    }


def _described(emulator: Emulator, base_url: str, prefix: str) -> dict[str, Any]:
    clock = {"now": emulator.now().isoformat(), "speed": emulator.clock.speed}
    return {"world": prefix.removeprefix("/"), **facts(emulator, base_url, prefix), **clock}
