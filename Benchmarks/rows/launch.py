"""One container, one process: how long until it has run."""

from functools import partial

from engines import IMAGE
from measure import Budget, Row, interleave, wall

MILLISECONDS = 1000


def timed(argv, environment=None):
    """A subject: milliseconds that the command takes."""
    return lambda: wall(argv, environment) * MILLISECONDS


def processor_time(engine, argv):
    """A subject: milliseconds of CPU that a command takes, wherever the engine spends them."""
    def measure():
        before = engine.account.seconds()
        wall(engine.account.enter(argv), engine.environment)
        return (engine.account.seconds() - before) * MILLISECONDS
    return measure


def run_bundle(bench, runtime, network=True):
    """`run` of a bundle whose process is `true`."""
    bundle, name = bench.bundle, f"{runtime}-{'own' if network else 'host'}"
    return bundle.command(runtime, "run", "--bundle", bundle.write(name, "true", network=network), f"bench-{name}")


def runtime(bench):
    """The runtime alone, as an engine would call it."""
    for network in (True, False):
        subjects = {name: timed(run_bundle(bench, name, network)) for name in bench.bundle.runtimes}
        subjects["unshare, chroot"] = timed(
            ["unshare", "--mount", *(["--net"] if network else []), "--pid", "--ipc", "--uts", "--fork", "chroot",
             bench.bundle.root, "/bin/true"])
        title = "runtime alone: run of an OCI bundle, `true`" + ("" if network else ", the host's network")
        yield Row(title, "ms", interleave(subjects, bench.runs), [Budget(0.5, "crun")], subject="berth-runtime",
                  note="unshare is the floor: namespaces only, no capabilities, filter, cgroup, devices or masks.")


def run(bench):
    """From the command to the prompt: create, start, wait, remove."""
    def subjects(kind, *options):
        return {e.name: kind(e, e.run("--rm", *options, IMAGE, "true")) for e in bench.engines}

    def clock(engine, argv):
        return timed(argv, engine.environment)

    bridge = {**subjects(clock), "crun run": timed(run_bundle(bench, "crun"))}
    yield Row("run --rm IMAGE true, bridge", "ms", interleave(bridge, bench.runs),
              [Budget(0.1, "docker"), Budget(1.5, "crun run")])
    yield Row("run --rm --network none IMAGE true", "ms",
              interleave(subjects(clock, "--network", "none"), bench.runs), [Budget(0.1, "docker")])
    yield Row("run --rm IMAGE true, bridge, CPU", "CPU-ms", interleave(subjects(processor_time), bench.runs),
              note="Of daemon, client, helpers and container together: what other work on the machine changes least.")


def execution(bench):
    """`exec C true` in a container that sleeps."""
    for network in (True, False):
        yield from executions(bench, network)


def executions(bench, network):
    """Of engines with their default network, or the host's."""
    bundle, subjects, undo = bench.bundle, {}, []
    try:
        for engine in bench.engines:
            engine.do_run("-d", "--name", "sleeper", *([] if network else ["--network", "host"]), IMAGE, "sleep",
                          "100000")
            undo.append(partial(engine.remove_all))
            subjects[engine.name] = timed(engine.command("exec", "sleeper", "true"), engine.environment)
        for runtime in bundle.runtimes:
            identity = f"sleeper-{runtime}"
            folder = bundle.write(identity, "sleep", "100000", network=network)
            wall(bundle.command(runtime, "create", "--bundle", folder, identity))
            undo.append(partial(wall, bundle.command(runtime, "delete", "--force", identity)))
            wall(bundle.command(runtime, "start", identity))
            subjects[runtime] = timed(bundle.command(runtime, "exec", identity, "true"))
        pid = bench.berth.answer("inspect", "--format", "{{.State.Pid}}", "sleeper")
        subjects["nsenter"] = timed(
            ["nsenter", "--target", pid, "--mount", "--net", "--pid", "--ipc", "--uts", "--root", "/bin/true"])
        yield Row("exec C true" + ("" if network else ", the host's network"), "ms", interleave(subjects, bench.runs), [Budget(1 / 6, "docker"), Budget(1, "crun")])
    finally:
        for step in undo:
            step()
