"""Factor drivers: what promoters praise, what detractors blame, and how the score differs where a factor was ticked.

The arithmetic, and what it does not say, is in :mod:`deskpulse.scoring.drivers`. All is counted by one statement, so
that its parts agree whatever is answered meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy import case, func, literal, select, union_all
from sqlalchemy.orm import Session

from deskpulse.reports.dimensions import NOTHING, each_factor
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import Scope, conditions
from deskpulse.scoring.bands import HIGHEST
from deskpulse.scoring.drivers import Driver, Scores
from deskpulse.scoring.intervals import Difference, beyond_noise
from deskpulse.surveys.factors import BY_CODE, FACTORS
from deskpulse.surveys.models import Response

SOME = None
"""In the place of a factor's code: answers that tick at least one, each once."""


@dataclass(frozen=True, slots=True)
class FactorDriver:
    """One factor with its three wordings; ``minimum`` is how many answers a score, a mean and an effect need.

    ``clear`` where the effect is more than noise, with all factors looked at together.
    """

    code: str
    name: str
    praise: str
    blame: str
    driver: Driver
    minimum: int
    clear: bool = False

    @property
    def ticked(self) -> Standing:
        """The score of answers that tick it."""
        return Standing(self.name, self.driver.ticked.counts, self.minimum, self.code)

    @property
    def others(self) -> Standing:
        """The score of answers that do not."""
        return Standing(self.name, self.driver.others.counts, self.minimum, self.code)

    @property
    def means(self) -> tuple[Fraction | None, Fraction | None]:
        """Mean score where it is ticked and where it is not; ``None`` where withheld."""
        ticked = None if self.ticked.withheld else self.driver.ticked.mean
        return ticked, None if self.others.withheld else self.driver.others.mean

    @property
    def effect(self) -> Difference | None:
        """NPS where it is ticked less NPS where it is not, unless either is withheld."""
        return None if self.ticked.withheld or self.others.withheld else self.driver.effect


@dataclass(frozen=True, slots=True)
class Drivers:
    """All factors, those first whose blame costs most; and the answers that tick none."""

    whole: Standing
    factors: Sequence[FactorDriver]
    none_ticked: Scores

    @property
    def ticking(self) -> int:
        """Answers that tick at least one."""
        return self.whole.counts.n - self.none_ticked.counts.n


def drivers(session: Session, scope: Scope, minimum: int) -> Drivers:
    """Read the answers of a scope. Factors that nobody ticked are there, too; codes of old ones where they were."""
    found = _scores(session, scope)
    some, none = found.pop(SOME, Scores()), found.pop(NOTHING, Scores())
    whole = Scores({score: some.by_score.get(score, 0) + none.by_score.get(score, 0) for score in range(HIGHEST + 1)})
    codes = dict.fromkeys([factor.code for factor in FACTORS] + sorted(code for code in found if code))
    made = [_driver(code, found.get(code, Scores()), whole, minimum) for code in codes]
    effects = {one.code: effect for one in made if (effect := one.effect) is not None}
    clear = beyond_noise(effects)
    made = [replace(one, clear=one.code in clear) for one in made]
    made.sort(key=lambda one: (-one.driver.ticked.counts.detractors, -one.driver.ticked.counts.n))
    return Drivers(Standing("All answers", whole.counts, minimum), made, none)


def _driver(code: str, ticked: Scores, whole: Scores, minimum: int) -> FactorDriver:
    factor = BY_CODE.get(code)
    names = (factor.neutral, factor.praise, factor.blame) if factor else (code, code, code)
    return FactorDriver(code, *names, Driver(ticked, whole.without(ticked)), minimum)


def _scores(session: Session, scope: Scope) -> dict[str | None, Scores]:
    """Scores by the code of a factor; under ``NOTHING`` of answers that tick none, under ``SOME`` of all others."""
    where, values = conditions(session, scope)
    answer = select(Response.id, Response.score, Response.factors).where(*where).cte("answer")
    each = each_factor(answer.c.factors).table_valued("value", name="ticked")
    by_factor = select(each.c.value.label("code"), answer.c.score, func.count().label("number"))
    by_factor = by_factor.select_from(answer).join(each, literal(True)).group_by(each.c.value, answer.c.score)
    none = case((select(literal(1)).select_from(each).exists(), SOME), else_=NOTHING)
    once = select(none, answer.c.score, func.count()).group_by(none, answer.c.score)
    found: defaultdict[str | None, dict[int, int]] = defaultdict(dict)
    for code, score, number in session.connection().execute(union_all(by_factor, once), values):
        found[code][score] = number
    return {code: Scores(by_score) for code, by_score in found.items()}
