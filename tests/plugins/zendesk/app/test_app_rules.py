"""Zendesk's rules for a package, one broken at a time."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from typing import Any

import pytest

from deskpulse_zendesk.app.rules import LOCATIONS, PARAMETER_TYPES, REQUIREMENTS, SCOPES, Severity, check

Json = dict[str, Any]
Change = Callable[[Json], object]

MANIFEST: Json = {
    "name": "Example",
    "author": {"name": "Example", "email": "dev@example.com", "url": "https://example.com"},
    "defaultLocale": "en",
    "private": True,
    "version": "1.0.0",
    "frameworkVersion": "2.0",
    "signedUrls": False,
    "location": {"support": {"ticket_sidebar": {"url": "assets/iframe.html", "flexible": True}}},
    "parameters": [
        {"name": "host", "type": "text", "required": True},
        {"name": "access_code", "type": "text", "secure": True, "required": True, "scopes": ["header"]},
    ],
    "domainWhitelist": ["nps.example.com"],
}
LABELS = {"host": {"label": "Host"}, "access_code": {"label": "Access"}}
ENGLISH: Json = {"app": {"name": "Example", "parameters": LABELS}}


def package(manifest: object = MANIFEST, english: object = ENGLISH, **others: object) -> bytes:
    """A package; further files by name with ``__`` for a slash and ``_dot_`` for a full stop."""
    contents: dict[str, object] = {
        "manifest.json": manifest,
        "translations/en.json": english,
        "assets/iframe.html": "<!doctype html>",
    }
    contents |= {name.replace("__", "/").replace("_dot_", "."): content for name, content in others.items()}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(name, content if isinstance(content, str) else json.dumps(content))
    return buffer.getvalue()


def changed(change: Change) -> Json:
    manifest = deepcopy(MANIFEST)
    change(manifest)
    return manifest


def errors(content: bytes) -> list[str]:
    return [finding.message for finding in check(content) if finding.severity is Severity.ERROR]


def warnings(content: bytes) -> list[str]:
    return [finding.message for finding in check(content) if finding.severity is Severity.WARNING]


def test_a_sound_package_has_no_findings() -> None:
    assert check(package()) == []


@pytest.mark.parametrize("name", ["author", "defaultLocale", "location", "frameworkVersion"])
def test_a_required_field_is_missed(name: str) -> None:
    assert errors(package(changed(lambda m: m.pop(name)))) == [f"Missing required field in manifest: {name}."]


@pytest.mark.parametrize("name", ["name", "version", "parameters", "domainWhitelist", "signedUrls"])
def test_other_fields_may_be_left_out(name: str) -> None:
    assert check(package(changed(lambda m: m.pop(name)))) == []


@pytest.mark.parametrize("version", ["1.0", "2", "2.1", "0.5"])
def test_only_framework_two_is_served(version: str) -> None:
    [error] = errors(package(changed(lambda m: m.update(frameworkVersion=version))))
    assert error == f"{version} is not a valid framework version. Available versions are: 2.0."


@pytest.mark.parametrize(("host", "place"), [(host, place) for host in LOCATIONS for place in sorted(LOCATIONS[host])])
def test_known_locations_are_accepted(host: str, place: str) -> None:
    assert errors(package(changed(lambda m: m.update(location={host: {place: "assets/iframe.html"}})))) == []


def test_an_unknown_location_is_refused() -> None:
    [error] = errors(package(changed(lambda m: m["location"]["support"].update(cellar="assets/iframe.html"))))
    assert error == "cellar is an invalid location in Support."


def test_an_unknown_host_is_refused() -> None:
    [error] = errors(package(changed(lambda m: m["location"].update(talk={"x": "assets/iframe.html"}))))
    assert error == "talk is an invalid host for apps."


@pytest.mark.parametrize(
    "url", ["http://example.com", "assets/missing.html", "iframe.html", "ftp://example.com", "x:y"]
)
@pytest.mark.parametrize("wrap", [lambda url: url, lambda url: {"url": url}])
def test_a_location_needs_https_or_an_asset(url: str, wrap: Callable[[str], object]) -> None:
    [error] = errors(package(changed(lambda m: m["location"]["support"].update(ticket_sidebar=wrap(url)))))
    assert error == f"{url} is either an invalid location URI, refers to a missing asset, or does not use HTTPS."


@pytest.mark.parametrize(
    "url",
    ["https://example.com/panel", "https://{{setting.host}}/panel", "{{setting.host}}", "http://localhost:4567/x"],
)
def test_a_location_may_be_elsewhere_over_https_or_built_from_a_setting(url: str) -> None:
    assert check(package(changed(lambda m: m["location"]["support"].update(ticket_sidebar={"url": url})))) == []


def test_a_location_without_url_is_refused_unless_it_is_not_loaded() -> None:
    change: Change = lambda m: m["location"]["support"].update(ticket_sidebar={"url": ""})  # noqa: E731
    assert errors(package(changed(change))) == ["ticket_sidebar location does not specify a URI."]
    later: Change = lambda m: m["location"]["support"].update(ticket_sidebar={"autoLoad": False})  # noqa: E731
    assert errors(package(changed(later))) == []


def test_flexible_is_a_boolean() -> None:
    [error] = errors(package(changed(lambda m: m["location"]["support"]["ticket_sidebar"].update(flexible="yes"))))
    assert error == "yes is an invalid type for the flexible location parameter."


def test_location_is_an_object() -> None:
    assert errors(package(changed(lambda m: m.update(location=["support"]))))


@pytest.mark.parametrize("kind", PARAMETER_TYPES)
def test_known_parameter_types_are_accepted(kind: str) -> None:
    assert errors(package(changed(lambda m: m.update(parameters=[{"name": "host", "type": kind}])))) == []


@pytest.mark.parametrize("kind", ["password", "dropdown"])
def test_unknown_parameter_types_are_refused(kind: str) -> None:
    [error] = errors(package(changed(lambda m: m["parameters"][0].update(type=kind))))
    assert error == f"{kind} is an invalid parameter type."


PARAMETER_ERRORS: list[tuple[list[Json], str]] = [
    ([{"name": "name"}], "Can't call a parameter 'name'."),
    ([{"name": "host", "type": "hidden", "required": True}], "host is set to hidden and cannot be required."),
    ([{"name": "host"}, {"name": "host"}], "Duplicate app parameters defined: host."),
    ([{"name": "host", "required": "yes"}], 'parameters[name="host"].required must be a boolean value, got "yes".'),
    (
        [{"name": "host", "type": "oauth", "secure": True, "scopes": ["body"]}],
        "oauth parameter cannot be set to be secure.",
    ),
    (
        [{"name": "a", "type": "oauth"}, {"name": "b", "type": "oauth"}],
        "Too many parameters with type 'oauth': one permitted.",
    ),
    (
        [{"name": "host", "scopes": ["header"]}],
        'parameters[name="host"].scopes cannot be defined in a non-secure parameter.',
    ),
    (
        [{"name": "host", "secure": True, "scopes": ["header", "cookie"]}],
        'parameters[name="host"].scopes contains invalid values: cookie.',
    ),
    ([{"name": "host", "secure": True, "scopes": []}], 'parameters[name="host"].scopes cannot be empty.'),
    (
        [{"name": "host", "secure": True, "scopes": "header"}],
        'The manifest field parameters[name="host"].scopes needs to be an array.',
    ),
]


@pytest.mark.parametrize(("parameters", "message"), PARAMETER_ERRORS)
def test_parameter_errors(parameters: list[Json], message: str) -> None:
    assert errors(package(changed(lambda m: m.update(parameters=parameters)))) == [message]


@pytest.mark.parametrize("parameters", [{"host": {}}, "host", ["host"]])
def test_parameters_are_an_array(parameters: object) -> None:
    assert errors(package(changed(lambda m: m.update(parameters=parameters)))) == ["App parameters must be an array."]


@pytest.mark.parametrize("scope", SCOPES)
def test_known_scopes_are_accepted(scope: str) -> None:
    assert errors(package(changed(lambda m: m["parameters"][1].update(scopes=[scope])))) == []


@pytest.mark.parametrize("name", ["api_token", "licenceKey", "pwd", "Password"])
def test_a_plain_parameter_that_sounds_secret_is_warned_of(name: str) -> None:
    content = package(changed(lambda m: m.update(parameters=[{"name": name, "type": "text"}])))
    assert errors(content) == []
    assert f"Make sure to set secure to true when using keys in Settings: {name}." in warnings(content)


def test_a_secure_parameter_without_scopes_is_warned_of() -> None:
    content = package(changed(lambda m: m["parameters"][1].pop("scopes")))
    assert errors(content) == []
    assert warnings(content) == ['The scopes property is not configured: parameters[name="access_code"].scopes.']


@pytest.mark.parametrize("parameter", [{"type": "hidden"}, {"secure": True, "scopes": ["header"]}])
def test_a_default_for_something_hidden_is_warned_of(parameter: Json) -> None:
    content = package(changed(lambda m: m.update(parameters=[parameter | {"name": "host", "default": "x"}])))
    assert warnings(content) == ["Default values for secure or hidden parameters are not stored securely: host."]


@pytest.mark.parametrize("path", ["assets__x_dot_js", "assets__x_dot_html"])
def test_plain_http_in_a_page_or_script_is_warned_of(path: str) -> None:
    content = package(**{path: "fetch('http://example.com/a')"})
    name = path.replace("__", "/").replace("_dot_", ".")
    assert warnings(content) == [f"Possible insecure HTTP request to http://example.com/a in {name}."]
    assert check(package(assets__x_dot_css="/* http://example.com */", **{path: "fetch('https://example.com')"})) == []


@pytest.mark.parametrize(
    "text",
    [
        "const password = read();",
        "api_key",
        "client_secret",
        "token: 'abcd1234'",
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIAABCDEFGHIJKLMNOP",
        "xoxb-1234",
    ],
)
def test_a_secret_in_a_file_is_warned_of(text: str) -> None:
    content = package(assets__x_dot_js=text)
    assert errors(content) == []
    [warning] = warnings(content)
    assert warning.startswith("Possible secrets found in assets/x.js")


@pytest.mark.parametrize("domains", ["nps.example.com", [1], {"a": "b"}])
def test_the_domain_whitelist_is_an_array_of_strings(domains: object) -> None:
    [error] = errors(package(changed(lambda m: m.update(domainWhitelist=domains))))
    assert error == "The manifest field domainWhitelist need to be an array containing strings."


def test_the_version_is_a_string() -> None:
    assert errors(package(changed(lambda m: m.update(version=1.0)))) == ['version must be a string, got "1.0".']


@pytest.mark.parametrize("name", ["signedUrls", "private", "singleInstall"])
def test_flags_are_booleans(name: str) -> None:
    [error] = errors(package(changed(lambda m: m.update({name: "true"}))))
    assert error == f'{name} must be a boolean value, got "true".'


@pytest.mark.parametrize("url", ["example", "example.com", "javascript:x", "https://", "https://exa mple.com"])
def test_the_authors_url_is_an_address(url: str) -> None:
    [error] = errors(package(changed(lambda m: m["author"].update(url=url))))
    assert error == f'author url must be a valid URL, got "{url}".'


def test_the_authors_email_is_a_string() -> None:
    assert errors(package(changed(lambda m: m["author"].update(email=1)))) == [
        'author email must be a string, got "1".'
    ]


def test_the_default_locale_needs_its_file() -> None:
    [error] = errors(package(changed(lambda m: m.update(defaultLocale="de"))))
    assert error == "Missing translation file for locale 'de'."
    [error] = errors(package(changed(lambda m: m.update(defaultLocale="English"))))
    assert error == "English is not a valid default locale."


def test_a_public_app_needs_its_texts() -> None:
    [error] = errors(package(changed(lambda m: m.update(private=False))))
    missing = "short_description, installation_instructions, long_description"
    assert error == f"Missing required key from translations/en.json: {missing}."
    texts = dict.fromkeys(["name", "description", "installation_instructions", "long_description"], "x")
    assert errors(package(changed(lambda m: m.update(private=False)), {"app": texts})) == []


def test_a_private_app_needs_its_name() -> None:
    [error] = errors(package(english={"app": {}}))
    assert error == "Missing required key from translations/en.json: name."


@pytest.mark.parametrize("text", ["Host", {"helpText": "x"}])
def test_a_parameters_translation_needs_a_label(text: object) -> None:
    [error] = errors(package(english={"app": {"name": "x", "parameters": {"host": text}}}))
    assert error == "Missing required key label on leaf host from translations/en.json."


def test_translations_are_json_objects_named_by_locale() -> None:
    [error] = errors(package(translations__english_dot_json={"app": {}}))
    assert error == "translations/english.json is not a valid locale."
    [error] = errors(package(translations__de_dot_json=["x"]))
    assert error == "translations/de.json is not a JSON object."
    [error] = errors(package(translations__de_dot_json="{"))
    assert error.startswith("translations/de.json is not proper JSON")


@pytest.mark.parametrize(("kind", "needed"), REQUIREMENTS.items())
def test_requirements_need_their_keys(kind: str, needed: tuple[str, ...]) -> None:
    complete = dict.fromkeys(needed, "x")
    assert check(package(requirements_dot_json={kind: {"score": complete}})) == []
    for name in needed:
        lacking = {kind: {"score": {key: value for key, value in complete.items() if key != name}}}
        [error] = errors(package(requirements_dot_json=lacking))
        assert error == f'Missing required fields in requirements.json: "{name}" is required in "score".'


def test_requirements_name_known_things() -> None:
    [error] = errors(package(requirements_dot_json={"ticket_forms": {}}))
    assert error == "requirements.json contains an invalid type: ticket_forms."
    assert errors(package(requirements_dot_json="["))[0].startswith("requirements.json is not proper JSON")


def test_the_manifest_is_found_and_read() -> None:
    assert errors(b"not a zip") == ["The package is not a zip file."]
    assert errors(package(None)) == ["Could not find manifest.json."]
    nested = errors(package(None, app__manifest_dot_json=MANIFEST))
    assert nested == ["Could not find manifest.json in the root of the zip file, but app/manifest.json was found."]
    assert errors(package("{"))[0].startswith("manifest.json is not proper JSON")
    assert errors(package([1])) == ["manifest.json is not a JSON object."]
    assert errors(package('{"name": "a", "name": "b"}')) == ["Duplicate keys are specified in manifest.json: name."]


def test_errors_come_before_warnings() -> None:
    found = check(package(changed(lambda m: m.pop("author")), assets__x_dot_js="fetch('http://example.com')"))
    assert [finding.severity for finding in found] == [Severity.ERROR, Severity.WARNING]
