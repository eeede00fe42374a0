"""What a plugin has to say to the operator: one JSON object a line on standard error, which berthd stamps and keeps."""

import json
import os
from typing import Any

_LEVELS = ("debug", "info", "warning", "error")
#: Lines below it are not written.
level = "info"


def debug(message: str, **fields: Any) -> None:
    _write("debug", message, fields)


def info(message: str, **fields: Any) -> None:
    _write("info", message, fields)


def warning(message: str, **fields: Any) -> None:
    _write("warning", message, fields)


def error(message: str, **fields: Any) -> None:
    _write("error", message, fields)


def _write(severity: str, message: str, fields: dict[str, Any]) -> None:
    if _LEVELS.index(severity) < _LEVELS.index(level):
        return
    record: dict[str, Any] = {"level": severity, "message": message}
    if fields:
        record["fields"] = fields
    try:
        # One write, so that lines of several threads do not mix.
        os.write(2, json.dumps(record, default=str).encode() + b"\n")
    except OSError:
        pass  # There is nowhere else to say so.
