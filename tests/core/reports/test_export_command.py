"""``deskpulse export`` as people type it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from deskpulse.cli.export import export
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from fixtures.answers import Answers


def run(desk: Desk, *words: object) -> str:
    result = CliRunner().invoke(export, [str(word) for word in words], obj=desk)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_file_of_what_was_asked_for(desk: Desk, answer: Answers, tmp_path: Path) -> None:
    answer(9, priority="high")
    answer(3)
    answer(4, current=False, status="review")
    file = tmp_path / "answers.csv"
    assert "1 answers of 31 January to 2 March 2026" in run(desk, file, "priority=high")
    lines = file.read_text("utf-8-sig").splitlines()
    assert [len(lines), lines[0].partition(",")[0]] == [2, "response"]
    assert "3 answers" in run(desk, tmp_path / "answers.jsonl", "--all")
    assert (tmp_path / "answers.jsonl").read_text("utf-8").count("\n") == 3
    assert run(desk, "-", "--format", "jsonl", "max=3").startswith('{"response":2,')


def test_a_file_has_its_name_only_when_it_is_whole(desk: Desk, answer: Answers, tmp_path: Path) -> None:
    answer(9)
    file = tmp_path / "answers.csv"
    file.write_text("the one from yesterday")
    with desk.db.write() as session:
        session.execute(text("UPDATE response SET factors = 'broken'"))
    with pytest.raises(ValueError, match="unexpected character"):
        run(desk, file)
    assert file.read_text() == "the one from yesterday"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rgid=NOPE"], "no support group"), (["nonsense"], "NAME=VALUE"), (["month=x"], "month"),
        (["agent=robin"], "agent: answers cannot be chosen by this"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(desk: Desk, answer: Answers, tmp_path: Path, words: list[str], said: str) -> None:
    answer(9)
    with pytest.raises(ConfigurationError, match=said):
        run(desk, tmp_path / "x.csv", *words)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        run(desk, tmp_path / "missing" / "x.csv")
    assert list(tmp_path.glob("x*")) == []


def test_the_columns_are_explained(desk: Desk) -> None:
    said = run(desk, "--columns")
    assert "answered_at" in said
    assert "field:<name>" in said
