"""Our own rules for the Forge app: the package passes, broken copies do not, each with a sentence that says why."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import yaml

from deskpulse_jira_sm.app import package
from deskpulse_jira_sm.app.rules import check

Manifest = dict[str, Any]
FILES = package.contents_for("https://nps.example.com/panel/k1", "nps.example.com")


@pytest.fixture
def manifest() -> Manifest:
    return deepcopy(package.manifest_for("nps.example.com"))


def context(manifest: Manifest) -> Manifest:
    found: Manifest = manifest["modules"]["jira:issueContext"][0]
    return found


def test_what_is_shipped_keeps_all_rules(manifest: Manifest) -> None:
    assert check(manifest, FILES) == []
    assert yaml.safe_load(FILES["manifest.yml"]) == manifest, "the YAML says what was checked"


BREAKS: dict[str, tuple[Callable[[Manifest], Any], str]] = {
    "misspelt module": (lambda m: m["modules"].update({"jira:issueContex": []}), "jira:issueContex is not known"),
    "deprecated module": (lambda m: m["modules"].update({"jira:issueGlance": []}), "not known"),
    "module that people must add": (lambda m: m["modules"].update({"jira:issuePanel": []}), "not known"),
    "no module": (lambda m: m["modules"].pop("jira:issueContext"), "jira:issueContext is missing"),
    "no title": (lambda m: context(m).pop("title"), "title is missing"),
    "no label": (lambda m: context(m).pop("label"), "label is missing"),
    "bad key": (lambda m: context(m).update(key="a b"), "is not allowed"),
    "unknown resolver": (lambda m: context(m).update(resolver={"function": "x"}), "there is no function x"),
    "unknown status": (lambda m: context(m).update(dynamicProperties={"function": "x"}), "there is no function x"),
    "unknown resource": (lambda m: context(m).update(resource="x"), "no resource x"),
    "missing file": (lambda m: m["resources"][0].update(path="src/x.js"), "no file of the package"),
    "missing handler": (lambda m: m["modules"]["function"][0].update(handler="x.handler"), "no source"),
    "odd lozenge": (lambda m: context(m)["status"]["value"].update(type="green"), "green"),
    "condition with a value": (
        lambda m: context(m).update(displayConditions={"entityPropertyExists": {"value": "1"}}),
        "takes no value",
    ),
    "scope too many": (lambda m: m["permissions"]["scopes"].append("write:jira-work"), "write:jira-work"),
    "egress with scheme": (
        lambda m: m["permissions"]["external"]["fetch"].update(backend=[{"address": "http://nps.example.com"}]),
        "is a host",
    ),
    "egress as text": (
        lambda m: m["permissions"]["external"]["fetch"].update(backend=["nps.example.com"]),
        "is a host",
    ),
    "no app id": (lambda m: m["app"].update(id="x"), "not the id"),
    "old runtime": (lambda m: m["app"]["runtime"].update(name="nodejs18.x"), "not a runtime"),
    "property without values": (lambda m: m["modules"]["jira:entityProperty"][0].pop("values"), "values is missing"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_copy_is_found(manifest: Manifest, name: str) -> None:
    spoil, said = BREAKS[name]
    spoil(manifest)
    assert any(said in problem for problem in check(manifest, FILES)), check(manifest, FILES)


@pytest.mark.parametrize("odd", [{}, {"modules": []}, {"modules": {"function": "x"}}, {"permissions": [], "app": 7}])
def test_nonsense_is_no_crash(odd: Manifest) -> None:
    assert check(odd, FILES)
