"""What happened on one survey link, and which answer follows from it: pure, with no clock and no database.

Mail scanners open links, run scripts and even post. So every hit is kept, and the answer that counts is a function of
the hits: it can be derived again at any time, and says why. Hits belong to *visits* (one browser, known by its cookie
or by the chain of forms it was served), and suspicion falls on a visit, never on a link or an address: a scanner that
comes before the person does not taint the person. What this can and cannot tell apart is written in ``README.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

UNSCRIPTED_PAUSE = timedelta(seconds=2)
"""Without our script, a person needs at least this long between opening the page and sending it."""
BURST_SCORES, BURST_TIME = 5, timedelta(seconds=30)
"""So many different scores within so little time are no person's."""
HINDSIGHT = timedelta(seconds=60)
"""A visit that gives itself away so soon after its answer was a machine's already when it answered."""


class HitKind(StrEnum):
    """What happened. Only an ``answer`` can count; ``late`` is one that came when the link was closed.

    ``accept`` and ``reject``: someone of the organisation looked at an answer in quarantine, and judged it.
    """

    VIEW = "view"
    HEAD = "head"
    TRAP = "trap"
    ANSWER = "answer"
    LATE = "late"
    ACCEPT = "accept"
    REJECT = "reject"


class Reason(StrEnum):
    """Why an answer in the ledger does not count."""

    TRAP = "the visit opened the hidden link"
    BURST = "the visit tried many scores in a moment"
    NO_GESTURE = "sent by a script without a person's gesture"
    TOO_FAST = "sent faster than a person could"
    NO_COOKIE = "sent without the page's cookie and not confirmed"
    NO_FORM = "sent without a fresh form and not confirmed"
    ANSWERED = "the link was answered from another browser before"
    CHANGED_LATE = "the time for changing the answer was over"
    CLOSED = "the link was closed before the page was opened"


ANSWERS = frozenset({HitKind.ANSWER, HitKind.LATE})
NEEDS_CONFIRMING = frozenset({Reason.NO_GESTURE, Reason.TOO_FAST, Reason.NO_COOKIE, Reason.NO_FORM})
"""Reasons that one more press of a button, by a person, removes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a form said."""

    score: int
    factors: tuple[str, ...] = ()
    comment: str = ""
    contact_wanted: bool = False


@dataclass(frozen=True, slots=True)
class HitRecord:
    """One hit. ``nonce`` is what its page carries, ``uses`` the nonce that a posted form brought back.

    ``cookie``: the browser sent the cookie of this very visit. ``scripted``: our script ran on the page;
    ``activated``: it saw a trusted gesture (pointer, key, or a click made by assistive technology).
    """

    id: int
    kind: HitKind
    at: datetime
    visit: str | None = None
    nonce: str | None = None
    uses: str | None = None
    score: int | None = None
    answer: Answer | None = None
    cookie: bool = False
    scripted: bool = False
    activated: bool = False
    prefetch: bool = False
    judges: int | None = None
    """The answer that someone accepted or rejected."""
    by: str = ""
    """Who did."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An answer that is kept and does not count, with the reason, and with the verdict where someone rejected it."""

    hit: HitRecord
    reason: Reason
    rejected: HitRecord | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from a ledger: the confirmed answer with what it said before, or else the provisional score."""

    history: tuple[HitRecord, ...] = ()
    """Every answer that counts or counted, in the order in which they came to; the last is the confirmed one."""
    provisional: int | None = None
    """The score that a link carried, while nothing is confirmed. Shown, never counted."""
    quarantined: tuple[Quarantined, ...] = ()
    accepted: HitRecord | None = None
    """The verdict that lets the first answer count, where it did not count by itself."""
    _reasons: Mapping[int, Reason] = field(default_factory=dict, repr=False)

    @property
    def confirmed(self) -> HitRecord | None:
        """The answer that counts."""
        return self.history[-1] if self.history else None

    @property
    def why(self) -> str:
        """One sentence for people."""
        if not self.history:
            return "Nothing has been confirmed by a person yet."
        last = self.history[-1]
        if self.accepted is not None:
            verdict = f"accepted by {self.accepted.by} on {self.accepted.at:%Y-%m-%d}"
            return f"Sent on {last.at:%Y-%m-%d at %H:%M} UTC, {verdict}."
        how = "with a gesture on the page" if last.activated else "by hand, without scripts"
        times = len(self.history) - 1
        changed = f", after {times} change{'s' if times > 1 else ''}" if times else ""
        return f"Sent {how}, on {last.at:%Y-%m-%d at %H:%M} UTC{changed}."

    def reason(self, hit_id: int) -> Reason | None:
        """Why that hit's answer does not count; None where it does."""
        return self._reasons.get(hit_id)


def current(hits: Iterable[HitRecord], change_within: timedelta) -> Standing:
    """Derive the standing of a link from its hits, given in any order, each at least once.

    ``change_within`` is how long the confirming browser may change its answer.
    """
    ledger = _Ledger(hits)
    history: list[HitRecord] = []
    reasons: dict[int, Reason] = {}
    held: dict[int, HitRecord] = {}
    rejected: dict[int, HitRecord] = {}
    accepted: HitRecord | None = None
    for hit in ledger.hits:
        judged = held.get(hit.judges) if hit.judges is not None else None
        if judged is not None and hit.kind is HitKind.REJECT:
            rejected[judged.id] = hit
        elif judged is not None and hit.kind is HitKind.ACCEPT and not history:
            accepted = hit
            history.append(judged)
            del held[judged.id], reasons[judged.id]
        elif hit.kind in ANSWERS:
            reason = ledger.objection(hit) or _objection_to_change(hit, history, change_within)
            if reason is None:
                history.append(hit)
            else:
                reasons[hit.id], held[hit.id] = reason, hit
    quarantined = tuple(
        Quarantined(hit, reasons[hit.id], rejected.get(hit.id))
        for hit in held.values()
        if not (reasons[hit.id] in NEEDS_CONFIRMING and ledger.was_followed(hit))
    )
    return Standing(tuple(history), None if history else ledger.provisional(), quarantined, accepted, reasons)


