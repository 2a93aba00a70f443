"""The OpenAPI document and its page, without a single request to anybody else."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import License, Tag

from service.dashboard.assets import asset

DESCRIPTION = """\
Caudal steers advertising budgets: each morning, for each account, the promoted policy reads what the platform reports,
decides, passes guardrails, and its changes are written down before they are sent.

* Money is a whole number of **minor units** (`_minor`), next to `currency` and `minor_per_major`.
* A `day` is a date in the account's time zone; instants are UTC.
* Whatever goes wrong is answered as `application/problem+json` (RFC 9457), and says what to do.
"""
TAGS = (
    Tag("accounts", "Accounts, their mode and their money."),
    Tag("decisions", "What was decided, why, and what became of it."),
    Tag("policies", "What can decide, and what does."),
    Tag("health", "For load balancers and for people on call."),
)


class Page(OpenAPIRenderPlugin):
    """Swagger UI from our own files; its script stands in a file, so that the page needs no inline script."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page = Environment(loader=PackageLoader("service.dashboard"), autoescape=True).get_template("docs.html")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page as HTML."""
        return self._page.render(
            asset=asset, title=openapi_schema["info"]["title"], schema_url=self.get_openapi_json_route(request)
        ).encode()


def config(version: str) -> OpenAPIConfig:
    """Title, description, licence, tags; served at /docs, /docs/openapi.json and /docs/openapi.yaml."""
    return OpenAPIConfig(
        title="Caudal",
        version=version,
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=list(TAGS),
        path="/docs",
        use_handler_docstrings=True,
        render_plugins=[Page(), JsonRenderPlugin(), YamlRenderPlugin()],
    )
