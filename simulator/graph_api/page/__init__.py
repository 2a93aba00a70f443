"""The page at /: what a world looks like and what was asked of it, for people. One document, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from simulator.graph_api.spoiling import Reply

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


@cache
def page() -> Reply:
    """The page. It is the same for every world; what it shows comes from the world's admin door."""
    folder = files(__name__)
    html, css, js = (folder.joinpath(f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    document = html.replace("/*css*/", css).replace("/*js*/", js)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
    return Reply(200, headers, document.encode())
