"""The methods of the kind `registry`.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass

from ..call import Call
from ..declaration import Driver, Request, member
from .model import OCIDescriptor, RegistryCredentials


@dataclass
class RegistryTarget:
    """What every registry call is about."""
    # `docker.io`, `localhost:5000`.
    domain: str
    # `library/busybox`.
    repository: str
    # Absent for none.
    credentials: RegistryCredentials | None = None


@dataclass
class RegistryResolveResult:
    """What registry.resolve answers."""
    # Of the index or manifest.
    descriptor: OCIDescriptor


@dataclass
class RegistryResolve(Request):
    """Finds what a tag or digest names. `notFound` when the registry does not have it."""
    METHOD = "registry.resolve"
    SUMMARY = "Find what a tag or digest names"
    RESULT = RegistryResolveResult
    # The repository.
    target: RegistryTarget
    # A tag, or a digest `sha256:…`.
    reference: str


@dataclass
class RegistryFetchResult:
    """What registry.fetch answers."""
    # Bytes that the file has.
    size: int


@dataclass
class RegistryFetch(Request):
    """Writes a blob or manifest to descriptor 0 from `offset` on (the file holds `offset` bytes already). The
    core checks the digest. Progress: an integer, bytes in the file. The answer says how many bytes the file
    has.
    """
    METHOD = "registry.fetch"
    SUMMARY = "Fetch a blob or manifest into a file"
    RESULT = RegistryFetchResult
    # The repository.
    target: RegistryTarget
    # What to fetch.
    descriptor: OCIDescriptor
    # Bytes that the file holds already: go on from there.
    offset: int


@dataclass
class RegistryPushResult:
    """What registry.push answers."""
    # It was there already.
    existed: bool


@dataclass
class RegistryPush(Request):
    """Sends descriptor 0 (a regular file, the whole content) as a blob, or as a manifest under `reference`."""
    METHOD = "registry.push"
    SUMMARY = "Send a blob or manifest"
    RESULT = RegistryPushResult
    # The repository.
    target: RegistryTarget
    # What is sent.
    descriptor: OCIDescriptor
    # For manifests: the tag or digest to put it under.
    reference: str | None = None
    # Repositories of the same registry that may have the blob already.
    mount_from: list[str] | None = None


@dataclass
class RegistryExistsResult:
    """What registry.exists answers."""
    # Whether the registry has it.
    exists: bool


@dataclass
class RegistryExists(Request):
    """Does the registry have a blob or manifest?."""
    METHOD = "registry.exists"
    SUMMARY = "Does the registry have a blob or manifest?"
    RESULT = RegistryExistsResult
    # The repository.
    target: RegistryTarget
    # What is asked for.
    descriptor: OCIDescriptor


@dataclass
class RegistryTagsResult:
    """What registry.tags answers."""
    # The repository's tags.
    tags: list[str] = member(default_factory=list)


@dataclass
class RegistryTags(Request):
    """List a repository's tags."""
    METHOD = "registry.tags"
    SUMMARY = "List a repository's tags"
    RESULT = RegistryTagsResult
    # The repository.
    target: RegistryTarget


@dataclass
class RegistryCatalogResult:
    """What registry.catalog answers."""
    # The registry's repositories.
    repositories: list[str] = member(default_factory=list)


@dataclass
class RegistryCatalog(Request):
    """List a registry's repositories."""
    METHOD = "registry.catalog"
    SUMMARY = "List a registry's repositories"
    RESULT = RegistryCatalogResult
    # `docker.io`, `localhost:5000`.
    domain: str
    # Absent for none.
    credentials: RegistryCredentials | None = None


@dataclass
class RegistryLogin(Request):
    """Checks credentials."""
    METHOD = "registry.login"
    SUMMARY = "Check credentials"
    RESULT = None
    # `docker.io`, `localhost:5000`.
    domain: str
    # What to check.
    credentials: RegistryCredentials


class RegistryDriver(Driver):
    """What a plugin of the kind `registry` does; what a subclass does not define is unimplemented."""
    KIND = "registry"
    METHODS = {
        "resolve": RegistryResolve,
        "fetch": RegistryFetch,
        "push": RegistryPush,
        "exists": RegistryExists,
        "tags": RegistryTags,
        "catalog": RegistryCatalog,
        "login": RegistryLogin,
    }

    def resolve(self, request: RegistryResolve, call: Call) -> RegistryResolveResult:
        """Finds what a tag or digest names. `notFound` when the registry does not have it."""
        raise call.unimplemented()

    def fetch(self, request: RegistryFetch, call: Call) -> RegistryFetchResult:
        """Writes a blob or manifest to descriptor 0 from `offset` on (the file holds `offset` bytes already).
        The core checks the digest. Progress: an integer, bytes in the file. The answer says how many bytes
        the file has.
        """
        raise call.unimplemented()

    def push(self, request: RegistryPush, call: Call) -> RegistryPushResult:
        """Sends descriptor 0 (a regular file, the whole content) as a blob, or as a manifest under `reference`."""
        raise call.unimplemented()

    def exists(self, request: RegistryExists, call: Call) -> RegistryExistsResult:
        """Does the registry have a blob or manifest?."""
        raise call.unimplemented()

    def tags(self, request: RegistryTags, call: Call) -> RegistryTagsResult:
        """List a repository's tags."""
        raise call.unimplemented()

    def catalog(self, request: RegistryCatalog, call: Call) -> RegistryCatalogResult:
        """List a registry's repositories."""
        raise call.unimplemented()

    def login(self, request: RegistryLogin, call: Call) -> None:
        """Checks credentials."""
        raise call.unimplemented()
