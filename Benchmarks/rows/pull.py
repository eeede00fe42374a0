"""An image from a registry on loopback, fetched and unpacked."""

import shutil
import time

import image
from measure import Budget, Row, interleave, spend
from processes import Peak, named, pss
from registry import Registry

# moby's main branch against docker 20.10, both measured on one machine: seconds, CPU seconds.
MOBY, MOBY_CPU = 4.3 / 5.6, 5.0 / 8.7


def pull(bench):
    """Cold each time: nothing of the image is left from the turn before. Docker is in a network of its own."""
    folder = f"{bench.scratch}/large"
    contents = image.make(folder)
    registry = Registry(f"{bench.scratch}/registry")
    try:
        registry.serve().serve(bench.docker.reach)
        reference = registry.wait().push(folder, "large")
        shutil.rmtree(folder)
        yield from measure(bench, reference, contents)
    finally:
        registry.close()


def measure(bench, reference, contents):
    turns = {engine.name: [] for engine in bench.engines}

    def turn(engine):
        took, cpu = cold(engine, reference)
        turns[engine.name].append((took, cpu))
        return took

    runs = bench.some(4)
    interleave({engine.name: (lambda engine=engine: turn(engine)) for engine in bench.engines}, runs)
    for step, title, unit, moby in ((0, "wall", "s", MOBY), (1, "CPU", "CPU-s", MOBY_CPU)):
        yield Row(f"pull and unpack, cold, {title}", unit,
                  {name: [turn[step] for turn in taken[-runs:]] for name, taken in turns.items()},
                  [Budget(moby / 3, "docker", f"≤ 1/3 of moby, which takes {moby:.2f} × docker")], digits=2,
                  note=contents)
    peaks = {engine.name: [peak(engine, reference)] for engine in bench.engines}
    yield Row("pull and unpack, peak memory above idle", "MiB PSS", peaks, [Budget(64)])


def cold(engine, reference):
    """Seconds and CPU seconds of a pull and of making a container, which unpacks where the pull did not."""
    before = engine.account.seconds()
    took = 0.0
    for words in (engine.pull(reference), engine.create(reference, "true")):
        took += spend(engine.account.enter(words), engine.environment).wall
    cpu = engine.account.seconds() - before
    engine.remove_all()
    engine.do("rmi", reference)
    return took, cpu


def peak(engine, reference):
    time.sleep(2)
    idle = pss(named(*engine.everything))
    with Peak(*engine.everything) as seen:
        cold(engine, reference)
    return seen.mebibytes - idle
