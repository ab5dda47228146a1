"""The hub: sole holder of the plug-ins. It loads them, asks one, and tells all.

``ask`` reaches only the plug-in that owns the connection's kind, then core's own default; so no plug-in can answer, or
vouch, for another vendor. ``tell`` reaches every listener in isolation: one that raises does not stop the rest.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy
import structlog

from deskpulse import hookspecs
from deskpulse.errors import ConfigurationError
from deskpulse.kinds import Kind, Registry
from deskpulse.records import Connection

GROUP = "deskpulse"
DEFAULTS = "deskpulse-defaults"
TIME_LIMITS: Mapping[str, float] = {"deskpulse_check_connection": 9.0}
"""Seconds that all of a plug-in's requests may take together where someone waits for the answer."""
log = structlog.get_logger(__name__)


class Hub:
    """All plug-ins of one application. There is no global one: tests and processes make their own."""

    def __init__(self, time_limits: Mapping[str, float] = TIME_LIMITS) -> None:
        self._time_limits = time_limits
        self._plugins = pluggy.PluginManager(GROUP)
        self._plugins.add_hookspecs(hookspecs)
        self._callers: dict[tuple[str, str], pluggy.HookCaller] = {}
        self.registry = Registry()
        self._plugins.hook.deskpulse_register.call_historic(kwargs={"registry": self.registry})
        self.blocked: dict[str, str] = {}
        """Third-party plug-ins that could not be loaded, with the reason."""

    @classmethod
    def load(cls, *, disabled: Iterable[str] = (), found: Iterable[EntryPoint] | None = None) -> Hub:
        """Load every installed plug-in, as entry points of the group ``deskpulse``.

        A bundled plug-in that fails stops the start by name; a third party's is blocked and reported.
        """
        hub, skip = cls(), set(disabled)
        for point in sorted(entry_points(group=GROUP) if found is None else found, key=lambda point: point.name):
            if point.name in skip:
                hub.blocked[point.name] = "disabled by the settings"
                continue
            try:
                hub.register(point.load(), point.name)
            except Exception as error:
                if _is_bundled(point):
                    raise ConfigurationError(f"The bundled plug-in {point.name!r} does not load: {error}") from error
                hub.blocked[point.name] = f"{type(error).__name__}: {error}"
                hub._plugins.set_blocked(point.name)
                log.warning("plugin blocked", plugin=point.name, reason=hub.blocked[point.name])
        return hub

    def register(self, plugin: object, name: str) -> None:
        """Add one plug-in; its kinds become known. Raises ConfigurationError where a hook is misused."""
        if self._plugins.has_plugin(name):
            raise ConfigurationError(f"The plug-in {name!r} is loaded already.")
        try:
            with self.registry.registering(plugin):
                self._plugins.register(plugin, name)
                _refuse_defaults(self._plugins, plugin)
                self._plugins.check_pending()
        except Exception as error:
            if self._plugins.has_plugin(name):
                self._plugins.unregister(name=name)
            raise ConfigurationError(f"The plug-in {name!r} is not usable: {error}") from error
        self._callers.clear()

    def register_defaults(self, defaults: object) -> None:
        """Add core's own answers, which come last; replaces earlier ones."""
        if self._plugins.has_plugin(DEFAULTS):
            self._plugins.unregister(name=DEFAULTS)
        self._plugins.register(defaults, DEFAULTS)
        self._callers.clear()

    def kinds(self) -> tuple[Kind, ...]:
        """Every kind of helpdesk that can be connected."""
        return self.registry.kinds()

    def kind(self, name: str) -> Kind:
        """The kind of that name. Raises ConfigurationError where no loaded plug-in brings it."""
        kind = self.registry.kind(name)
        if kind is None:
            known = ", ".join(kind.name for kind in self.kinds()) or "none"
            raise ConfigurationError(f"No loaded plug-in brings the helpdesk {name!r} (known: {known}).")
        return kind

    def names(self) -> Mapping[str, str]:
        """Loaded plug-ins by name, with the module they live in."""
        return {
            name: getattr(plugin, "__name__", type(plugin).__name__)
            for name, plugin in self._plugins.list_name_plugin()
            if plugin is not None and name != DEFAULTS
        }

    def ask(self, connection: Connection, hook: str, **arguments: Any) -> Any:
        """Ask the connection's own plug-in, then core's default. Errors of the plug-in reach the caller."""
        caller = self._caller(connection.kind, hook)
        if hook not in self._time_limits:
            return caller(connection=connection, **arguments)
        with connection.http.within(self._time_limits[hook]):
            return caller(connection=connection, **arguments)

    def tell(self, hook: str, **arguments: Any) -> dict[str, Exception]:
        """Tell every listener; those that raised are returned by name, and logged."""
        failed: dict[str, Exception] = {}
        for impl in getattr(self._plugins.hook, hook).get_hookimpls():
            others = [plugin for plugin in self._plugins.get_plugins() if plugin is not impl.plugin]
            try:
                self._plugins.subset_hook_caller(hook, others)(**arguments)
            except Exception as error:
                failed[impl.plugin_name] = error
                log.exception("listener failed", hook=hook, plugin=impl.plugin_name)
        return failed

    def add_hookspecs(self, specs: ModuleType) -> None:
        """Know further hooks, which live outside core."""
        self._plugins.add_hookspecs(specs)

    def collect(self, hook: str, **arguments: Any) -> list[Any]:
        """What every plug-in answers to a hook that all may answer; used while an application is being made."""
        return list(getattr(self._plugins.hook, hook)(**arguments))

    def _caller(self, kind: str, hook: str) -> pluggy.HookCaller:
        caller = self._callers.get((kind, hook))
        if caller is None:
            caller = self._plugins.subset_hook_caller(hook, self._strangers(kind, hook))
            self._callers[kind, hook] = caller
        return caller

    def _strangers(self, kind: str, hook: str) -> list[object]:
        """The plug-ins that must not answer this hook for a connection of this kind."""
        allowed = {id(self.registry.owner(kind)), id(self._plugins.get_plugin(DEFAULTS))}
        policies_too = hook in hookspecs.OPEN_TO_POLICY
        return [
            plugin
            for plugin in self._plugins.get_plugins()
            if id(plugin) not in allowed and not (policies_too and not self.registry.owns_a_kind(plugin))
        ]


def _refuse_defaults(plugins: pluggy.PluginManager, plugin: object) -> None:
    """A default on a hook's argument hides the caller's value in some pluggy versions: refuse it in all."""
    for caller in plugins.get_hookcallers(plugin) or ():
        for impl in caller.get_hookimpls():
            if impl.plugin is plugin and any(
                parameter.default is not inspect.Parameter.empty
                for parameter in inspect.signature(impl.function).parameters.values()
            ):
                raise ConfigurationError(f"{impl.function.__name__} has an argument with a default")


def _is_bundled(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == "deskpulse"
