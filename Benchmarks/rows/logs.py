"""What a container writes: into the log, out of the log, to those who watch."""

import os
import subprocess
import time

from engines import IMAGE
from measure import Budget, Row, interleave, wall

LINE = 100
MEGABYTES = 500
TRIPS = 200


def logs(bench):
    """Each engine with its default driver: json-file, podman's k8s-file."""
    path = f"{bench.scratch}/lines"
    with open(path, "wb") as file:
        for number in range(MEGABYTES):
            file.write(block(number))
    written = {engine.name: [] for engine in bench.engines}
    engines = {engine.name: engine for engine in bench.engines}
    subjects = {name: (lambda name=name: write(engines[name], path, written[name])) for name in engines}
    # What the copying costs without a log.
    engines["docker, no log"] = bench.docker
    subjects["docker, no log"] = lambda: write(
        bench.docker, path, written.setdefault("docker, no log", []), "--log-driver", "none")
    runs = bench.some(7)
    interleave(subjects, runs, warm_up=0)
    yield Row(f"{MEGABYTES} MB of {LINE}-byte lines into the log, wall", "s", column(written, 0),
              [Budget(0.25, "docker"), Budget(1, "podman")], digits=2)
    yield Row(f"{MEGABYTES} MB of {LINE}-byte lines into the log, CPU", "CPU-s", column(written, 1),
              [Budget(0.25, "docker"), Budget(1, "podman")], digits=2, note="The container's own `cat` is in it.")
    yield from reads(bench, runs)
    for engine in bench.engines:
        engine.remove_all()
    os.remove(path)
    yield from followers(bench)


def block(number):
    """A megabyte of lines."""
    lines = (f"{number:06d} {line:06d} ".ljust(LINE - 1, "x") + "\n" for line in range(1_000_000 // LINE))
    return "".join(lines).encode()


def column(series, step):
    return {name: [turn[step] for turn in turns] for name, turns in series.items()}


def write(engine, path, numbers, *options):
    """Runs a container that writes the file's lines; its log stays."""
    engine.remove_all()
    before = engine.account.seconds()
    started = time.perf_counter()
    engine.do_run("-d", "--name", "writer", "-v", f"{path}:/lines:ro", *options, IMAGE, "cat", "/lines")
    engine.do("wait", "writer")
    took = time.perf_counter() - started
    numbers.append((took, engine.account.seconds() - before))
    return took


def reads(bench, runs):
    """The log of the last writer that had one, whole and its last lines."""
    write(bench.docker, f"{bench.scratch}/lines", [])

    def read(engine, *options):
        return wall(engine.command("logs", *options, "writer"), engine.environment)

    yield Row(f"reading the {MEGABYTES} MB back", "MB/s", interleave(
        {e.name: (lambda e=e: MEGABYTES / read(e)) for e in bench.engines}, runs, warm_up=0),
        [Budget(300, least=True)], digits=0)
    yield Row(f"logs --tail 100 of {MEGABYTES} MB", "ms", interleave(
        {e.name: (lambda e=e: read(e, "--tail", "100") * 1000) for e in bench.engines}, bench.some(2)), [Budget(20)])


def followers(bench):
    """From a line typed into the container to the same line on the screen of `logs --follow`."""
    rows = {engine.name: delays(engine) for engine in bench.engines}
    yield Row("line from stdin through `cat` to a `logs -f`", "ms", rows, [Budget(2)], digits=2,
              note="Client, container, log and follower: all of the way.")


def delays(engine):
    """Milliseconds of each line."""
    client = subprocess.Popen(
        engine.run("-i", "--name", "echo", IMAGE, "cat"), env=engine.environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, bufsize=0)
    try:
        # Its first line is back: it runs.
        client.stdin.write(b"first\n")
        client.stdout.readline()
        follower = subprocess.Popen(
            engine.command("logs", "-f", "echo"), env=engine.environment, stdout=subprocess.PIPE, bufsize=0)
        follower.stdout.readline()
        times = []
        for number in range(TRIPS):
            started = time.perf_counter()
            client.stdin.write(b"line %d\n" % number)
            follower.stdout.readline()
            times.append((time.perf_counter() - started) * 1000)
            client.stdout.readline()
        client.stdin.close()
        follower.wait(30)
        return times
    finally:
        engine.remove_all()
        client.wait(30)
