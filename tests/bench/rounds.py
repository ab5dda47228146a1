"""Interleaved rounds and the table that they end in.

The machine's mood changes by the second, so both sides take turns within every round, the order changes from round to
round, and the ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.loadgen import AT_ONCE, Load, Outcome, fire

LIMESURVEY = (
    "For comparison, LimeSurvey 5.6.54 (PHP-FPM 8.2, nginx, MariaDB), measured earlier on 2 cores: page GET 10.7/s "
    "(p50 374 ms at 4 clients), GET + submit 9.0/s, POST alone 61.5/s (p50 65 ms)"
)
LIMESURVEY_GET, LIMESURVEY_POST = 10.7, 61.5


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: where it listens, and what is asked of it in one round."""

    name: str
    port: int
    requests: Callable[[int], list[str]]
    """Makes that many requests, new ones each time where one cannot be asked twice."""


@dataclass(frozen=True)
class Comparison:
    """What was measured of product and bound, round by round."""

    product: Sequence[Outcome]
    bound: Sequence[Outcome]

    @property
    def rate_ratio(self) -> float:
        """Product's requests per second over the bound's: the median of the rounds."""
        return median(mine.rate / theirs.rate for mine, theirs in self._pairs)

    @property
    def p50_ratio(self) -> float:
        """Product's median latency over the bound's: the median of the rounds."""
        return median(mine.p50 / theirs.p50 for mine, theirs in self._pairs)

    @property
    def p95_ratio(self) -> float:
        """Product's 95th percentile over the bound's: the median of the rounds."""
        return median(mine.p95 / theirs.p95 for mine, theirs in self._pairs)

    @property
    def _pairs(self) -> list[tuple[Outcome, Outcome]]:
        return list(zip(self.product, self.bound, strict=True))


@dataclass
class Times:
    """Seconds that one side took, round by round."""

    taken: list[float] = field(default_factory=list)

    def note(self, ask: Callable[[], object], times: int) -> None:
        begun = time.perf_counter()
        for _ in range(times):
            ask()
        self.taken.append((time.perf_counter() - begun) / times)

    @property
    def median(self) -> float:
        return 1000 * median(self.taken)

    @property
    def p95(self) -> float:
        return 1000 * quantiles(self.taken, n=20)[-1]

    def over(self, other: Times) -> float:
        """By how much it took longer than another side: the median of the rounds."""
        return median(mine / theirs for mine, theirs in zip(self.taken, other.taken, strict=True))


def in_turn(*sides: Callable[[], object], rounds: int, times: int = 1) -> list[Times]:
    """Ask all sides in turn, in changing order; in each round so many times."""
    taken = [(Times(), ask) for ask in sides]
    for number in range(rounds):
        for noted, ask in taken if number % 2 else reversed(taken):
            noted.note(ask, times)
    return [noted for noted, _ in taken]


@dataclass(frozen=True)
class Beside:
    """The times of one question, and of its bound: ``way`` names the fastest of the ways to ask it."""

    name: str
    ours: Times
    bound: Times
    way: str
    goal: float

    @property
    def ratio(self) -> float:
        return self.ours.over(self.bound)

    @property
    def missed(self) -> bool:
        return self.ratio > self.goal


def beside(
    name: str, ours: Callable[[], object], ways: Mapping[str, Callable[[], object]], goal: float, rounds: int
) -> Beside:
    """Ask in turn; the fastest of the ways is the bound."""
    mine, *theirs = in_turn(ours, *ways.values(), rounds=rounds)
    way, bound = min(zip(ways, theirs, strict=True), key=lambda one: one[1].median)
    return Beside(name, mine, bound, way, goal)


def compare(
    product: Side, bound: Side, *, status: int, rounds: int, requests: int, warm_up: int, at_once: int = AT_ONCE
) -> Comparison:
    """Fire at both in turn, so many requests at once. Every answer must have the status."""
    for side in (product, bound):
        _round(side, warm_up, at_once).expect(status)
    taken: dict[str, list[Outcome]] = {product.name: [], bound.name: []}
    for number in range(rounds):
        for side in (product, bound) if number % 2 else (bound, product):
            taken[side.name].append(_round(side, requests, at_once).expect(status))
    return Comparison(taken[product.name], taken[bound.name])


def _round(side: Side, count: int, at_once: int) -> Outcome:
    return fire(Load(side.port, side.requests(count), at_once))


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a small table."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    print(f"\n{title}")  # noqa: T201 - printing is what a benchmark is for
    for line in lines:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())  # noqa: T201


def show(title: str, found: Comparison, goal: str, ratio: float) -> None:
    """Print both sides, the ratio and its goal."""
    rows = [
        [
            name,
            f"{median(outcome.rate for outcome in outcomes):,.0f}",
            f"{1000 * median(outcome.p50 for outcome in outcomes):.1f}",
            f"{1000 * median(outcome.p95 for outcome in outcomes):.1f}",
        ]
        for name, outcomes in (("DeskPulse", found.product), ("bare", found.bound))
    ]
    table(f"{title} (medians of {len(found.bound)} rounds)", ("", "requests/s", "p50 ms", "p95 ms"), rows)
    table("", ("ratio", "goal"), [[f"{ratio:.2f}", goal]])


def show_beside(title: str, measured: Sequence[Beside]) -> None:
    """Print both sides of every question, their ratio and its goal."""
    rows = []
    for one in measured:
        times = [f"{taken:.2f}" for side in (one.ours, one.bound) for taken in (side.median, side.p95)]
        rows.append([one.name, *times, one.way, f"{one.ratio:.2f}", f"at most {one.goal:g}"])
    table(title, ("question", "ms", "p95", "bound", "p95", "its way", "ratio", "goal"), rows)
