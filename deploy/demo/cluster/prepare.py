"""Makes the folder of a new cluster: certificates, node configuration, keys of seal and people."""

import secrets
from pathlib import Path

from deploy.demo.cluster import certificates, custodian_keys, hcl
from deploy.demo.cluster import layout as layouts
from deploy.demo.cluster.layout import Layout, Shape


def prepare(root: Path, shape: Shape) -> Layout:
    """Return what the folder holds already, or make it; a half-made folder is made anew."""
    if layouts.cluster_file(root).exists():
        layout = layouts.read(root)
        _configure(layout)
        custodian_keys.make(layout)
        return layout
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    layout = layouts.plan(root, shape)
    certificates.make(layout.ca_file, layout.certificate, layout.private_key)
    if shape.seal == "static":
        layout.seal_key.parent.mkdir(mode=0o700, exist_ok=True)
        layout.seal_key.touch(mode=0o600)
        layout.seal_key.write_bytes(secrets.token_bytes(32))
    _configure(layout)
    custodian_keys.make(layout)
    layouts.write(layout)
    return layout


def _configure(layout: Layout) -> None:
    """Done at every start: the folder may come from an earlier version, or have been moved."""
    for node in layout.nodes:
        layout.data(node.name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for alone in (False, True):
            path = layout.config(node.name, alone=alone)
            path.write_text(hcl.config(layout, node, alone=alone), encoding="utf-8")
