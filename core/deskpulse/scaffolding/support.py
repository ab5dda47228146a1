"""Renders what each helpdesk can do, from the capability tables of the plug-ins, so that no page can say anything else.

``python -m deskpulse.scaffolding.support plugins/README.md`` renews the part of that page between its two marks, and
prints it without a page; a test fails where the page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from deskpulse.capabilities import MEANINGS, Capability, Support
from deskpulse.errors import ConfigurationError
from deskpulse.hub import GROUP, Hub
from deskpulse.kinds import Kind

BEGIN, END = "<!-- support -->\n", "<!-- /support -->\n"
SIGNS = {
    Support.FULL: "✓",
    Support.SOME_VERSIONS: "in some versions",
    Support.NOT_YET: "not yet",
    Support.CANT: "-",
    Support.UNKNOWN: "?",
}
LEGEND = "✓ full; - the helpdesk cannot; *not yet*: it could, the plug-in does not; ¹ a note below says more."


def bundled() -> Sequence[Kind]:
    """The helpdesks that come with DeskPulse, by name."""
    ours = [point for point in entry_points(group=GROUP) if point.dist is not None and point.dist.name == "deskpulse"]
    return Hub.load(found=ours).kinds()


def document(kinds: Sequence[Kind]) -> str:
    """The matrix, then what the helpdesks have to say about it. Each has its own page in a folder of its name."""
    lines = [
        _row("ability", "what it means", *(f"[{kind.label}]({kind.name}/README.md)" for kind in kinds)),
        _row(*["---"] * (len(kinds) + 2)),
        *(_row(one, MEANINGS[one], *(_cell(kind, one) for kind in kinds)) for one in Capability),
        "",
        LEGEND,
    ]
    for kind in kinds:
        lines += ["", f"**{kind.label}**", *_notes(kind)]
    return "\n".join(lines) + "\n"


def renewed(page: str, kinds: Sequence[Kind]) -> str:
    """The page with its marked part made anew. Raises ConfigurationError where it has no such part."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ConfigurationError(f"The page has no part between {BEGIN.strip()} and {END.strip()}.")
    return f"{before}{BEGIN}\n{document(kinds)}\n{END}{after}"


def _cell(kind: Kind, capability: Capability) -> str:
    return SIGNS[kind.support(capability)] + ("¹" if kind.capability_notes.get(capability) else "")


def _notes(kind: Kind) -> Iterator[str]:
    for capability in Capability:
        if note := kind.capability_notes.get(capability):
            yield f"- *{capability}* ({kind.support(capability)}): {note}"
    if not kind.capability_notes:
        yield "- Everything, without reservation."


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.write_text(renewed(target.read_text(encoding="utf-8"), bundled()), encoding="utf-8")
    else:
        sys.stdout.write(document(bundled()))
