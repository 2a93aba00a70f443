"""The REST door: controllers over `Books`, `PolicyStore` and `Clock`, which come in by dependency injection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar.types import ControllerRouterHandler


def routes() -> list[ControllerRouterHandler]:
    """Everything that answers HTTP, apart from the OpenAPI page."""
    # Imported here, because the pages stand on this package's words: at its top they would go round in a ring.
    from service.api.accounts import AccountsController  # noqa: PLC0415
    from service.api.decisions import DecisionsController  # noqa: PLC0415
    from service.api.health import HealthController  # noqa: PLC0415
    from service.api.policies import PoliciesController  # noqa: PLC0415
    from service.dashboard.assets import static_files  # noqa: PLC0415
    from service.dashboard.page import DashboardController  # noqa: PLC0415

    return [
        AccountsController,
        DecisionsController,
        PoliciesController,
        HealthController,
        DashboardController,
        static_files(),
    ]
