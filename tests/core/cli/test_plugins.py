"""``deskpulse plugins``: where each plug-in comes from, which are blocked and why, and how a new one begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from deskpulse.cli.plugins import plugins
from deskpulse.errors import ConfigurationError

Run = Callable[..., str]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Install a distribution of somebody else's, with one plug-in."""

    def install(name: str, module: str) -> None:
        about = tmp_path / f"deskpulse_{name}-2.1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: deskpulse-{name}\nVersion: 2.1\n")
        (about / "entry_points.txt").write_text(f"[deskpulse]\n{name} = {module}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    return install


def test_plugins_are_listed_with_their_origin(run: Run, installed: Callable[[str, str], None]) -> None:
    installed("fake", "deskpulse.testing.fake_helpdesk.plugin")
    lines = run(plugins, "list").splitlines()
    place = lines.index("fake  deskpulse.testing.fake_helpdesk.plugin  by deskpulse-fake 2.1")
    assert lines[place + 1] == "  helpdesk fake: Fake helpdesk"
    assert any(line.endswith(f"bundled with deskpulse {version('deskpulse')}") for line in lines)
    full = run(plugins, "list", "--capabilities")
    assert "    oauth: can't. The vendor knows API tokens only.\n" in full


def test_a_blocked_plugin_is_listed_with_reason_and_origin(run: Run, installed: Callable[[str, str], None]) -> None:
    installed("kettle", "deskpulse_kettle.plugin")
    said = run(plugins, "list")
    assert (
        "kettle  blocked: ModuleNotFoundError: No module named 'deskpulse_kettle'\n  by deskpulse-kettle 2.1\n" in said
    )


def test_command_writes_it_and_says_what_next(run: Run, tmp_path: Path) -> None:
    said = run(plugins, "new", "acme", "--label", "Acme Desk", "--into", str(tmp_path / "new" / "folder"))
    folder = tmp_path / "new" / "folder" / "deskpulse-acme"
    assert said.splitlines()[0] == f"Wrote {folder}."
    assert 'label="Acme Desk"' in (folder / "deskpulse_acme" / "kind.py").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Acme"], "'Acme' will not do as a name"),
        (["help-scout"], "lower-case letters, digits or underscores"),
        (["x"], "will not do"),
        (["a" * 21], "2 to 20"),
        (["1st"], "beginning with a letter"),
        (["../up"], "will not do"),
        (["web"], "a package deskpulse_web is installed"),
        (["acme", "--label", 'A "desk"'], "will not do as a label"),
        (["acme", "--label", ""], "will not do as a label"),
        (["acme", "--label", "L" * 25], "at most 24"),
    ],
)
def test_names_that_will_not_do_write_nothing(run: Run, tmp_path: Path, words: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        run(plugins, "new", *words, "--into", str(tmp_path / "into"))
    assert list(tmp_path.rglob("deskpulse-*")) == []


def test_nothing_is_written_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "deskpulse-acme").mkdir()
    (tmp_path / "deskpulse-acme" / "mine").write_text("kept")
    with pytest.raises(ConfigurationError, match="exists already; nothing was written"):
        run(plugins, "new", "acme", "--into", str(tmp_path))
    assert [path.name for path in (tmp_path / "deskpulse-acme").iterdir()] == ["mine"]
