"""Every type and method of the plugin kinds.

Written by SDK/python/generate: do not edit.
"""

from .lifecycle import (PluginConfigure, PluginDrain, PluginInitialize, PluginInitializeResult, PluginPing,
    PluginPingResult, PluginShutdown, PluginStats, PluginStatsResult)
from .log import (LogClose, LogDriver, LogList, LogListResult, LogOpen, LogOpenResult, LogRead, LogReconcile,
    LogReconcileResult, LogRemove, LogRotate, LogValidate)
from .model import (Mount, OCIDescriptor, PeerIdentity, Platform, PortBinding, PortRequest, ProtocolRange,
    RegistryCredentials)
from .network import (DNSSettings, NetworkAttach, NetworkAttachResult, NetworkDetach, NetworkDriver,
    NetworkDriverCreate, NetworkDriverCreateResult, NetworkDriverDelete, NetworkDriverInspect, NetworkDriverList,
    NetworkDriverState, NetworkEndpoint, NetworkPublish, NetworkPublishResult, NetworkReconcile,
    NetworkReconcileResult, NetworkUnpublish)
from .registry import (RegistryCatalog, RegistryCatalogResult, RegistryDriver, RegistryExists, RegistryExistsResult,
    RegistryFetch, RegistryFetchResult, RegistryLogin, RegistryPush, RegistryPushResult, RegistryResolve,
    RegistryResolveResult, RegistryTags, RegistryTagsResult, RegistryTarget)
from .snapshotter import (DifferApply, DifferApplyResult, DifferChanges, DifferChangesResult, DifferDiff,
    DifferDriver, SnapshotCleanup, SnapshotCleanupResult, SnapshotCommit, SnapshotGetMounts, SnapshotInfo,
    SnapshotInfoKind, SnapshotList, SnapshotMounts, SnapshotPrepare, SnapshotRemove, SnapshotStat, SnapshotUpdate,
    SnapshotUsage, SnapshotUsageResult, SnapshotView, SnapshotterDriver)
from .volume import (VolumeDriver, VolumeDriverCreate, VolumeDriverInfo, VolumeDriverInspect, VolumeDriverList,
    VolumeDriverRemove, VolumeMount, VolumeMountResult, VolumeReconcile, VolumeReconcileResult, VolumeUnmount,
    VolumeUsage, VolumeUsageResult)

__all__ = [
    "DNSSettings", "DifferApply", "DifferApplyResult", "DifferChanges", "DifferChangesResult", "DifferDiff",
    "DifferDriver", "LogClose", "LogDriver", "LogList", "LogListResult", "LogOpen", "LogOpenResult", "LogRead",
    "LogReconcile", "LogReconcileResult", "LogRemove", "LogRotate", "LogValidate", "Mount", "NetworkAttach",
    "NetworkAttachResult", "NetworkDetach", "NetworkDriver", "NetworkDriverCreate", "NetworkDriverCreateResult",
    "NetworkDriverDelete", "NetworkDriverInspect", "NetworkDriverList", "NetworkDriverState", "NetworkEndpoint",
    "NetworkPublish", "NetworkPublishResult", "NetworkReconcile", "NetworkReconcileResult", "NetworkUnpublish",
    "OCIDescriptor", "PeerIdentity", "Platform", "PluginConfigure", "PluginDrain", "PluginInitialize",
    "PluginInitializeResult", "PluginPing", "PluginPingResult", "PluginShutdown", "PluginStats",
    "PluginStatsResult", "PortBinding", "PortRequest", "ProtocolRange", "RegistryCatalog",
    "RegistryCatalogResult", "RegistryCredentials", "RegistryDriver", "RegistryExists", "RegistryExistsResult",
    "RegistryFetch", "RegistryFetchResult", "RegistryLogin", "RegistryPush", "RegistryPushResult",
    "RegistryResolve", "RegistryResolveResult", "RegistryTags", "RegistryTagsResult", "RegistryTarget",
    "SnapshotCleanup", "SnapshotCleanupResult", "SnapshotCommit", "SnapshotGetMounts", "SnapshotInfo",
    "SnapshotInfoKind", "SnapshotList", "SnapshotMounts", "SnapshotPrepare", "SnapshotRemove", "SnapshotStat",
    "SnapshotUpdate", "SnapshotUsage", "SnapshotUsageResult", "SnapshotView", "SnapshotterDriver",
    "VolumeDriver", "VolumeDriverCreate", "VolumeDriverInfo", "VolumeDriverInspect", "VolumeDriverList",
    "VolumeDriverRemove", "VolumeMount", "VolumeMountResult", "VolumeReconcile", "VolumeReconcileResult",
    "VolumeUnmount", "VolumeUsage", "VolumeUsageResult",
]
