"""The control plane: the daemons' sockets from the smallest client, and the command lines alone."""

import statistics
import time

from engines import IMAGE
from measure import Budget, Failed, Row, interleave, percentile, wall
from wire import RPC, Wire, http_get, request

MICROSECONDS = 1_000_000
PING = request("system.ping")
LIST = request("container.list")
DOCKER_PING = http_get("/_ping")
DOCKER_LIST = http_get("/containers/json")


def api(bench):
    """Round trips on one connection that stays open."""
    with RPC(bench.berth.socket).open_session() as berth, Wire(bench.docker.socket) as docker:
        pings = interleave({
            "berth": lambda: trips(berth, PING, b"\n", 2000),
            "docker": lambda: trips(docker, DOCKER_PING, b"\r\n\r\nOK", 2000),
        }, bench.runs)
        for title, share, budget in (("p50", 0.5, 1), ("p99", 0.99, 1)):
            series = {name: [percentile(turn, share) * MICROSECONDS for turn in turns] for name, turns in pings.items()}
            yield Row(f"ping, one connection, {title}", "µs", series, [Budget(budget, "docker")])
        count = 10_000
        yield Row("ping, pipelined", "requests/s", interleave({
            "berth": lambda: count / berth.pipelined(PING, b"\n", count, 100),
            "docker": lambda: count / docker.pipelined(DOCKER_PING, b"\r\n\r\nOK", count, 100),
        }, bench.some(2)), [Budget(4, "docker", least=True)], digits=0)
        yield from lists(bench, berth, docker)


def trips(wire, request, ending, count):
    """Seconds of each of so many round trips."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        answer = wire.exchange(request, ending)
        times.append(time.perf_counter() - started)
        if b'"error":{' in answer:
            raise Failed(f"{request!r}: {answer[:500]!r}")
    return times


def lists(bench, berth, docker):
    engines = [bench.berth, bench.docker]
    for engine in engines:
        for _ in range(bench.count):
            engine.do_run("-d", IMAGE, "sleep", "100000")
    series = interleave({
        "berth": lambda: statistics.median(trips(berth, LIST, b"\n", 20)) * 1000,
        "docker": lambda: statistics.median(trips(docker, DOCKER_LIST, b"0\r\n\r\n", 20)) * 1000,
    }, bench.runs)
    yield Row(f"list {bench.count} running containers, p50", "ms", series, [Budget(0.5)], digits=2)
    for engine in engines:
        engine.remove_all()


def cli(bench):
    """A command line without a daemon: what starting the client costs."""
    nowhere = f"unix://{bench.scratch}/nowhere.sock"
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": bench.scratch, "BERTH_HOST": nowhere,
                   "DOCKER_HOST": nowhere}
    commands = {"berth": [f"{bench.stage}/bin/berth", "version"], "docker": ["/usr/bin/docker", "version"],
                "podman": ["podman", "--version"]}
    subjects = {name: (lambda argv=argv: wall(argv, environment, expect=None) * 1000)
                for name, argv in commands.items()}
    yield Row("client alone: `version` without a daemon", "ms", interleave(subjects, bench.runs), [Budget(5)],
              note="podman has no client: its `--version` starts the whole.")
