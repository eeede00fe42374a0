"""The daemon stops and starts while containers run."""

import time

from engines import IMAGE
from measure import Budget, Failed, Row, interleave

MILLISECONDS = 1000


def daemon(bench):
    """Stop, start, list: with none running and with `count`."""
    engines = [bench.berth, bench.docker]
    for count in (0, bench.count):
        for engine in engines:
            for _ in range(count):
                engine.do_run("-d", IMAGE, "sleep", "100000")
        yield from restarts(bench, engines, count)
    for engine in engines:
        engine.remove_all()


def restarts(bench, engines, count):
    steps = {engine.name: [] for engine in engines}

    def turn(engine):
        stopped = engine.stop()
        answered, listed = start(engine, count)
        steps[engine.name].append((stopped, answered, listed))
        return answered

    runs = bench.some(2)
    interleave({engine.name: (lambda engine=engine: turn(engine)) for engine in engines}, runs)
    titles = ("told to stop, until it has", "started, until the API answers", "started, until all are listed as running")
    budgets = ([Budget(100)], [Budget(0.1, "docker")], [Budget(0.1, "docker")])
    for step, (title, budget) in enumerate(zip(titles, budgets)):
        series = {name: [turn[step] * MILLISECONDS for turn in turns[-runs:]] for name, turns in steps.items()}
        yield Row(f"daemon {title}, {count} running", "ms", series, budget)


def start(engine, count):
    """Seconds from the start to the first answer, and to the first list that is whole."""
    started = time.perf_counter()
    answered = engine.start()
    while engine.running() < count:
        if time.perf_counter() - started > 60:
            raise Failed(f"{engine.name} does not find its {count} containers again")
    return answered, time.perf_counter() - started
