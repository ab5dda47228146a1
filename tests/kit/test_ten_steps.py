"""The ten steps of ``plugins/README.md`` work as they stand there, one after the other, in one shell."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from kit.document import apply, steps
from kit.environment import Environment

PROLOGUE = """set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
"""
EDITOR = """#!{python}
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from kit.document import apply
apply(Path(sys.argv[1]).read_text(), Path.cwd())
"""


def script(folder: Path) -> str:
    """All blocks as one script, in which an edit is a command too."""
    lines = [PROLOGUE]
    for step in steps():
        lines.append(f"echo '== step {step.number}'\n")
        for place, (language, text) in enumerate(step.blocks):
            if language == "diff":
                path = folder / f"{step.number}-{place}.diff"
                path.write_text(text)
                lines.append(f"edit '{path}'\n")
            else:
                assert language == "sh", f"step {step.number} has a block that nobody runs"
                lines.append(text)
    return "".join(lines)


def test_there_are_ten_steps_and_each_has_something_to_do() -> None:
    found = steps()
    assert [step.number for step in found] == list(range(1, 11))
    assert [step.title for step in found if not step.blocks] == []


def test_an_edit_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("PAGE = 50\n")
    edit = "--- a/module.py\n+++ b/module.py\n-PAGE = {}\n+PAGE = 30\n"
    with pytest.raises(AssertionError, match="holds 0 times"):
        apply(edit.format(20), tmp_path)
    apply(edit.format(50), tmp_path)
    assert (tmp_path / "module.py").read_text() == "PAGE = 30\n"


@pytest.mark.timeout(300)
def test_the_ten_steps_work(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv")
    editor = environment.bin / "edit"
    editor.write_text(EDITOR.format(python=environment.python, tests=str(Path(__file__).parents[1])))
    editor.chmod(0o755)
    place = tmp_path / "place"
    place.mkdir()
    said = run_in_a_shell(script(tmp_path), place, environment)
    parts = re.split(r"^== step \d+\n", said, flags=re.MULTILINE)
    assert len(parts) == 11, said
    assert "acme  deskpulse_acme.plugin  by deskpulse-acme 0.1.0" in parts[2]
    assert "category_field  optional" in parts[4]
    for number in (3, 8):
        assert re.search(r"^\d+ passed", parts[number], re.MULTILINE), parts[number]
    assert "Acme Desk is disconnected." in parts[9]
    assert [path.name for path in (place / "dist").iterdir()] == ["deskpulse_acme-0.1.0-py3-none-any.whl"]


def run_in_a_shell(text: str, place: Path, environment: Environment) -> str:
    """Run the script; what it starts and leaves behind ends with it."""
    process = subprocess.Popen(
        ["bash", "-c", text],
        cwd=place,
        env=environment.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=280)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, said
    return said
