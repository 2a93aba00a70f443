"""The names under which handlers ask for what `web_app` was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from service.ports import Books, Clock, PolicyStore

# Ports are protocols: there is no class to check an object against, and mypy has checked the caller.
GivenBooks: TypeAlias = NamedDependency[SkipValidation[Books]]
GivenStore: TypeAlias = NamedDependency[SkipValidation[PolicyStore]]
GivenClock: TypeAlias = NamedDependency[SkipValidation[Clock]]
GivenVersion: TypeAlias = NamedDependency[str]
GivenMlflowUrl: TypeAlias = NamedDependency[str | None]
Unread: TypeAlias = Callable[[], Mapping[str, str]]
"""Configured accounts that could not be read since the start, and why."""
GivenUnread: TypeAlias = NamedDependency[SkipValidation[Unread]]