def opened_at(hits: Iterable[HitRecord], nonce: str) -> datetime | None:
    """When the page was first opened whose form, or a later form of which, carries this nonce."""
    by_nonce = {hit.nonce: hit for hit in hits if hit.nonce is not None}
    page = by_nonce.get(nonce)
    while page is not None and page.uses in by_nonce:
        page = by_nonce[page.uses]
    return page.at if page is not None and page.kind is HitKind.VIEW else None


def was_seen(hits: Iterable[HitRecord]) -> bool:
    """Whether the page was loaded by a visit that does not look like a machine's. A HEAD or a prefetch is no look."""
    return bool(_Ledger(hits).plausible_views())


def _objection_to_change(hit: HitRecord, history: Sequence[HitRecord], change_within: timedelta) -> Reason | None:
    if not history:
        return None
    first = history[0]
    if hit.visit != first.visit or not hit.cookie:
        return Reason.ANSWERED
    return Reason.CHANGED_LATE if hit.at - first.at > change_within else None


class _Ledger:
    """The hits in order, by nonce, and the visits that gave themselves away."""

    def __init__(self, hits: Iterable[HitRecord]) -> None:
        unique = {hit.id: hit for hit in hits}
        self.hits = sorted(unique.values(), key=lambda hit: (hit.at, hit.id))
        self.answers = [hit for hit in self.hits if hit.kind in ANSWERS]
        self._by_nonce = {hit.nonce: hit for hit in self.hits if hit.nonce is not None}
        self._used = {hit.uses for hit in self.answers if hit.uses is not None}
        self._tainted = self._find_tainted()

    def objection(self, hit: HitRecord) -> Reason | None:
        """Why this answer is not a person's, or needs one more press to show that it is."""
        if hit.kind is HitKind.LATE:
            return Reason.CLOSED
        taint = self._tainted.get(hit.visit)
        if taint is not None and hit.at >= taint[0] - HINDSIGHT:
            return taint[1]
        pages = self._pages_before(hit)
        if not pages:
            return Reason.NO_FORM
        scripted = hit.scripted or any(page.scripted for page in pages)
        if scripted and not hit.activated:
            return Reason.NO_GESTURE
        if not scripted and hit.at - pages[-1].at < UNSCRIPTED_PAUSE:
            return Reason.TOO_FAST
        if not hit.cookie and pages[0].kind is HitKind.VIEW:
            return Reason.NO_COOKIE
        return None

    def was_followed(self, hit: HitRecord) -> bool:
        """Whether the page that asked to confirm this answer was sent: then that one speaks for both."""
        return hit.nonce in self._used

    def provisional(self) -> int | None:
        """The score of the latest link that was opened by something that does not look like a machine."""
        return next((hit.score for hit in reversed(self.plausible_views()) if hit.score is not None), None)

    def plausible_views(self) -> list[HitRecord]:
        """The openings of the page by what does not look like a machine, oldest first."""
        views = [hit for hit in self.hits if hit.kind is HitKind.VIEW]
        burst = {id(hit) for window in _bursts([hit for hit in views if hit.score is not None]) for hit in window}
        return [hit for hit in views if not hit.prefetch and hit.visit not in self._tainted and id(hit) not in burst]

    def _pages_before(self, hit: HitRecord) -> list[HitRecord]:
        """The pages that led to this answer, the nearest first, the one opened first at the end."""
        pages: list[HitRecord] = []
        page = self._by_nonce.get(hit.uses) if hit.uses else None
        while page is not None and page not in pages and page.at <= hit.at and page.visit == hit.visit:
            pages.append(page)
            page = self._by_nonce.get(page.uses) if page.uses else None
        return pages

    def _find_tainted(self) -> Mapping[str | None, tuple[datetime, Reason]]:
        by_visit: dict[str, list[HitRecord]] = {}
        for hit in self.hits:
            if hit.visit is not None:
                by_visit.setdefault(hit.visit, []).append(hit)
        tainted: dict[str | None, tuple[datetime, Reason]] = {}
        for visit, hits in by_visit.items():
            signs = [(hit.at, Reason.TRAP) for hit in hits if hit.kind is HitKind.TRAP and not hit.prefetch]
            signs += [(window[0].at, Reason.BURST) for window in _bursts(hits)]
            if signs:
                tainted[visit] = min(signs)
        return tainted


def _bursts(hits: Sequence[HitRecord]) -> Iterable[Sequence[HitRecord]]:
    """Runs of hits, in order of time, that hold too many different scores within too little time."""
    scored = [hit for hit in hits if hit.score is not None and not hit.prefetch]
    start = 0
    for end, hit in enumerate(scored):
        while hit.at - scored[start].at > BURST_TIME:
            start += 1
        window = scored[start : end + 1]
        if len({one.score for one in window}) >= BURST_SCORES:
            yield window
