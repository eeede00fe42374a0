"""Memory as PSS: what is shared is counted once."""

import time

from engines import IMAGE
from measure import Budget, Row
from processes import named, pss, rollup

# Daemons give memory back a moment after the work that needed it.
SETTLE = 5


def memory(bench):
    """Idle, with containers, and after they are gone."""
    engines = bench.engines
    for engine in engines:
        afresh(engine)
    time.sleep(SETTLE)
    yield row("daemon and helpers, idle", engines, infrastructure, [Budget(30)])
    for engine in engines:
        start(engine, bench.count)
    time.sleep(SETTLE)
    yield row(f"daemon and helpers, {bench.count} running", engines, infrastructure, [Budget(40)])
    yield per_container(bench, "per running container (shim, proxies)")
    for engine in engines:
        engine.remove_all()
        start(engine, bench.count, "--network", "host")
    time.sleep(SETTLE)
    yield per_container(bench, "per running container, the host's network")
    for engine in engines:
        engine.remove_all()
    time.sleep(SETTLE)
    yield row(f"daemon and helpers, after {bench.count} were removed", engines, infrastructure, [])
    yield parts(bench.berth)


def afresh(engine):
    """A new process, in which one container has run: what the rows before left in its heap is not measured."""
    engine.stop()
    engine.start()
    engine.do_run("--rm", IMAGE, "true")


def start(engine, count, *options):
    for _ in range(count):
        engine.do_run("-d", *options, IMAGE, "sleep", "100000")


def per_container(bench, title):
    return row(title, bench.engines, lambda engine: helpers(engine) / bench.count, [Budget(0.3)], digits=3,
               note=shim_note())


def infrastructure(engine):
    return pss(named(*engine.infrastructure)) if engine.infrastructure else 0.0


def helpers(engine):
    return pss(named(*engine.helpers))


def row(title, engines, measure, budgets, **options):
    series = {engine.name: [measure(engine)] for engine in engines}
    return Row(title, "MiB PSS", {name: numbers for name, numbers in series.items() if numbers[0]}, budgets, **options)


def parts(berth):
    """Where Berth's own memory is."""
    series = {name: [pss(named(name))] for name in berth.infrastructure}
    return Row("of which", "MiB PSS", {name: numbers for name, numbers in series.items() if numbers[0]},
               subject="berthd", compared=False)


def shim_note():
    shims = [rollup(pid) for pid in named("berth-shim")]
    if not shims:
        return ""
    mean = {key: sum(shim.get(key, 0) for shim in shims) / len(shims) for key in ("Pss", "Private_Dirty", "Rss")}
    return f"A shim: PSS {mean['Pss']:.0f} KiB, private dirty {mean['Private_Dirty']:.0f} KiB, RSS {mean['Rss']:.0f} KiB."
