"""A kind of helpdesk, as its plug-in declares it: one place for label, settings, abilities, scheme and simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from deskpulse.capabilities import Capability, Support
from deskpulse.inbound.schemes import Scheme
from deskpulse.simulation import Simulator


@dataclass(frozen=True, slots=True)
class OAuthGrant:
    """How an administrator grants access in the browser (RFC 6749 authorisation code with RFC 7636 PKCE, S256).

    ``authorize_url(settings, redirect_uri, state, challenge)`` gives the address to visit;
    ``exchange(connection, code, verifier, redirect_uri)`` trades the code for secrets to store. ``wanted(settings)``
    tells whether these settings ask for a grant at all, where the kind knows other ways in too.
    """

    authorize_url: Callable[..., str]
    exchange: Callable[..., Mapping[str, str]]
    wanted: Callable[[Mapping[str, str]], bool] = lambda _settings: True


@dataclass(frozen=True, slots=True)
class Kind:
    """What a plug-in registers about its helpdesk.

    ``settings_schema`` is a JSON Schema (2020-12) of type object whose properties are text; a property marked
    ``"secret": true`` is encrypted at rest and never shown again. ``frame_ancestors`` are the origins that may frame
    our pages (CSP syntax). ``simulator`` makes the vendor's stand-in for demo and tests.
    """

    name: str
    label: str
    settings_schema: Mapping[str, Any]
    capabilities: Mapping[Capability, Support]
    scheme: Scheme
    frame_ancestors: tuple[str, ...] = ()
    simulator: Callable[[], Simulator] | None = None
    oauth: OAuthGrant | None = None
    notes: tuple[str, ...] = ()
    """What an administrator must know before choosing: stated when connecting."""
    capability_notes: Mapping[Capability, str] = field(default_factory=dict)
    sends_invites: bool = False
    """Whether ``deskpulse_send_invite`` hands invitations over through the helpdesk. Otherwise, where it can invite, a
    rule that ``deskpulse_provision`` makes in the helpdesk writes to the customer by itself."""

    def support(self, capability: Capability) -> Support:
        """How far the helpdesk supports an ability; what is not declared is unknown."""
        return self.capabilities.get(capability, Support.UNKNOWN)

    def can(self, capability: Capability) -> bool:
        """Whether the ability may be relied on, at least in some versions."""
        return self.support(capability) in (Support.FULL, Support.SOME_VERSIONS)

    def secret_fields(self) -> frozenset[str]:
        """Names of the settings that are secrets."""
        properties = self.settings_schema.get("properties", {})
        return frozenset(name for name, spec in properties.items() if spec.get("secret"))


class Registry:
    """What plug-ins register with ``deskpulse_register``; each kind belongs to the plug-in that registered it."""

    def __init__(self) -> None:
        self._kinds: dict[str, tuple[Kind, object]] = {}
        self._registering: object = None

    @contextmanager
    def registering(self, plugin: object) -> Iterator[None]:
        """While this lasts, what is registered belongs to the plug-in; an error takes it back."""
        self._registering, before = plugin, dict(self._kinds)
        try:
            yield
        except Exception:
            self._kinds = before
            raise

    def add_kind(self, kind: Kind) -> None:
        """Register a helpdesk. Raises ValueError where the name is taken."""
        if kind.name in self._kinds:
            raise ValueError(f"the kind {kind.name!r} is registered twice")
        self._kinds[kind.name] = (kind, self._registering)

    def kinds(self) -> tuple[Kind, ...]:
        """All helpdesks, by name."""
        return tuple(kind for _, (kind, _) in sorted(self._kinds.items()))

    def kind(self, name: str) -> Kind | None:
        """The helpdesk of that name, if its plug-in is loaded."""
        found = self._kinds.get(name)
        return found[0] if found else None

    def owner(self, name: str) -> object | None:
        """The plug-in that registered the kind."""
        found = self._kinds.get(name)
        return found[1] if found else None

    def owns_a_kind(self, plugin: object) -> bool:
        """Whether the plug-in brings a helpdesk; those that do not are policies and listeners."""
        return any(owner is plugin for _, owner in self._kinds.values())
