"""Comparing members of one kind, such as agents or segments, fairly: who may be ranked, and what truly changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.intervals import Difference, beyond_noise, difference
from deskpulse.scoring.ranks import RankRange, rank_ranges

MOST_RANKED = 400
"""Members that are ranked: the work grows with the square of their number, and 400 take some 40 ms."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of those compared.

    ``change`` is what became of its score since the period before, where that is more than noise among all the changes;
    ``comparable`` tells whether both periods have a score. ``rank`` is that among the firm scores. ``commented`` counts
    the answers with a comment.
    """

    standing: Standing
    before: Standing
    change: Difference | None = None
    comparable: bool = False
    rank: RankRange | None = None
    commented: int = 0

    @property
    def comment_share(self) -> float | None:
        """Share of its answers that have a comment."""
        return self.commented / self.standing.counts.n if self.standing.counts.n else None


def compare(
    now: Mapping[Any, BandCounts],
    before: Mapping[Any, BandCounts],
    names: Mapping[Any, str],
    minimum: int,
    *,
    unranked: Collection[Any] = (),
    commented: Mapping[Any, int] | None = None,
) -> list[Member]:
    """Members by their keys. Those of ``unranked``, such as answers that name nobody, take no place."""
    standings = {key: Standing(names[key], counts, minimum, key) for key, counts in now.items()}
    earlier = {key: Standing(names[key], before.get(key, NOTHING), minimum, key) for key in now}
    changes = {
        key: found
        for key, one in standings.items()
        if one.score is not None
        and earlier[key].score is not None
        and (found := difference(earlier[key].counts, one.counts))
    }
    clear = beyond_noise(changes)
    firm = {key: one.counts for key, one in standings.items() if one.firm and key not in unranked}
    places = rank_ranges(firm) if len(firm) <= MOST_RANKED else {}
    return [
        Member(
            one,
            earlier[key],
            changes[key] if key in clear else None,
            key in changes,
            places.get(key),
            (commented or {}).get(key, 0),
        )
        for key, one in standings.items()
    ]


def unranked_for_number(members: Collection[Member]) -> bool:
    """Whether nobody is ranked only because there are too many."""
    return sum(member.standing.firm for member in members) > MOST_RANKED
