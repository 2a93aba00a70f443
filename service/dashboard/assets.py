"""Static files, under addresses that change when the files do."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

FOLDER = Path(__file__).parent / "static"


@cache
def asset(name: str) -> str:
    """The address of a static file, with the start of its digest, so that browsers may keep it for a year."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def static_files() -> Router:
    """The route that serves them."""
    return create_static_files_router(
        path="/static",
        directories=[FOLDER],
        include_in_schema=False,
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
    )
