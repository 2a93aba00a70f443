"""The REST door: controllers over `Books`, `PolicyStore` and `Clock`, which come in by dependency injection."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from service.api.health import HealthController


def routes() -> list[ControllerRouterHandler]:
    """Everything that answers HTTP, apart from the OpenAPI page."""
    return [HealthController]
