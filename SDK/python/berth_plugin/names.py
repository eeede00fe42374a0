"""Names that may become names of files."""

import re

from .errors import BerthError


def check_name(name: str, what: str, most: int = 128) -> None:
    """Letters, digits, '_', '.' and '-', a letter or digit first. Raises `invalidArgument`."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name) or len(name) > most:
        raise BerthError("invalidArgument", f"{name[:200]!r} is no name for a {what}", object=f"{what} {name[:200]}",
                         hint=f"letters, digits, '_', '.' and '-', {most} at most")
