"""The conformance suite is worth nothing unless it fails: every broken copy must be caught by the test meant for it."""

from __future__ import annotations

from pathlib import Path

import pytest

BROKEN = Path(__file__).with_name("broken.py")
OPTIONS = ["-q", "--tb=line", "--noconftest", "-p", "no:cacheprovider", "-o", "python_classes=Broken?*"]
SAME = {"Failed": "AssertionError"}
"""What ``pytest.raises`` ends in when nothing is raised is a verdict of the suite too."""


class Notebook:
    """Runs of each broken copy only the test that is meant to catch it, and notes how that ended."""

    def __init__(self) -> None:
        self.copies: set[str] = set()
        self.wanted: dict[str, str] = {}
        self.ended: dict[str, str] = {}

    def pytest_pycollect_makeitem(self, collector: pytest.Item, name: str) -> list[pytest.Item] | None:
        """Pass over the tests that a copy is not meant to fail: there are thousands."""
        meant = getattr(getattr(collector, "obj", None), "caught_by", "").partition("[")[0]
        return [] if meant and name.startswith("test_") and name != meant else None

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        classes = {item.parent.obj for item in items if isinstance(item.parent, pytest.Class)}
        self.copies = {cls.__name__ for cls in classes}
        self.wanted = {f"{cls.__name__}::{cls.caught_by}": f"call: {cls.ends_in}" for cls in classes}
        items[:] = [item for item in items if self._name(item.nodeid) in self.wanted]

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when == "call" or call.excinfo is not None:
            ended = call.excinfo.typename if call.excinfo else "passed"
            self.ended[self._name(item.nodeid)] = f"{call.when}: {SAME.get(ended, ended)}"

    def _name(self, node_id: str) -> str:
        return node_id.partition("::")[2]


def test_every_broken_copy_is_caught() -> None:
    notebook = Notebook()
    pytest.main([*OPTIONS, str(BROKEN)], plugins=[notebook])
    assert len(notebook.copies) >= 70
    assert notebook.ended == notebook.wanted
