"""Plugins for the container engine Berth in Python 3.11, without dependencies. See Docs/sdk.md."""

from . import log, state
from .api import *  # noqa: F403
from .call import Call
from .errors import BerthError, RPCError
from .names import check_name
from .plugin import Environment, Plugin
from .timestamp import Timestamp

__all__ = ["BerthError", "Call", "Environment", "Plugin", "RPCError", "Timestamp", "check_name", "log", "state", *api.__all__]  # noqa: F405
