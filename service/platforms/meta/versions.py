"""Which versions of the Graph API this adapter was made for, and whether Meta answers in the one that was asked for.

Meta serves an expired version silently as the next one where an endpoint did not change (Meta: "Platform Versioning").
"""

from __future__ import annotations

from dataclasses import dataclass

SUPPORTED_VERSIONS = ("v24.0", "v25.0", "v26.0")


@dataclass(frozen=True, slots=True)
class VersionDrift:
    """Meta answered in another version than it was asked in."""

    asked: str
    answered: str

    def __str__(self) -> str:
        """In words for people."""
        return (
            f"Meta answered in version {self.answered} although {self.asked} was asked for, "
            f"which it no longer speaks: set META_API_VERSION to one of {', '.join(SUPPORTED_VERSIONS)}"
        )


def drift_of(asked: str, answered: str | None) -> VersionDrift | None:
    """What an answer's `facebook-api-version` header says; None where it is missing or as asked."""
    return VersionDrift(asked, answered[:40]) if answered and answered != asked else None
