"""What every call of one account passes before it is sent: breaker, blocks, pacing, and a turn in the queue.

The arithmetic is in `breaker`, `pacing` and `urgency`; here is what they remember, behind locks.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.errors import HeldBack
from service.platforms.meta import breaker, pacing
from service.platforms.meta.breaker import Breaker
from service.platforms.meta.dispatch import Turns
from service.platforms.meta.error_table import Row, Scope
from service.platforms.meta.pacing import Score, Told
from service.platforms.meta.platform_time import Moment, PlatformTime
from service.platforms.meta.urgency import Urgency
from service.platforms.meta.usage import Usage

GUESSED_BLOCK_SECONDS = 60.0
LIMITED_BLOCK_SECONDS = 300.0
LIMITED_TIER = "development_access"
_LABELS = {
    "app": Scope.APP,
    "ad_account": Scope.ACCOUNT,
    "insights": Scope.INSIGHTS,
    "ads_insights": Scope.INSIGHTS,
    "ads_management": Scope.MANAGEMENT,
}
_MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Errand:
    """A call to be sent: what for, in words; how urgent; and whether it counts as insights or as management."""

    what: str
    urgency: Urgency = Urgency.READ
    insights: bool = False

    @property
    def points(self) -> int:
        """What it costs of the account's score."""
        return pacing.READ_POINTS if self.urgency is Urgency.READ else pacing.WRITE_POINTS

    @property
    def kind(self) -> Scope:
        """Which of the two kinds of calls it is."""
        return Scope.INSIGHTS if self.insights else Scope.MANAGEMENT


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a call may not go yet, and for how many seconds."""

    seconds: float
    why: str


NO_HOLD = Hold(0.0, "")


@dataclass(frozen=True, slots=True)
class Block:
    """A throttle that Meta has spoken; `told` is False where its length is a guess, which lowering need not heed."""

    since: Moment
    seconds: float
    told: bool

    def left_seconds(self, now: Moment) -> float:
        """How long it lasts from `now` on; not positive where it is over."""
        return self.seconds - now.seconds_since(self.since)


@dataclass
class AppShare:
    """What all accounts of one app use up together. Hand the same one to each of them."""

    told: dict[str, Told] = field(default_factory=dict)
    blocks: dict[Scope, Block] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Gate:
    """One account's gate. Thread-safe."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        wait: Callable[[float], None],
        share: AppShare,
        *,
        at_once: int = 1,
    ) -> None:
        """Args: monotonic: real seconds; wait: sleeps; share: the app's; at_once: calls of the account in flight."""
        self.time = PlatformTime(monotonic)
        self._monotonic, self._wait, self._share = monotonic, wait, share
        self._turns = Turns(at_once, monotonic)
        self._lock = threading.Lock()
        self._told: dict[str, Told] = {}
        self._blocks: dict[Scope, Block] = {}
        self._score = Score()
        self._tier: str | None = None
        self._breaker = Breaker()

    def begin(self, errand: Errand) -> None:
        """Before the first attempt of an operation; `end` after its last.

        Raises:
            HeldBack: the breaker is open, and the operation does not lower money.
        """
        with self._lock:
            now = self._monotonic()
            hold, failures = breaker.hold_seconds(self._breaker, now), self._breaker.failures
            lowers = errand.urgency is Urgency.LOWER
            if hold == 0.0 and not lowers:
                self._breaker = breaker.begun(self._breaker)
        if hold > 0.0 and not lowers:
            raise _held_back(errand, Hold(hold, f"{failures} calls in a row have failed"))

    def end(self, *, failed: bool | None) -> None:
        """After an operation: whether Meta failed, None where it proved nothing."""
        with self._lock:
            self._breaker = breaker.ended(self._breaker, self._monotonic(), failed=failed)

    def enter(self, errand: Errand, until: float) -> None:
        """Wait until a call may be sent, and take its turn; `leave` gives it back.

        Args:
            errand: the call.
            until: monotonic seconds at which to give up.

        Raises:
            HeldBack: it could not be sent in time, and says when it could.
        """
        rounds = 0
        while (hold := self._admit(errand)).seconds > 0.0:
            rounds += 1
            if rounds > _MOST_ROUNDS or self._monotonic() + hold.seconds > until:
                raise _held_back(errand, hold)
            self._wait(hold.seconds)
        if not self._turns.take(errand.urgency, until):
            raise _held_back(errand, Hold(1.0, "more urgent calls of the account took all the time there was"))
        with self._lock, self._share.lock:
            hold = self._blocked(errand)
        if hold.seconds > 0.0:  # the call before it was throttled, and one more would lengthen the block
            self._turns.give()
            raise _held_back(errand, hold)

    def leave(self) -> None:
        """The call was answered, or is lost."""
        self._turns.give()

    def heard(self, headers: Mapping[str, str], usage: Usage | None) -> None:
        """Take note of an answer's time and of the allowances it told."""
        self.time.heard(headers.get("Date"))
        if usage is None:
            return
        now = self.time.moment()
        with self._lock, self._share.lock:
            self._tier = usage.tier or self._tier
            for label, seconds in usage.regains.items():
                if label in _LABELS:
                    self._block(_LABELS[label], Block(now, seconds, told=True))
            for name, percent in usage.percentages.items():
                if name.partition(".")[0] in usage.regains:  # how long it blocks is told: nothing to reckon
                    self._told.pop(name, None)
                elif name.startswith("app.") or name.endswith(".app_id_util_pct"):
                    self._share.told[name] = Told(percent, now, pacing.HOUR_SECONDS)
                else:
                    window = pacing.ACCOUNT_WINDOW_SECONDS if name.startswith("ad_account.") else pacing.HOUR_SECONDS
                    self._told[name] = Told(percent, now, window)

    def throttled(self, row: Row | None, seconds: float | None) -> None:
        """Take note of a refusal for too many calls; further ones would only lengthen it."""
        scope = row.scope if row else Scope.ACCOUNT
        if scope is Scope.OBJECT:
            return
        with self._lock, self._share.lock:
            if seconds is not None and self._tier == LIMITED_TIER:
                seconds = max(seconds, LIMITED_BLOCK_SECONDS)
            lasts = GUESSED_BLOCK_SECONDS if seconds is None else seconds
            self._block(scope, Block(self.time.moment(), lasts, told=seconds is not None))

    def _block(self, scope: Scope, block: Block) -> None:
        blocks = self._share.blocks if scope is Scope.APP else self._blocks
        known = blocks.get(scope)
        if block.told or known is None or not known.told or known.left_seconds(block.since) <= 0.0:
            blocks[scope] = block  # else a guess would replace what Meta has told

    def _admit(self, errand: Errand) -> Hold:
        """Whether a call may go now; if so its points are spent."""
        with self._lock, self._share.lock:
            now = self.time.now()
            self._score = self._score.at(now)  # kept, so that a clock that is put back costs one window at most
            hold = max(self._holds(errand, now), key=lambda hold: hold.seconds)
            if hold.seconds <= 0.0:
                self._score = self._score.plus(errand.points, now)
                return NO_HOLD
        return hold

    def _holds(self, errand: Errand, now: float) -> list[Hold]:
        moment = self.time.moment()
        own = ("ad_account", "ads_insights", "insights") if errand.insights else ("ad_account", "ads_management")
        shared = ("app", "insights") if errand.insights else ("app",)
        used = max(
            pacing.usage_wait_seconds(self._told, own, errand.urgency, moment),
            pacing.usage_wait_seconds(self._share.told, shared, errand.urgency, moment),
        )
        percent = f"{pacing.ceiling_percent(errand.urgency):.0f} %"
        scored = pacing.score_wait_seconds(self._score, errand.points, self._tier, errand.urgency, now)
        return [
            self._blocked(errand),
            Hold(used, f"an allowance is used beyond {percent}"),
            Hold(scored, f"Caudal's own calls would use more than {percent} of the account's score"),
        ]

    def _blocked(self, errand: Errand) -> Hold:
        moment, scopes = self.time.moment(), (Scope.APP, Scope.ACCOUNT, errand.kind)
        blocks = [known[scope] for known in (self._share.blocks, self._blocks) for scope in scopes if scope in known]
        heeded = [block for block in blocks if block.told or errand.urgency is not Urgency.LOWER]
        seconds = max((block.left_seconds(moment) for block in heeded), default=0.0)
        return Hold(seconds, "Meta has throttled these calls")


def _held_back(errand: Errand, hold: Hold) -> HeldBack:
    seconds = math.ceil(hold.seconds)
    return HeldBack(f"{errand.what}: not sent, as {hold.why}; it may go in {seconds} seconds", float(seconds))
