"""What the rows share: the scratch folder, the image, the engines, the number of runs."""

import contextlib
import functools
import os
import subprocess

from engines import Berth, Docker, Podman
from runtimes import Bundle

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Bench:
    """Engines start at their first use and end with the bench, last first."""

    def __init__(self, scratch, stage, runs, count):
        self.scratch = scratch
        self.stage = os.path.abspath(stage)
        self.runs = runs
        self.count = count
        self.closing = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.close()

    def some(self, fewer):
        """Runs of a row that takes long: a part of what was asked for."""
        return max(1, self.runs // fewer)

    @functools.cached_property
    def busybox(self):
        """An OCI layout of the image that every row uses."""
        folder = f"{self.scratch}/busybox"
        subprocess.run([f"{TOP}/Tests/Fixtures/busybox-image", folder], check=True)
        return folder

    @functools.cached_property
    def bundle(self):
        return Bundle(self)

    def ready(self, kind):
        engine = kind(self)
        self.closing.callback(engine.close)
        engine.start()
        engine.load()
        return engine

    @functools.cached_property
    def berth(self):
        return self.ready(Berth)

    @functools.cached_property
    def docker(self):
        return self.ready(Docker)

    @functools.cached_property
    def podman(self):
        return self.ready(Podman)

    @property
    def engines(self):
        return [self.berth, self.docker, self.podman]
