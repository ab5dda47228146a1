"""What a plug-in says about itself."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

import inspect
import re

from jsonschema import Draft202012Validator

from deskpulse import hookspecs
from deskpulse.capabilities import Capability, Support
from deskpulse.inbound.schemes import HmacSignature, Part
from deskpulse.testing.conformance.base import HOOKS, Conformance
from deskpulse.testing.conformance.bench import Bench

SECRETIVE = re.compile(r"secret|token|password|private|credential|(api|access|shared|signing)_?key", re.IGNORECASE)


class Registration(Conformance):
    """Kind, settings, capabilities and hooks are complete and agree with each other."""

    def test_kind_has_a_name_and_a_label(self, bare: Bench) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", bare.kind.name)
        assert bare.kind.label.strip()

    def test_settings_are_a_json_schema(self, bare: Bench) -> None:
        schema = bare.kind.settings_schema
        Draft202012Validator.check_schema(dict(schema))
        assert schema.get("$schema") == Draft202012Validator.META_SCHEMA["$id"]
        assert schema.get("type") == "object"
        for name, spec in schema["properties"].items():
            assert spec.get("type") == "string", f"{name} must be text"
            assert spec.get("title"), f"{name} needs a title"
            assert spec.get("description"), f"{name} needs a description"

    def test_secrets_are_marked(self, bare: Bench) -> None:
        secret, properties = bare.kind.secret_fields(), set(bare.kind.settings_schema["properties"])
        access = self.access(bare.simulator)
        assert set(access.secrets) <= secret
        assert not set(access.settings) & secret
        assert {name for name in properties if SECRETIVE.search(name)} <= secret
        assert bare.kind.scheme.secret_name in secret

    def test_simulator_gives_valid_settings(self, bare: Bench) -> None:
        access = self.access(bare.simulator)
        problems = Draft202012Validator(dict(bare.kind.settings_schema)).iter_errors(
            {**access.settings, **access.secrets}
        )
        assert not [error.message for error in problems]

    def test_every_capability_is_declared(self, bare: Bench) -> None:
        undeclared = [one for one in Capability if bare.kind.support(one) is Support.UNKNOWN]
        assert not undeclared
        unexplained = [
            one
            for one in Capability
            if bare.kind.support(one) is not Support.FULL and not bare.kind.capability_notes.get(one)
        ]
        assert not unexplained, "what is not full needs a note that says why"

    def test_capabilities_agree_with_the_hooks(self, bare: Bench) -> None:
        has = {name for name in vars(hookspecs) if getattr(self.plugin, name, None) is not None}
        for capability, hooks in HOOKS.items():
            if bare.kind.can(capability):
                assert has & {f"deskpulse_{hook}" for hook in hooks}, f"{capability} is declared, but no hook brings it"
        assert "deskpulse_read_delivery" in has
        assert bare.kind.can(Capability.OAUTH) == (bare.kind.oauth is not None)

    def test_hooks_are_marked_and_spelled_as_specified(self) -> None:
        for name in (name for name in dir(self.plugin) if name.startswith("deskpulse_")):
            assert hasattr(hookspecs, name), f"there is no hook {name}"
            function = getattr(self.plugin, name)
            assert hasattr(function, "deskpulse_impl"), f"{name} is not marked with @hookimpl"
            takes, gives = (
                inspect.signature(function).parameters,
                inspect.signature(getattr(hookspecs, name)).parameters,
            )
            assert set(takes) <= set(gives), f"{name} takes arguments that it is not given"
            assert all(one.default is inspect.Parameter.empty for one in takes.values()), f"{name} has a default"

    def test_scheme_agrees_with_the_capabilities(self, bare: Bench) -> None:
        scheme = bare.kind.scheme
        if isinstance(scheme, HmacSignature):
            assert bare.kind.can(Capability.SIGNED_DELIVERIES) == (Part.BODY in scheme.signed_parts)
            fresh = scheme.timestamp_header is not None and Part.TIMESTAMP in scheme.signed_parts
            assert bare.kind.can(Capability.FRESH_DELIVERIES) == fresh, "a time that is not signed proves nothing"
        else:
            own = hasattr(self.plugin, "deskpulse_verify_delivery")
            assert own or not bare.kind.can(Capability.SIGNED_DELIVERIES)
            assert own or not bare.kind.can(Capability.FRESH_DELIVERIES)

    def test_tickets_can_be_read(self, bare: Bench) -> None:
        assert bare.kind.can(Capability.FIND_TICKET), "a delivery is a hint: without the ticket nobody can be asked"

    def test_invites_are_a_declared_ability(self, bare: Bench) -> None:
        if bare.kind.sends_invites:
            assert bare.kind.can(Capability.HELPDESK_INVITE)
            assert hasattr(self.plugin, "deskpulse_send_invite"), "nothing would send them"
        elif bare.kind.can(Capability.HELPDESK_INVITE):
            assert bare.kind.can(Capability.PROVISION), "nothing would make the rule that asks"

    def test_frame_ancestors_are_origins(self, bare: Bench) -> None:
        assert bare.kind.frame_ancestors or not bare.kind.can(Capability.PANEL)
        for origin in bare.kind.frame_ancestors:
            assert re.fullmatch(r"https://(\*\.)?[a-z0-9.-]+(:\d+)?", origin), "an https origin, in CSP's syntax"
