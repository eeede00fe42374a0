"""A large image, the same each time: layers of many small files and a few large ones, as images of distributions are."""

import hashlib
import io
import itertools
import json
import os
import random
import tarfile
import zlib
from concurrent.futures import ProcessPoolExecutor

LAYERS = 7
FOLDERS_A_LAYER = 143
FILES_A_FOLDER = 20
LARGE_FILES_A_LAYER = 7
LARGE = 4 << 20
SMALL_MEDIAN = 4 << 10
SMALL_LARGEST = 64 << 10


def make(folder):
    """Writes an OCI image layout with the one manifest `latest`; a line that says what is in it."""
    os.makedirs(f"{folder}/blobs/sha256")
    with ProcessPoolExecutor() as pool:
        made = list(pool.map(layer, range(LAYERS), [folder] * LAYERS))
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
        "os": "linux", "config": {"Cmd": ["true"]},
        "rootfs": {"type": "layers", "diff_ids": [diff for _, diff, _ in made]},
    }
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor(folder, json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [blob for blob, _, _ in made],
    }
    entry = descriptor(folder, json.dumps(manifest).encode(), manifest["mediaType"])
    entry["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    with open(f"{folder}/index.json", "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [entry]}, file)
    with open(f"{folder}/oci-layout", "w") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    compressed = sum(blob["size"] for blob, _, _ in made) / 1e6
    unpacked = sum(size for _, _, size in made) / 1e6
    files = LAYERS * FOLDERS_A_LAYER * FILES_A_FOLDER
    return f"{LAYERS} layers, {compressed:.0f} MB of gzip, {unpacked:.0f} MB unpacked, {files:,} small files"


def layer(number, folder):
    """Makes one layer: its descriptor, its diff id, its size unpacked."""
    chance = random.Random(number)
    pool = text(chance, 8 << 20)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for place in range(FOLDERS_A_LAYER):
            path = f"usr/share/layer{number}/folder{place}"
            entry(tar, path, tarfile.DIRTYPE, 0o755)
            for file in range(FILES_A_FOLDER):
                size = min(int(chance.lognormvariate(0, 1.1) * SMALL_MEDIAN), SMALL_LARGEST)
                entry(tar, f"{path}/file{file}", content=cut(chance, pool, size))
            entry(tar, f"{path}/link", tarfile.SYMTYPE, target="file0")
        for file in range(LARGE_FILES_A_LAYER):
            entry(tar, f"usr/lib/layer{number}/library{file}.so", mode=0o755, content=cut(chance, pool, LARGE))
        if number:
            # Something of the layer below goes.
            entry(tar, f"usr/share/layer{number - 1}/folder0/.wh.file1")
    data = buffer.getvalue()
    packer = zlib.compressobj(6, wbits=31)
    blob = descriptor(folder, packer.compress(data) + packer.flush(), "application/vnd.oci.image.layer.v1.tar+gzip")
    return blob, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)


def entry(tar, path, kind=tarfile.REGTYPE, mode=0o644, content=b"", target=""):
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.linkname, info.size = kind, mode, target, len(content)
    tar.addfile(info, io.BytesIO(content))


def text(chance, size):
    """Words as often as they are in languages: gzip makes two fifths of it, as of programs and their documents."""
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10))) for _ in range(4000)]
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(words))))
    return b" ".join(chance.choices(words, cum_weights=weights, k=size // 6))[:size]


def cut(chance, pool, size):
    start = chance.randrange(len(pool) - size)
    return pool[start:start + size]


def descriptor(folder, data, media_type):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{folder}/blobs/sha256/{digest}", "wb") as file:
        file.write(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}
