"""Logging: one JSON object a line on standard error, with time, level, logger and message."""

from __future__ import annotations

import logging
import sys


def configure(level: int = logging.INFO) -> None:
    """Send every logger's records through structlog's JSON renderer; libraries speak from WARNING upwards."""
    import structlog  # noqa: PLC0415 - only commands that serve log

    steps: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("caudal").setLevel(level)
