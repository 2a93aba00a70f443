"""The names under which handlers ask for what `web_app` was given."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.params import Dependency

from service.ports import Books, Clock, PolicyStore

# Ports are protocols: there is no class to check an object against, and mypy has checked the caller.
GivenBooks: TypeAlias = Annotated[Books, Dependency(skip_validation=True)]
GivenStore: TypeAlias = Annotated[PolicyStore, Dependency(skip_validation=True)]
GivenClock: TypeAlias = Annotated[Clock, Dependency(skip_validation=True)]
