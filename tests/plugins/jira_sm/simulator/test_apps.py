"""Forge apps without a browser: the manifest's checks, the sources, and the calls an app may make."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import requests

MANIFEST: dict[str, Any] = {
    "modules": {
        "jira:issueContext": [
            {
                "key": "nps",
                "title": "Customer NPS",
                "label": "Customer NPS",
                "resource": "panel",
                "render": "native",
                "resolver": {"function": "resolver"},
                "status": {"type": "lozenge", "value": {"label": "NPS", "type": "default"}},
                "dynamicProperties": {"function": "status"},
            }
        ],
        "function": [
            {"key": "resolver", "handler": "resolver.handler"},
            {"key": "status", "handler": "resolver.status"},
        ],
    },
    "resources": [{"key": "panel", "path": "src/index.js"}],
    "permissions": {
        "scopes": ["read:jira-work"],
        "external": {"fetch": {"backend": [{"address": "127.0.0.1"}, "*.example.com"]}},
    },
    "app": {
        "id": "ari:cloud:ecosystem::app/8db33809-1f32-48bb-8c52-5877dab48107",
        "runtime": {"name": "nodejs22.x"},
    },
}


def package(manifest: Any = None, **files: str) -> bytes:
    """A zip of an app's sources."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manifest.yml", json.dumps(MANIFEST | (manifest or {})))
        for name in ("index", "resolver"):
            archive.writestr(f"src/{name}.js", files.get(name, "export const handler = 1, status = 2;"))
    return made.getvalue()


def _panel(**changes: Any) -> Any:
    module = MANIFEST["modules"]["jira:issueContext"][0] | changes
    return {"modules": MANIFEST["modules"] | {"jira:issueContext": [module]}}


def test_a_sound_package_is_installed_and_its_sources_are_served(site: Any) -> None:
    site.sim.install_app(package(), {"KEY": "s3cret"})
    answer = requests.get(f"{site.base}/_sim/forge/files/src/resolver", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    page = requests.get(f"{site.base}/browse/{site.key('Still open')}", timeout=10).text
    assert "Customer NPS" in page
    assert "s3cret" not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"app": {"id": "x", "runtime": {"name": "nodejs22.x"}}}, "app.id"),
        ({"app": {**MANIFEST["app"], "runtime": {"name": "nodejs18.x"}}}, "runtime"),
        ({"modules": {"jira:isueContext": [{"key": "x"}]}}, "invalid module"),
        (_panel(title=None), "title is required"),
        (_panel(resource="none"), "no resource none"),
        (_panel(resolver={"function": "none"}), "no function none"),
        (_panel(status={"type": "lozenge", "value": {"label": "x", "type": "pink"}}), "lozenge"),
        (_panel(displayConditions={"entityPropertyExists": {"entity": "issue", "value": "1"}}), "takes no value"),
        ({"permissions": {"scopes": ["everything"]}}, "invalid scope"),
        ({"permissions": {"external": {"fetch": {"backend": ["http://nps.example.com"]}}}}, "https"),
        ({"resources": [{"key": "panel", "path": "src/none.js"}]}, "not in the package"),
    ],
)
def test_an_unsound_one_is_refused_in_words(site: Any, change: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        site.sim.install_app(package(change), {})


def test_what_is_no_package_is_refused(site: Any) -> None:
    for data in (b"no zip", package()[:-30]):
        with pytest.raises(ValueError, match="zip"):
            site.sim.install_app(data, {})


def _post(site: Any, path: str, body: Any, **headers: str) -> requests.Response:
    given = {"X-Requested-With": "XMLHttpRequest"} | headers
    return requests.post(f"{site.base}/_sim/forge/{path}", json=body, headers=given, timeout=10)


def test_egress_is_what_the_manifest_allows(site: Any, receiver: Any) -> None:
    site.sim.install_app(package(), {})
    url = receiver.url.replace("http://", "https://")
    answer = _post(site, "fetch", {"url": url, "headers": {"X-A": "b"}}).json()
    assert answer["status"] == 202
    assert receiver.wait(1)[0].headers["X-A"] == "b"
    assert _post(site, "fetch", {"url": "https://moon.example.org/"}).status_code == 403
    assert _post(site, "fetch", {"url": "http://nps.example.com/"}).status_code == 403
    assert _post(site, "fetch", {"url": url}, Origin="https://evil.example").status_code == 403


def test_the_app_asks_jira_within_its_scopes(site: Any) -> None:
    site.sim.install_app(package(), {})
    key = site.key("Still open")
    read = _post(site, "request-jira", {"path": f"/rest/api/3/issue/{key}?fields=reporter"}).json()
    assert json.loads(read["body"])["fields"]["reporter"]["displayName"] == "Ann Customer"
    people = _post(site, "request-jira", {"path": "/rest/api/3/myself"}).json()
    assert people["status"] == 401
    assert _post(site, "request-jira", {"path": "/_sim/tickets"}).status_code == 403


def test_display_conditions_decide_whether_the_panel_shows(site: Any) -> None:
    condition = {"entity": "issue", "propertyKey": "nps.summary", "objectName": "score"}
    site.sim.install_app(package(_panel(displayConditions={"entityPropertyExists": condition})), {})
    key = site.key("Still open")

    def shown() -> bool:
        return "Customer NPS" in requests.get(f"{site.base}/browse/{key}", timeout=10).text

    assert not shown()
    site.put(f"/issue/{key}/properties/nps.summary", {"score": 9}, 201)
    assert shown()
    equal = {"entityPropertyEqualTo": condition | {"value": "9"}}
    site.sim.install_app(package(_panel(displayConditions=equal)), {})
    assert shown(), "numbers are compared as text"
