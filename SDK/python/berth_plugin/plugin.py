"""A plugin: its driver, and the methods that every plugin answers."""

import inspect
import json
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from . import log
from .api import PeerIdentity, PluginConfigure, PluginDrain, PluginInitialize, PluginInitializeResult, PluginPing
from .api import PluginShutdown, PluginStats, PluginStatsResult
from .call import Call
from .declaration import Driver, Mismatch, Request, decode, description
from .errors import BerthError, RPCError, wire_error

PROTOCOL = 1
_LIFECYCLE = (PluginInitialize, PluginPing, PluginConfigure, PluginStats, PluginDrain, PluginShutdown)


@dataclass(frozen=True)
class Environment:
    """What the supervisor told the plugin when it opened the session."""

    #: The instance's logical name, which can differ from the plugin's.
    instance: str
    configuration: dict[str, Any]
    #: Absolute; the plugin's alone, kept over restarts.
    state: Path
    #: Absolute; the plugin's alone, emptied at boot.
    run: Path


class Server(Protocol):
    """How handlers run and connections come: `threads` or `aio`."""

    def submit(self, call: Call, work: Callable[[], Any]) -> None:
        """Runs work somewhere, then `Plugin.settle`."""

    def set_accepting(self, accepting: bool) -> None: ...

    def stop(self) -> None: ...

    def shut_down(self, call: Call) -> None:
        """Answers, and ends once the answer is sent."""


