"""Is the process alive, and may traffic be sent to it?"""

from __future__ import annotations

from litestar import Controller, get


class HealthController(Controller):
    """Liveness and readiness."""

    path = "/health"
    tags = ("health",)

    @get("/live", sync_to_thread=False, summary="The process answers")
    def live(self) -> dict[str, str]:
        """Always 200 while the process serves requests; looks at nothing else."""
        return {"status": "live"}
