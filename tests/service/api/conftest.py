"""Clients of the real web application over a small world in memory."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from service.api.application import web_app


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


@pytest.fixture
def books(fakes: ModuleType) -> Any:
    """One live account with thirty mornings behind it."""
    return fakes.books(fakes.account())


@pytest.fixture
def open_client(fakes: ModuleType) -> Iterator[Callable[..., TestClient[Litestar]]]:
    """Open a client over these books and this store, as a browser on this machine would."""
    with ExitStack() as stack:

        def open_one(books: Any, store: Any = None, **more: Any) -> TestClient[Litestar]:
            app = web_app(
                books=books, store=store or fakes.FakeStore(), clock=fakes.StillClock(), version="1.2.3", **more
            )
            return stack.enter_context(TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False))

        yield open_one


@pytest.fixture
def client(open_client: Callable[..., TestClient[Litestar]], books: Any) -> TestClient[Litestar]:
    """A client over `books`."""
    return open_client(books)


@pytest.fixture(scope="session")
def reader(fakes: ModuleType) -> Iterator[TestClient[Litestar]]:
    """One client for all tests that change nothing."""
    app = web_app(
        books=fakes.books(fakes.account()), store=fakes.FakeStore(), clock=fakes.StillClock(), version="1.2.3"
    )
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client
