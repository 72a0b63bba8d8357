"""One process of the local world for a test: started, waited for, ended."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.cluster.layout import Layout, cluster_file
from tests.check.files import ROOT


@dataclass(frozen=True)
class Part:
    """`ready` is the line with which it said where it is; `said` all that it printed or logged."""

    process: subprocess.Popen[bytes]
    ready: Mapping[str, str]
    log: Path

    def said(self) -> str:
        return self.log.read_text()


@contextmanager
def running(module: str, folder: Path, *arguments: str) -> Iterator[Part]:
    log = folder / f"{module}.log"
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            [sys.executable, "-m", f"deploy.demo.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield Part(process, json.loads(process.stdout.readline()), log)
        finally:
            process.terminate()
            process.wait(10)


def balancer_config(layout: Layout, folder: Path) -> Path:
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text("made-up-token\n")
    config = {
        "port": 0,
        "control_port": 0,
        "token_file": str(token),
        "state_file": str(folder / "state.json"),
        "ca_file": str(layout.ca_file),
        "backends": [{"name": node.name, "address": node.address} for node in layout.nodes],
    }
    file = folder / "balancer.json"
    file.write_text(json.dumps(config))
    return file


@contextmanager
def console(layout: Layout, name: str, share_file: Path, folder: Path) -> Iterator[Part]:
    cluster = str(cluster_file(layout.root))
    arguments = ("--name", name, "--cluster", cluster, "--share-file", str(share_file))
    with running("cluster.custodian", folder, *arguments) as part:
        yield part


def own_share(folder: Path, name: str, share: str) -> Path:
    file = folder / f"{name}.share"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(share + "\n")
    return file
