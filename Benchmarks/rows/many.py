"""Many containers: started one after another and several at once, removed together."""

import time
from concurrent.futures import ThreadPoolExecutor

from engines import IMAGE
from measure import Budget, Row, interleave

# moby's main branch is no Debian package. Its budgets are measured against docker, by what both took on one machine
# on one day: seconds to start 50 one after another, 8 at once.
MOBY = {"one after another": 11.4 / 16.5, "8 at once": 6.9 / 8.9}


def many(bench):
    """Start and remove `count` containers."""
    numbers = {engine.name: [] for engine in bench.engines}

    def turn(engine):
        took = (start(engine, bench.count, 1), remove(engine), start(engine, bench.count, 8), remove(engine))
        numbers[engine.name].append(took)
        return took[0]

    rounds = bench.some(7)
    interleave({engine.name: (lambda engine=engine: turn(engine)) for engine in bench.engines}, rounds, warm_up=0)
    for title, step in (("one after another", 0), ("8 at once", 2)):
        yield Row(f"start {bench.count}, {title}", "s", column(numbers, step),
                  [Budget(MOBY[title] / 8, "docker", f"≤ 1/8 of moby, which takes {MOBY[title]:.2f} × docker")],
                  digits=2)
    removals = {name: [took[step] for took in turns for step in (1, 3)] for name, turns in numbers.items()}
    yield Row(f"remove {bench.count} running", "s", removals, [Budget(0.2, "podman")], digits=2)


def column(numbers, step):
    return {name: [took[step] for took in turns] for name, turns in numbers.items()}


def start(engine, count, at_once):
    """Seconds."""
    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda _: engine.do_run("-d", IMAGE, "sleep", "100000"), range(count)))
    return time.perf_counter() - started


def remove(engine):
    ids = engine.answer("ps", "-q").split()
    options = ("-t", "0") if engine.name == "podman" else ()
    return engine.do("rm", "-f", *options, *ids).wall
