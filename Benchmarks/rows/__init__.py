"""The rows by name, in the order of the table. Each is a function that takes the bench and yields `Row`s."""

from rows.api import api, cli
from rows.daemon import daemon
from rows.endpoints import endpoints
from rows.launch import execution, run, runtime
from rows.logs import logs
from rows.many import many
from rows.memory import memory
from rows.plugins import plugins
from rows.ports import ports
from rows.pull import pull

ROWS = {
    "runtime": runtime,
    "run": run,
    "exec": execution,
    "memory": memory,
    "many": many,
    "daemon": daemon,
    "api": api,
    "cli": cli,
    "pull": pull,
    "plugins": plugins,
    "logs": logs,
    "endpoints": endpoints,
    "ports": ports,
}
