"""The app's backend on Node.js, unbuilt, with small stand-ins: the signature by WebCrypto, and what it answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deskpulse_jira_sm.app import package

FILES = package.contents_for("https://nps.example.com/base/panel/k1", "nps.example.com")
STAND_INS = {
    "@forge/resolver": """
        export default class { d = {}; define(k, f) { this.d[k] = f; } getDefinitions() { return this.d; } }
    """,
    "@forge/api": """
        const log = globalThis.asked = [];
        const given = (answer) => ({ ok: answer.status < 400, status: answer.status, json: async () => answer.body });
        const next = (kind, what) => { log.push([kind, what]); const a = globalThis.answers[kind];
          if (a === "broken") throw new Error("broken"); return given(a); };
        const joined = (values) => (left, text, i) => left + encodeURIComponent(values[i - 1]) + text;
        export const route = (strings, ...values) => strings.reduce(joined(values));
        export default { fetch: async (url, options) => next("panel", { url, ...options }),
          asApp: () => ({ requestJira: async (path) => next("jira", path) }) };
    """,
}
RUN = """
globalThis.answers = %s;
%s
const { feedback, status } = await import("./src/resolver.js");
const context = { extension: { issue: { id: %s, key: "SD-1" } } };
const [answer, lozenge] = [await feedback({ context }), await status({ context }).catch((e) => String(e))];
console.log(JSON.stringify({ answer, lozenge, asked: globalThis.asked }));
"""
REPORTER = {"status": 200, "body": {"fields": {"reporter": {"accountId": "qm:a:b"}}}}
PANEL = {"status": 200, "body": {"last": None}}

Ran = Callable[..., Any]


@pytest.fixture
def ran(node: list[str], tmp_path: Path) -> Ran:
    """``ran(jira=..., panel=..., issue=..., key=...)``: the backend's answers, and what it asked for."""
    return partial(run, node, tmp_path)


def run(
    node: list[str],
    folder: Path,
    *,
    jira: Any = REPORTER,
    panel: Any = PANEL,
    issue: str = '"10021"',
    key: str = "key-1",
) -> Any:
    files = {name: content.decode() for name, content in FILES.items()}
    files["package.json"] = '{"type": "module"}'
    for name, text in STAND_INS.items():
        files[f"node_modules/{name}/index.js"] = text
        files[f"node_modules/{name}/package.json"] = '{"type": "module", "exports": "./index.js"}'
    variable = f'process.env.DESKPULSE_PANEL_KEY = "{key}";' if key else ""
    files["run.js"] = RUN % (json.dumps({"jira": jira, "panel": panel}), variable, issue)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run([*node, "run.js"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_panel_is_asked_once_signed_over_path_and_query(ran: Ran) -> None:
    found = ran()
    (first, second, *_) = found["asked"]
    assert first == ["jira", "/rest/api/3/issue/10021?fields=reporter"]
    assert second[1]["url"] == "https://nps.example.com/base/panel/k1?ticket=10021&customer=qm%3Aa%3Ab"
    assert second[1]["headers"]["X-DeskPulse-Signature"].startswith("v1=")
    assert "key-1" not in json.dumps(found["asked"])
    assert found["answer"] == {"panel": {"last": None}}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"panel": {"status": 401, "body": {}}}, "refused"),
        ({"panel": {"status": 404, "body": {}}}, "missing"),
        ({"panel": {"status": 503, "body": {}}}, "unreachable"),
        ({"panel": {"status": 200, "body": []}}, "unreachable"),
        ({"panel": "broken"}, "unreachable"),
        ({"key": ""}, "key"),
        ({"issue": '"../x"'}, "unreachable"),
        ({"issue": "null"}, "unreachable"),
    ],
)
def test_whatever_goes_wrong_is_told_by_its_kind(ran: Ran, options: Any, error: str) -> None:
    assert ran(**options)["answer"] == {"error": error}


def test_an_issue_whose_reporter_is_not_told_is_asked_about_all_the_same(ran: Ran) -> None:
    found = ran(jira={"status": 404, "body": {}})
    assert found["asked"][1][1]["url"].endswith("?ticket=10021")


@pytest.mark.parametrize(
    ("value", "label", "kind"),
    [
        ({"score": 9, "category": "promoter"}, "NPS 9", "success"),
        ({"score": 0, "category": "detractor"}, "NPS 0", "removed"),
        ({"score": "9", "category": "promoter"}, "NPS", "default"),
        ({"score": 9, "category": "x"}, "NPS", "default"),
        (None, "NPS", "default"),
    ],
)
def test_the_lozenge_takes_what_the_property_holds_and_nothing_else(
    ran: Ran, value: Any, label: str, kind: str
) -> None:
    lozenge = ran(jira={"status": 200, "body": {"value": value}})["lozenge"]
    assert lozenge["status"]["value"] == {"label": label, "type": kind}
