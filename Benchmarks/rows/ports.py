"""Published ports: requests through them, and what holding them costs."""

import re
import subprocess
import time

from engines import IMAGE
from measure import Budget, Failed, Row, interleave, percentile
from processes import named, pss

PORT = 8080
# On the loopback interface, but no loopback address: what a client elsewhere would use.
ADDRESS = "10.200.0.1"
SECONDS = 2
MANY = 10_000
FEW = 20

# One process, nothing to log, nothing to read: the port is to be the bottleneck.
NGINX = """\
daemon off; master_process off; error_log stderr; pid /tmp/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000;
  client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d;
  scgi_temp_path /tmp/e;
  server { listen 80 backlog=1024; location / { return 200 "ok"; } }
}
"""


def ports(bench):
    """nginx of this machine runs in a container of each engine, wrk beside the engine."""
    with open(f"{bench.scratch}/nginx.conf", "w") as file:
        file.write(NGINX)
    try:
        for engine in bench.engines:
            serve(bench, engine)
        yield from requests(bench)
    finally:
        for engine in bench.engines:
            engine.remove_all()
    yield from held(bench)


def serve(bench, engine):
    shared = [word for path in ("/usr", "/lib", "/lib64") for word in ("-v", f"{path}:{path}:ro")]
    if engine.name != "podman":
        # podman shares the bench's network with Berth, and the address with it.
        engine.reach_do("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")
    engine.do_run("-d", "--name", "web", "-p", f"{port(engine)}:80", *shared,
                  "-v", f"{bench.scratch}/nginx.conf:/nginx.conf:ro", IMAGE,
                  "/usr/sbin/nginx", "-e", "stderr", "-c", "/nginx.conf")


def port(engine):
    return PORT + (engine.name == "podman")


def requests(bench):
    runs = bench.some(4)
    for title, address, factor in (("loopback", "127.0.0.1", 1.5), ("another address", ADDRESS, 1.0)):
        for kind, options in (("keep-alive", []), ("new connections", ["-H", "Connection: close"])):
            yield Row(f"published port, {title}, {kind}", "requests/s", interleave({
                engine.name: (lambda engine=engine: rate(engine, address, options)) for engine in bench.engines
            }, runs), [Budget(factor, "docker", least=True)], digits=0)


def rate(engine, address, options):
    """Requests a second on 16 connections."""
    command = engine.reach(["wrk", "-t1", "-c16", f"-d{SECONDS}s", *options, f"http://{address}:{port(engine)}/"])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    if not found or "Non-2xx" in done.stdout:
        raise Failed(f"{engine.name}: wrk: {done.stdout}{done.stderr}")
    return float(found[1])


def held(bench):
    """Berth with ten thousand ports on a container; docker with a few, since each is two processes."""
    berth, docker = bench.berth, bench.docker
    berth.do_run("-d", IMAGE, "sleep", "100000")
    time.sleep(3)
    before = pss(named("berth-bridge"))
    plain = [berth.do_run("--rm", IMAGE, "true").wall for _ in range(5)]
    took = berth.do_run("-d", "-p", f"20000-{20000 + MANY - 1}:20000-{20000 + MANY - 1}", IMAGE, "sleep", "100000").wall
    time.sleep(3)
    more = pss(named("berth-bridge")) - before
    docker.do_run("-d", "-p", f"20000-{20000 + FEW - 1}:20000-{20000 + FEW - 1}", IMAGE, "sleep", "100000")
    time.sleep(1)
    proxies = pss(named("docker-proxy"))
    for engine in (berth, docker):
        engine.remove_all()
    yield Row(f"{MANY:,} ports published on one container", "s", {"berth": [took - percentile(plain, 0.5)]},
              [Budget(1)], digits=2, note="More than a container without ports takes.")
    yield Row(f"memory of {MANY:,} published ports", "MiB PSS", {"berth": [more]}, [Budget(5)])
    yield Row("memory of one published port", "KiB PSS",
              {"berth": [more * 1024 / MANY], "docker": [proxies * 1024 / FEW]}, digits=2)
