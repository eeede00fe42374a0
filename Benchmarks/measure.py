"""Running commands, timing them, and what a series of such numbers says."""

import os
import statistics
import threading
import time
from dataclasses import dataclass, field


class Failed(Exception):
    """A command of a bench that did not do what it should."""


@dataclass
class Spent:
    """What one command took: seconds on the clock, seconds of CPU in it and in the children that it waited for."""

    wall: float
    cpu: float


def spend(argv, environment=None, output=os.devnull, expect=0):
    """Runs a command to its end. posix_spawn, because its cost does not grow with this process's memory."""
    errors = f"/dev/shm/berth-bench-stderr-{threading.get_ident()}"
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, write, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, errors, write, 0o600),
    ]
    started = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, environment or os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    if expect is not None and code != expect:
        with open(errors, errors="replace") as file:
            raise Failed(f"{' '.join(argv)}: exit code {code}: {file.read().strip()[-2000:]}")
    return Spent(wall, usage.ru_utime + usage.ru_stime)


def wall(argv, environment=None, **options):
    """Seconds that a command takes."""
    return spend(argv, environment, **options).wall


def interleave(subjects, runs, warm_up=1):
    """Calls each subject in turn, A B A B, and gives the numbers that they return, by name, in the order of the turns.

    What happens to the machine in the meantime then happens to all of them."""
    series = {name: [] for name in subjects}
    for turn in range(-warm_up, runs):
        for name, measure in subjects.items():
            number = measure()
            if turn >= 0:
                series[name].append(number)
    return series


def percentile(numbers, share):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass
class Budget:
    """What Berth may cost: at most `factor` times a peer (`peer` named) or at most `factor` in the row's unit.

    `least` turns it around: at least so much."""

    factor: float
    peer: str | None = None
    text: str = ""
    least: bool = False

    def __str__(self):
        if self.text:
            return self.text
        sign = "≥" if self.least else "≤"
        return f"{sign} {self.factor:.3g}" + (f" × {self.peer}" if self.peer else "")


@dataclass
class Row:
    """One line of the table and its peers'. Numbers by subject; Berth is a subject like the others."""

    title: str
    unit: str
    series: dict
    budgets: list = field(default_factory=list)
    subject: str = "berth"
    digits: int = 1
    compared: bool = True
    note: str = ""

    def median(self, name):
        return statistics.median(self.series[name])

    def ratio(self, peer):
        """Median of the ratios of the pairs that ran side by side; of the medians where the counts differ."""
        ours, theirs = self.series[self.subject], self.series[peer]
        if len(ours) != len(theirs):
            return self.median(self.subject) / self.median(peer)
        return statistics.median(a / b for a, b in zip(ours, theirs) if b)

    def is_met(self, budget):
        reached = self.ratio(budget.peer) if budget.peer else self.median(self.subject)
        return reached >= budget.factor if budget.least else reached <= budget.factor
