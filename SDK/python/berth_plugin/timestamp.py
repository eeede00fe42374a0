"""Points in time, with the nanoseconds that datetime does not have."""

import datetime
import re
import time

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?)?")
_EPOCH = datetime.datetime(1970, 1, 1)


class Timestamp(int):
    """Nanoseconds since 1970-01-01T00:00:00Z; on the wire RFC 3339 with nine decimals."""

    @classmethod
    def now(cls) -> "Timestamp":
        return cls(time.time_ns())

    @classmethod
    def parse(cls, text: str) -> "Timestamp":
        """Reads RFC 3339 (section 5.6); a date alone is midnight UTC. Raises ValueError."""
        form = _FORM.fullmatch(text)
        if not form:
            raise ValueError(f"not an RFC 3339 time: {text}")
        year, month, day, hour, minute, second = (int(part or 0) for part in form.groups()[:6])
        # A leap second is the second after it.
        moment = datetime.datetime(year, month, day, hour, minute) - _EPOCH + datetime.timedelta(seconds=second)
        fraction = int((form[7] or "").ljust(9, "0")[:9])
        return cls(((moment.days * 86_400 + moment.seconds) - _offset(form[8])) * 1_000_000_000 + fraction)

    def __str__(self) -> str:
        seconds, fraction = divmod(int(self), 1_000_000_000)
        return f"{(_EPOCH + datetime.timedelta(seconds=seconds)).isoformat()}.{fraction:09}Z"

    __repr__ = __str__


def _offset(zone: str | None) -> int:
    """Seconds east of UTC."""
    if zone is None or zone in "Zz":
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
