"""What the supervisor calls on every plugin.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass
from typing import Any

from ..declaration import Request, member
from .model import PeerIdentity, ProtocolRange


@dataclass
class PluginInitializeResult:
    """What initialize answers."""
    # Who answers.
    plugin: PeerIdentity
    # The highest version that both speak.
    protocol_version: int
    # Version of the format of its state directory.
    state_version: int
    # The kinds that it serves: at least those of its manifest.
    kinds: list[str] = member(default_factory=list)
    # Optional abilities of its kinds, by name: `rebase`, `hostNamespace`, `publish`, `stateless`, `push`
    # (Docs/conformance.md says what each means).
    capabilities: list[str] = member(default_factory=list)


@dataclass
class PluginInitialize(Request):
    """The supervisor's first call on every connection to a plugin."""
    METHOD = "initialize"
    SUMMARY = "Negotiate versions; hand over configuration and directories"
    RESULT = PluginInitializeResult
    # The instance's logical name.
    instance: str
    # Who calls.
    supervisor: PeerIdentity
    # The versions that the supervisor speaks.
    protocol_range: ProtocolRange
    # Checked against the manifest's schema.
    configuration: Any
    # Absolute; the plugin's alone, mode 0700, kept over restarts.
    state_directory: str
    # Absolute; the plugin's alone, emptied at boot.
    run_directory: str


@dataclass
class PluginPingResult:
    """What plugin.ping answers."""
    # Whether nothing goes on in the plugin but calls: it need not be pinged often while it has none.
    idle: bool | None = None


@dataclass
class PluginPing(Request):
    """Is the plugin's loop alive? Answered at once, whatever else it does."""
    METHOD = "plugin.ping"
    SUMMARY = "Answer at once"
    RESULT = PluginPingResult


@dataclass
class PluginConfigure(Request):
    """A changed configuration; `failedPrecondition` when it needs a restart."""
    METHOD = "plugin.configure"
    SUMMARY = "Take a changed configuration"
    RESULT = None
    # The whole configuration, checked against the manifest's schema.
    configuration: Any


@dataclass
class PluginStatsResult:
    """What plugin.stats answers."""
    # Calls since the process started.
    calls: int
    # Those that failed.
    failures: int
    # Calls that run now.
    active: int
    # The plugin's own figures.
    details: Any | None = None


@dataclass
class PluginStats(Request):
    """Counters since the process started."""
    METHOD = "plugin.stats"
    SUMMARY = "Counters since the process started"
    RESULT = PluginStatsResult


@dataclass
class PluginDrain(Request):
    """Finish what runs, take no new work; answered when nothing runs."""
    METHOD = "plugin.drain"
    SUMMARY = "Finish the calls that run, take no new ones"
    RESULT = None


@dataclass
class PluginShutdown(Request):
    """Answered, then the process ends with status 0."""
    METHOD = "plugin.shutdown"
    SUMMARY = "End the process"
    RESULT = None
