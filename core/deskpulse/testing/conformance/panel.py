"""The vendor-side app: a package that anybody may see."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from deskpulse.capabilities import Capability
from deskpulse.records import Bundle
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import PANEL_KEY, Bench, NoNetwork


class Panel(Conformance):
    """Made without network, always the same, without a secret in it.

    What proves helpdesk and app to DeskPulse, and only that, may be among what is entered on installing.
    """

    def bundle(self, bench: Bench) -> Bundle | None:
        """The bundle; None where the kind declares that there is none."""
        if not bench.can(Capability.PANEL, "panel_bundle"):
            return None
        found = bench.hub.ask(replace(bench.connection, http=NoNetwork()), "deskpulse_panel_bundle")
        assert isinstance(found, Bundle)
        return found

    def test_bundle_is_a_whole_archive(self, bench: Bench) -> None:
        bundle = self.bundle(bench)
        if bundle is None:
            return
        assert bundle.filename
        assert bundle.steps, "say how to install it"
        with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
            assert archive.testzip() is None
            assert any(archive.getinfo(name).file_size for name in archive.namelist())

    def test_bundle_can_be_installed(self, bench: Bench) -> None:
        bundle = self.bundle(bench)
        if bundle is not None:
            bench.simulator.install_app(bundle.content, bundle.settings)

    def test_bundle_holds_no_secret(self, bench: Bench) -> None:
        bundle = self.bundle(bench)
        if bundle is None:
            return
        with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
            shown = [archive.read(name) for name in archive.namelist()]
        proofs = {bench.connection.secrets.get(name) for name in (PANEL_KEY, bench.kind.scheme.secret_name)}
        entered = [value for value in bundle.settings.values() if value not in proofs]
        shown += map(str.encode, [repr(bundle), *bundle.steps, *entered])
        leaked = [secret for secret in bench.own_secrets() if any(secret.encode() in text for text in shown)]
        assert not leaked, "the package would show a secret to every agent"

    def test_bundle_is_always_the_same(self, bench: Bench) -> None:
        assert self.bundle(bench) == self.bundle(bench)
