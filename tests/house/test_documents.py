"""The documents say what is so: their commands, links and tables are checked against the code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from deskpulse.scaffolding import support
from deskpulse.settings import PREFIX, SCHEMA
from fixtures.repository import HOUSE, files, name

LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
MACHINE_PATH = re.compile(r"(?<![\w.<`/])/(?:work|opt|root|home|tmp|mnt|Users)/[\w.]+")
REGISTRY = re.compile(r"pypi|files\.pythonhosted|artifactory|nexus", re.IGNORECASE)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def command(which: str) -> str:
    """The command in README's block of that mark."""
    found = re.findall(rf"<!-- command: {which} -->\n```sh\n(.+)\n```\n", text(HOUSE / "README.md"))
    assert len(found) == 1, f"README.md needs one block of one line marked 'command: {which}'"
    return str(found[0])


def anchors(path: Path) -> set[str]:
    """The headings of a document, as a forge links to them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_says_how_to_see_it_and_how_to_test_it() -> None:
    assert command("demo") == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/deskpulse demo"
    assert command("test") == "python3 -m venv .venv-tox && .venv-tox/bin/pip install tox && .venv-tox/bin/tox"


def test_ci_runs_the_command_of_the_readme() -> None:
    script = text(HOUSE / ".ci" / "run")
    extraction = re.search(r"^command=\$\((sed .+)\)$", script, re.MULTILINE)
    assert extraction
    found = subprocess.run(["bash", "-c", extraction[1]], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == command("test")
    assert 'bash -c "$command"' in script
    assert not re.search(r"^\s*(?:\S*/)?(?:tox|pytest)\b", script, re.MULTILINE), "CI runs something else besides"


def test_make_does_the_same() -> None:
    makefile = text(HOUSE / "Makefile")
    for which in ("demo", "test"):
        for part in command(which).split(" && "):
            assert part in makefile


def test_support_matrix_is_made_from_the_plugins() -> None:
    page = HOUSE / "plugins" / "README.md"
    fresh = support.renewed(text(page), support.bundled())
    assert text(page) == fresh, "run: python -m deskpulse.scaffolding.support plugins/README.md"


def test_settings_are_all_explained() -> None:
    table = text(HOUSE / "README.md").partition("<!-- settings -->")[2].partition("\n\n")[0]
    rows = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (.+) \|$", table, re.MULTILINE))
    wanted = {key.upper(): value["description"] for key, value in SCHEMA["properties"].items()}
    assert rows == wanted


@pytest.mark.parametrize("document", files(".md"), ids=name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", text(document))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        other = (document.parent / path).resolve() if path else document
        if not other.exists() or (anchor and anchor not in anchors(other)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("document", files(".md"), ids=name)
def test_documents_name_no_machine(document: Path) -> None:
    assert MACHINE_PATH.findall(text(document)) == []
    assert REGISTRY.findall(text(document)) == []


@pytest.mark.parametrize("document", files(".md"), ids=name)
def test_documents_have_one_title(document: Path) -> None:
    titles = re.findall(r"^# .+$", FENCE.sub("", text(document)), re.MULTILINE)
    assert len(titles) == 1
    assert text(document).startswith("# ")


def test_decisions_are_numbered_and_complete() -> None:
    decisions = sorted((HOUSE / "core" / "decisions").glob("*.md"))
    assert [path.name[:5] for path in decisions] == [f"{number:04}-" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        for heading in ("## Context", "## Options", "## Choice", "## Consequences"):
            assert heading in text(path), f"{name(path)} has no {heading}"
