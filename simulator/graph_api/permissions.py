"""What a token may ask for (Meta: "Marketing API authorization", "Permissions reference")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.graph_api.errors import GraphError, known

if TYPE_CHECKING:
    from simulator.graph_api.call import Call
    from simulator.graph_api.tokens import Token

FREE = ("user", "user/permissions", "debug_token", "batch", "root")
"""Routes that every token may ask for."""

READ = ("ads_read", "ads_management")


def allow(token: Token, call: Call) -> None:
    """Let a call pass whose token has the scope for it.

    Reading ads and insights takes ads_read or ads_management, changing anything takes ads_management, and what belongs
    to a business takes business_management.

    Raises:
        GraphError: 200, 294 or 10.
    """
    if refused := refusal(token, call):
        raise refused


def refusal(token: Token, call: Call) -> GraphError | None:
    """Why the token may not, if it may not."""
    if call.route in FREE or call.kind in ("oauth", "app"):
        return None
    if call.kind == "business":
        return None if "business_management" in token.scopes else known(10)
    reads = call.request.method == "GET" or call.edge == "insights"
    if reads:
        return None if set(READ) & set(token.scopes) else known(200)
    return None if "ads_management" in token.scopes else known(294)