class Plugin:
    """Serves a driver.

        class Volumes(VolumeDriver):
            def __init__(self, environment): ...
            def create(self, request, call): ...

        Plugin(Volumes).run()

    Name and version are those of `plugin.json` beside the program unless given. `run` serves with threads: handlers
    are functions, several run at once. `run_async` serves with asyncio: handlers may be coroutines, which are
    cancelled when the caller gives up; plain functions run on threads.
    """

    def __init__(
        self, driver: type[Driver], *, name: str | None = None, version: str | None = None,
        capabilities: tuple[str, ...] = (), state_version: int = 1, threads: int = 16,
    ):
        manifest = {} if name and version else _manifest()
        self.identity = PeerIdentity(name or manifest["name"], version or manifest["version"])
        self.capabilities, self.state_version, self.threads = list(capabilities), state_version, threads
        self._make: Any = driver
        self._declared = _declared(driver)
        self.kinds = [kind for kind, _ in self._declared]
        self._methods = {
            request.METHOD: (request, attribute)
            for _, methods in self._declared for attribute, request in methods.items()}
        self._environment: Environment | None = None
        self._driver: Driver | None = None
        self._changing = threading.Lock()
        self._lock = threading.Lock()
        self._calls = self._failures = self._active = 0
        self._draining = False
        self._when_idle: list[Callable[[], None]] = []
        self.server: Server | None = None

    def run(self) -> None:
        """Serves the socket that the supervisor handed over, until `plugin.shutdown` or SIGTERM."""
        from .threads import ThreadServer
        ThreadServer(self).serve()

    def run_async(self) -> None:
        """As `run`, with asyncio."""
        from .aio import AsyncServer
        AsyncServer(self).serve()

    @property
    def has_coroutines(self) -> bool:
        return any(self.is_coroutine(method) for method in self._methods)

    def is_coroutine(self, method: str) -> bool:
        """Whether the driver answers a method with a coroutine."""
        known = self._methods.get(method)
        return known is not None and inspect.iscoroutinefunction(getattr(self._make, known[1]))

    # MARK: Dispatch

    def handle(self, call: Call) -> None:
        """Takes a request; called by a connection, must not block."""
        server = cast(Server, self.server)
        if call.method == PluginPing.METHOD:
            self._inline(call, lambda: call.respond(None))
        elif call.method == PluginDrain.METHOD:
            self._inline(call, lambda: self.drain(lambda: call.respond(None)))
        elif call.method == PluginShutdown.METHOD:
            self._inline(call, lambda: server.shut_down(call))
        elif call.method in self._lifecycle:
            work = self._lifecycle[call.method]
            server.submit(call, lambda: work(self, call))
        elif call.method in self._methods:
            self._driver_call(server, call)
        else:
            self._inline(call, lambda: call.fail(call.unimplemented()))

    @staticmethod
    def _inline(call: Call, work: Callable[[], None]) -> None:
        work()
        call.close()

    def _driver_call(self, server: Server, call: Call) -> None:
        name = self.identity.name
        if self._draining:
            error = BerthError("unavailable", f"{name} is being replaced").rpc(name)
            return self._inline(call, lambda: call.fail(error))
        request, attribute = self._methods[call.method]
        with self._lock:
            self._calls += 1
            self._active += 1

        def work() -> Any:
            return getattr(self.driver, attribute)(_params(request, call), call)
        server.submit(call, work)

    def settle(self, call: Call, outcome: Any, error: BaseException | None) -> None:
        """A handler has come to its end."""
        if error is None:
            call.respond(outcome)
        else:
            if not isinstance(error, (BerthError, RPCError, OSError)):
                trace = "".join(traceback.format_exception(error))
                log.error(f"{call.method} failed", error=f"{error}", trace=trace)
            call.fail(wire_error(error, self.identity.name))
        call.close()
        if call.method in self._methods:
            with self._lock:
                self._failures += error is not None
                self._active -= 1
            self._tell_idle()

    @property
    def driver(self) -> Driver:
        if self._driver is None:
            raise BerthError("failedPrecondition", f"{self.identity.name} has not been initialized")
        return self._driver

    # MARK: Lifecycle

    def _initialize(self, call: Call) -> PluginInitializeResult:
        request: PluginInitialize = _params(PluginInitialize, call)
        low, high = request.protocol_range.minimum, request.protocol_range.maximum
        name = self.identity.name
        if not low <= PROTOCOL <= high:
            raise BerthError("failedPrecondition", f"{name} speaks protocol {PROTOCOL}, not {low} to {high}")
        new = Environment(
            request.instance, _object(request.configuration, call), Path(request.state_directory),
            Path(request.run_directory))
        with self._changing:
            old = self._environment
            if old is None:
                self._driver = self._make(new)
                self._environment = new
            elif (old.instance, old.state, old.run) != (new.instance, new.state, new.run):
                raise BerthError("failedPrecondition", f"{name} already serves the instance {old.instance}")
            else:
                self._reconfigure(new.configuration)
        # A drained plugin whose supervisor came back takes calls again.
        self._draining = False
        cast(Server, self.server).set_accepting(True)
        return PluginInitializeResult(self.identity, PROTOCOL, self.state_version, self.kinds, self.capabilities)

    def _configure(self, call: Call) -> None:
        request: PluginConfigure = _params(PluginConfigure, call)
        with self._changing:
            self._reconfigure(_object(request.configuration, call))

    def _reconfigure(self, configuration: dict[str, Any]) -> None:
        driver, old = self.driver, cast(Environment, self._environment)
        if configuration == old.configuration:
            return
        try:
            driver.configure(configuration)
        except NotImplementedError:
            text = f"a changed configuration of {self.identity.name} needs a restart"
            raise BerthError("failedPrecondition", text) from None
        self._environment = Environment(old.instance, configuration, old.state, old.run)

    def _stats(self, call: Call) -> PluginStatsResult:
        details = self._driver.stats() if self._driver else None
        with self._lock:
            return PluginStatsResult(self._calls, self._failures, self._active, details)

    def _discover(self, call: Call) -> dict[str, Any]:
        requests = [*_LIFECYCLE, *(request for request, _ in self._methods.values())]
        return {
            "openrpc": "1.2.6",
            "info": {"title": self.identity.name, "version": self.identity.version},
            "methods": [description(request) for request in requests],
        }

    _lifecycle: dict[str, Callable[["Plugin", Call], Any]] = {
        PluginInitialize.METHOD: _initialize, PluginConfigure.METHOD: _configure, PluginStats.METHOD: _stats,
        "rpc.discover": _discover,
    }

    # MARK: Ends

    def drain(self, done: Callable[[], None]) -> None:
        """Accepts no connections and no calls from now on, and runs `done` when the last call has ended."""
        # Connections in the backlog are for the process that takes over.
        cast(Server, self.server).set_accepting(False)
        with self._lock:
            self._draining = True
            self._when_idle.append(done)
        self._tell_idle()

    @property
    def is_draining(self) -> bool:
        return self._draining

    def _tell_idle(self) -> None:
        with self._lock:
            if self._active:
                return
            waiting, self._when_idle = self._when_idle, []
        for done in waiting:
            done()

    def stopped(self) -> None:
        if self._driver:
            self._driver.stop()


def _params(request: type[Request], call: Call) -> Any:
    try:
        return decode(request, call.params)
    except Mismatch as mismatch:
        raise RPCError(RPCError.INVALID_PARAMS, f"the parameters of {call.method}: {mismatch}") from None


def _object(configuration: Any, call: Call) -> dict[str, Any]:
    if not isinstance(configuration, dict):
        raise RPCError(RPCError.INVALID_PARAMS, f"the parameters of {call.method}: configuration: an object expected")
    return configuration


def _declared(driver: Any) -> list[tuple[str, dict[str, type[Request]]]]:
    """Kind and defined methods of each declaration that a driver class derives from."""
    declared = []
    for base in reversed(driver.__mro__):
        if issubclass(base, Driver) and "METHODS" in vars(base):
            defined = {
                attribute: request for attribute, request in base.METHODS.items()
                if getattr(driver, attribute) is not getattr(base, attribute)}
            declared.append((base.KIND, defined))
    return declared


def _manifest() -> dict[str, Any]:
    return json.loads((Path(sys.argv[0]).resolve().parent / "plugin.json").read_text())
