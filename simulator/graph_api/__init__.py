"""A local Graph/Marketing API whose world is the simulator: unmodified clients talk to it over HTTP.

Meta's interface as documented for v26.0, as far as the pages "Marketing API", "Insights API", "Rate limiting" and
"Graph API: handle errors" describe it; what this version does not offer, it refuses by name instead of doing it half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.graph_api.config import AccountConfig, EmulatorConfig, accounts_of
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.recipes import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.graph_api.server import Running

__all__ = ["AccountConfig", "EmulatorConfig", "EmulatorError", "Recipe", "accounts_of", "run_in_thread"]


def run_in_thread(config: EmulatorConfig, worlds: Mapping[str, Recipe] | None = None) -> Running:
    """Serve an emulator on `config.port` (0: any free one) until the returned value is closed.

    `worlds` are further ones, by the path prefix that leads to them.

    Its `facts` are what a client must know; it is a context manager.

    Raises:
        EmulatorError: the port is taken, a scenario is unknown, or the state file does not fit.
    """
    from simulator.graph_api import server  # noqa: PLC0415 - the web server is loaded by those who serve

    return server.run_in_thread(config, worlds)
