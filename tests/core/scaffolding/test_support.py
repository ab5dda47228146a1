"""The support matrix says what the plug-ins declare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deskpulse.capabilities import MEANINGS, Capability, Support
from deskpulse.errors import ConfigurationError
from deskpulse.scaffolding import support
from deskpulse.testing.fake_helpdesk.kind import KIND

MODEST = replace(
    KIND,
    name="modest",
    label="Modest",
    capabilities=dict.fromkeys(Capability, Support.FULL)
    | {Capability.RECONCILE: Support.NOT_YET, Capability.PANEL: Support.SOME_VERSIONS},
    capability_notes={Capability.RECONCILE: "Nobody has written it."},
)


def test_every_ability_has_a_line_with_every_helpdesk() -> None:
    lines = support.document([KIND, MODEST]).splitlines()
    assert lines[0] == "| ability | what it means | [Fake helpdesk](fake/README.md) | [Modest](modest/README.md) |"
    assert f"| oauth | {MEANINGS[Capability.OAUTH]} | -¹ | ✓ |" in lines
    assert f"| reconcile | {MEANINGS[Capability.RECONCILE]} | ✓ | not yet¹ |" in lines
    assert f"| panel | {MEANINGS[Capability.PANEL]} | ✓ | in some versions |" in lines
    assert sum(line.startswith("| ") for line in lines) == len(Capability) + 2


def test_notes_follow_by_helpdesk() -> None:
    said = support.document([KIND, MODEST])
    assert "**Fake helpdesk**\n- *oauth* (can't): The vendor knows API tokens only.\n" in said
    assert said.endswith("**Modest**\n- *reconcile* (not yet): Nobody has written it.\n")
    assert "without reservation" in support.document([replace(KIND, capability_notes={})])


def test_only_the_marked_part_of_a_page_is_renewed() -> None:
    page = f"# Before\n\n{support.BEGIN}stale\n{support.END}\nAfter\n"
    fresh = support.renewed(page, [KIND])
    assert fresh.startswith("# Before\n\n")
    assert fresh.endswith(f"{support.END}\nAfter\n")
    assert "stale" not in fresh
    assert support.renewed(fresh, [KIND]) == fresh
    with pytest.raises(ConfigurationError, match="no part between"):
        support.renewed("# Nothing marked\n", [KIND])


def test_bundled_helpdesks_are_those_of_this_distribution() -> None:
    assert support.bundled()
    assert KIND.name not in {kind.name for kind in support.bundled()}
