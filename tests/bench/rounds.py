"""Interleaved rounds and the table that they end in.

The machine's mood changes by the second, so both sides take turns within every round, the order changes from round to
round, and the ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.loadgen import Load, Outcome, fire

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
    def p95_ratio(self) -> float:
        """Product's 95th percentile over the bound's: the median of the rounds."""
        return median(mine.p95 / theirs.p95 for mine, theirs in self._pairs)

    @property
    def _pairs(self) -> list[tuple[Outcome, Outcome]]:
        return list(zip(self.product, self.bound, strict=True))


def compare(product: Side, bound: Side, *, status: int, rounds: int, requests: int, warm_up: int) -> Comparison:
    """Fire at both in turn. Every answer must have the status."""
    for side in (product, bound):
        _round(side, warm_up).expect(status)
    taken: dict[str, list[Outcome]] = {product.name: [], bound.name: []}
    for number in range(rounds):
        for side in (product, bound) if number % 2 else (bound, product):
            taken[side.name].append(_round(side, requests).expect(status))
    return Comparison(taken[product.name], taken[bound.name])


def _round(side: Side, count: int) -> Outcome:
    return fire(Load(side.port, side.requests(count)))


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
