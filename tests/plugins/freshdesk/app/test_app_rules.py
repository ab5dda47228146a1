"""Freshworks' rules for an app, one broken at a time."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from typing import Any

import pytest

from deskpulse_freshdesk.app.rules import LOCATIONS, check

Json = dict[str, Any]
Change = Callable[[Json], object]
SIDEBAR = {"url": "index.html", "icon": "styles/images/icon.svg"}
MANIFEST: Json = {
    "platform-version": "3.0",
    "modules": {
        "common": {"requests": {"getPanel": {}}},
        "support_ticket": {"location": {"ticket_sidebar": SIDEBAR}},
    },
    "engines": {"node": "18.20.8", "fdk": "9.7.4"},
}
REQUESTS: Json = {
    "getPanel": {
        "schema": {
            "protocol": "https",
            "method": "GET",
            "host": "<%= iparam.server_host %>",
            "path": "/panel/<%= context.ticket %>",
            "headers": {"Authorization": "Bearer <%= iparam.app_token %>"},
        }
    }
}
IPARAMS: Json = {
    "server_host": {"display_name": "Host", "type": "text", "required": True},
    "app_token": {"display_name": "Token", "type": "text", "required": True, "secure": True},
}
PAGE = '<!doctype html><script async src="{{{appclient}}}"></script><script src="scripts/app.js"></script>'


def package(
    manifest: object = MANIFEST, requests: object = REQUESTS, iparams: object = IPARAMS, **more: object
) -> bytes:
    """A package; further files by name with ``__`` for a slash and ``_dot_`` for a full stop; None leaves one out."""
    contents: dict[str, object] = {
        "manifest.json": manifest,
        "config/requests.json": requests,
        "config/iparams.json": iparams,
        "app/index.html": PAGE,
        "app/scripts/app.js": "",
        "app/styles/images/icon.svg": "<svg/>",
    }
    contents |= {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(name, content if isinstance(content, str) else json.dumps(content))
    return buffer.getvalue()


def changed(document: Json, change: Change) -> Json:
    copy = deepcopy(document)
    change(copy)
    return copy


def refused(content: bytes, words: str) -> None:
    found = check(content)
    assert any(words in problem for problem in found), found


def test_a_sound_package_is_accepted() -> None:
    assert check(package()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip", "not a zip file"),
        (package(manifest=None), "manifest.json is missing"),
        (package(manifest="{"), "not proper JSON"),
        (package(manifest=[]), "no JSON object"),
        (package(requests="{"), "config/requests.json is not proper JSON"),
    ],
)
def test_what_cannot_be_read(content: bytes, words: str) -> None:
    refused(content, words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update({"platform-version": "2.3"}), "must be 3.0"),
        (lambda m: m.update(name="DeskPulse"), "must NOT have additional properties 'name'"),
        (lambda m: m.update(product={"freshdesk": {}}), "additional properties 'product'"),
        (lambda m: m.update({"whitelisted-domains": ["https://x.example"]}), "properties 'whitelisted-domains'"),
        (lambda m: m.pop("engines"), "engines must name a version of node"),
        (lambda m: m["engines"].pop("fdk"), "engines must name a version of fdk"),
        (lambda m: m["modules"].pop("support_ticket"), "a product's module besides common"),
        (lambda m: m.pop("modules"), "a product's module besides common"),
        (lambda m: m["modules"].update(support_moon={}), "Unknown module: support_moon"),
        (
            lambda m: m["modules"]["common"].update(location={"ticket_sidebar": SIDEBAR}),
            "Invalid location(s) in common",
        ),
        (
            lambda m: m["modules"]["support_ticket"]["location"].update(moon=SIDEBAR),
            "Invalid location(s) in support_ticket",
        ),
        (lambda m: m["modules"]["support_ticket"].update(events={}), "support_ticket.events is empty"),
        (lambda m: m["modules"]["support_ticket"].update(functions={}), "support_ticket.functions is empty"),
        (lambda m: m["modules"]["common"].update(requests={}), "common.requests is empty"),
        (lambda m: m["modules"]["support_ticket"].update(events={"onTicketUpdate": {}}), "server/server.js is missing"),
        (lambda m: m["modules"]["common"].update(requests={"other": {}}), "not in config/requests.json"),
        (lambda m: m["modules"]["common"].pop("requests"), "not declared in modules.common.requests"),
        (lambda m: m["modules"]["support_ticket"].update(location={"ticket_sidebar": {"url": "x.html"}}), "The url of"),
        (
            lambda m: m["modules"]["support_ticket"].update(location={"ticket_sidebar": {"url": "index.html"}}),
            "The icon of",
        ),
    ],
)
def test_the_manifest(change: Change, words: str) -> None:
    refused(package(manifest=changed(MANIFEST, change)), words)


def schema(change: Change) -> bytes:
    return package(requests=changed(REQUESTS, lambda found: change(found["getPanel"]["schema"])))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("host"), "the schema has no host"),
        (lambda s: s.pop("method"), "None is no method"),
        (lambda s: s.update(method="FETCH"), "FETCH is no method"),
        (lambda s: s.update(protocol="http"), "the protocol must be https"),
        (lambda s: s.update(host="https://x.example"), "the host must be a bare name"),
        (lambda s: s.update(host="x.example/path"), "the host must be a bare name"),
        (lambda s: s.update(host="x.example:8443"), "the host must be a bare name"),
        (lambda s: s.update(host="x%2eexample"), "the host must be a bare name"),
        (lambda s: s.update(host="<%= context.host %>"), "may not come from the app's front end"),
        (lambda s: s.update(path="panel"), "the path must begin with /"),
        (
            lambda s: s.update(path="/panel?key=<%= iparam.app_token %>"),
            "secure, and may stand in headers only, not in path",
        ),
        (lambda s: s.update(query={"key": "<%= iparam.app_token %>"}), "headers only, not in query"),
        (lambda s: s.update(host="<%= iparam.app_token %>"), "headers only, not in host"),
        (lambda s: s.update(query={"key": "<%= iparam.moon %>"}), "iparam.moon is not defined"),
        (lambda s: s.update(headers={"A": "<%= encode(iparam.moon + ':X') %>"}), "iparam.moon is not defined"),
    ],
)
def test_request_templates(change: Change, words: str) -> None:
    refused(schema(change), words)


def test_names_and_numbers_of_templates() -> None:
    odd = {"get panel!": REQUESTS["getPanel"]}
    refused(package(manifest=declaring(odd), requests=odd), "letters, digits, _ and - only")
    many = {f"t{number}": REQUESTS["getPanel"] for number in range(101)}
    refused(package(manifest=declaring(many), requests=many), "100 request templates at most")
    assert check(package(manifest=declaring({"t-1_a": 0}), requests={"t-1_a": REQUESTS["getPanel"]})) == []


def declaring(templates: Json) -> Json:
    return changed(MANIFEST, lambda m: m["modules"]["common"].update(requests={name: {} for name in templates}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (package(config__iparams_dot_html="<html>"), "either config/iparams.json or config/iparams.html"),
        (package(iparams=IPARAMS | {"two words": IPARAMS["server_host"]}), "needs a plain name"),
        (package(iparams=IPARAMS | {"server_host": {"type": "text"}}), "a display_name"),
        (package(iparams=IPARAMS | {"server_host": {"display_name": "Host"}}), "needs a type"),
        (package(app__index_dot_html="<!doctype html>"), "does not load the client"),
        (package(app__scripts__app_dot_js=None), "loads a script that is not there: scripts/app.js"),
    ],
)
def test_parameters_and_pages(content: bytes, words: str) -> None:
    refused(content, words)


@pytest.mark.parametrize("module", LOCATIONS)
def test_every_place_of_a_module_is_known(module: str) -> None:
    found = deepcopy(MANIFEST)
    found["modules"].setdefault(module, {})["location"] = dict.fromkeys(LOCATIONS[module], SIDEBAR)
    assert check(package(manifest=found)) == []


@pytest.mark.parametrize(
    "odd", [None, 1, "x", [], {"a": 1}, {"a": {"location": 1}}, {"common": [], "support_ticket": 1}]
)
def test_odd_manifests_are_refused_and_never_an_error(odd: object) -> None:
    assert check(package(manifest=MANIFEST | {"modules": odd}))
    assert check(package(requests={"getPanel": odd}))
    assert check(package(iparams={"app_token": odd}))
