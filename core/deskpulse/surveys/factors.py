"""Experience factors: what a customer may tick as having shaped the score.

One list for everyone; its meaning follows the band. From promoters a ticked factor is praise, from all others it is
what let them down. Codes are stored and stay for ever; wordings may be improved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from deskpulse.scoring.bands import Band, band_of


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor with its three wordings; ``neutral`` is for lists, and for browsers that cannot switch."""

    code: str
    praise: str
    blame: str
    neutral: str


FACTORS: tuple[Factor, ...] = (
    Factor("reply", "Quick first reply", "Slow to reply at first", "Time to the first reply"),
    Factor("speed", "Solved quickly", "Took too long to solve", "Time to the solution"),
    Factor("result", "Properly solved", "Not really solved", "The solution itself"),
    Factor("skill", "Knew what they were doing", "Did not seem to know how", "Knowledge and skill"),
    Factor("understanding", "Understood what I needed", "Did not understand what I needed", "Understanding my need"),
    Factor("updates", "Kept me informed", "Did not keep me informed", "Keeping me informed"),
    Factor("clarity", "Explained it clearly", "Explanations were hard to follow", "Clear explanations"),
    Factor("courtesy", "Friendly and respectful", "Not friendly or respectful", "Friendliness and respect"),
    Factor("ownership", "One person saw it through", "I was passed around", "One person seeing it through"),
    Factor("ease", "Getting help was easy", "Getting help was hard", "How easy it was to get help"),
)
BY_CODE = {factor.code: factor for factor in FACTORS}


def shuffled(seed: str) -> list[Factor]:
    """All factors in an order that is random from link to link, and the same each time for one link."""
    return sorted(FACTORS, key=lambda factor: hashlib.sha256(f"{seed}:{factor.code}".encode()).digest())


def known(codes: Iterable[str]) -> list[str]:
    """Those of the codes that exist, each once, in the order of the list."""
    given = set(codes)
    return [factor.code for factor in FACTORS if factor.code in given]


def labels(codes: Iterable[str], score: int) -> tuple[str, ...]:
    """How ticked factors read beside this score. A code that no longer exists is shown as it is."""
    praised = band_of(score) is Band.PROMOTER
    found = ((code, BY_CODE.get(code)) for code in codes)
    return tuple((factor.praise if praised else factor.blame) if factor else code for code, factor in found)
