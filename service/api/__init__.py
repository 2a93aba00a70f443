"""The REST door: controllers over `Books`, `PolicyStore` and `Clock`, which come in by dependency injection."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from service.api.accounts import AccountsController
from service.api.decisions import DecisionsController
from service.api.health import HealthController
from service.api.policies import PoliciesController
from service.dashboard.assets import static_files
from service.dashboard.page import DashboardController


def routes() -> list[ControllerRouterHandler]:
    """Everything that answers HTTP, apart from the OpenAPI page."""
    return [
        AccountsController,
        DecisionsController,
        PoliciesController,
        HealthController,
        DashboardController,
        static_files(),
    ]
