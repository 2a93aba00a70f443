"""The dashboard's tests stand on the same small world as the API's; the browser's need a browser."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = os.environ.get("CAUDAL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)

collect_ignore = [] if BROWSER else ["test_browser.py"]
if not BROWSER:
    left_out = f"No browser ({', '.join(BROWSERS)}, or CAUDAL_CHROMIUM): test_browser.py is left out."
    print(left_out)  # noqa: T201 - people must see that something was left out


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The program of a Chromium; where there is none, no test asks."""
    assert BROWSER
    return BROWSER


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """The builders of tests/service/web_fakes.py; test folders are no packages, so it is loaded by its path."""
    path = Path(__file__).parents[1] / "web_fakes.py"
    spec = importlib.util.spec_from_file_location("web_fakes", path)
    assert spec
    assert spec.loader
    module = sys.modules.setdefault("web_fakes", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module
