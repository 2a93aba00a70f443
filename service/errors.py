"""What the service raises on purpose, and how far each may reach.

* ServiceError                 message, and the HTTP status it becomes at the REST door
  x SettingsError              configuration that cannot work
  x NotFound                   no such account, decision, policy
  x Conflict                   another request or process was first
  x PolicyUnavailable          no promoted policy, or an artifact that fails its digest
  x CorruptRecord              something stored that is not what was written
  x PlatformError              the ad platform; see service/platforms/meta/errors.py for how its codes map
    + OutcomeUnknown           a write that may or may not have been applied: read before anything else
    + Refused                  the platform said no, nothing changed
      - InvalidRequest         a field is wrong
      - PermissionDenied       token lacks a scope, or the object is not ours
      - WrongState             the object is archived, deleted, over, or still settling another edit
      - TooManyEdits           an ad set has had the budget changes of its hour; it was not even asked for
    + Unauthorised             token expired or revoked
    + Throttled                too many calls; carries when to come back
      - HeldBack               Caudal did not send the call: pacing, a block, the queue or the breaker; nothing happened
    + Unavailable              a read failed for a passing reason
    + Inactive                 the platform has disabled the account: nothing is changed
"""

from __future__ import annotations


class ServiceError(Exception):
    """Base: a sentence for people, and the status it becomes at the REST door."""

    status_code = 500


class SettingsError(ServiceError):
    """Configuration that cannot work: which variable, what is wrong, what to do."""


class NotFound(ServiceError):
    """No such thing here."""

    status_code = 404


class Conflict(ServiceError):
    """Another request or process was first."""

    status_code = 409


class PolicyUnavailable(ServiceError):
    """No promoted policy can be loaded: none has the alias, or its artifact fails its digest."""

    status_code = 503


class CorruptRecord(ServiceError):
    """Something stored fails its digest, or cannot be read any more: restore it, or find out who altered it."""


class PlatformError(ServiceError):
    """The ad platform did not do what was asked. Never carries a token."""

    status_code = 502


class OutcomeUnknown(PlatformError):
    """A write that may or may not have been applied. Never resend: read."""


class Refused(PlatformError):
    """The platform said no; nothing changed."""


class InvalidRequest(Refused):
    """A field is wrong; the message names it."""


class PermissionDenied(Refused):
    """The token lacks a scope, or the object is not ours."""


class WrongState(Refused):
    """The object as it stands does not allow it: archived, deleted, over, or another edit of it still settles."""


class TooManyEdits(Refused):
    """An ad set's budget was changed so often within the hour that one more would block it; nothing was sent."""


class Unauthorised(PlatformError):
    """The token is expired, revoked or wrong: a person must renew it."""


class Throttled(PlatformError):
    """Too many calls. `retry_after_seconds` is the platform's own estimate, None where it gives none."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        """Keep the platform's estimate of when to come back."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class HeldBack(Throttled):
    """Not sent, by Caudal's own decision: the message says what held the call, and nothing happened anywhere."""


class Unavailable(PlatformError):
    """A read failed for a passing reason: timeout, 5xx, malformed answer."""


class Inactive(PlatformError):
    """The platform reports the account as not active; a person has to settle that with the platform."""
