"""Makes the folder of a new cluster: certificates, configuration of each node, seal key."""

import secrets
from pathlib import Path

from deploy.demo.cluster import certificates, hcl
from deploy.demo.cluster import layout as layouts
from deploy.demo.cluster.layout import Layout, Shape


def prepare(root: Path, shape: Shape) -> Layout:
    """Return what the folder holds already, or make it; a half-made folder is made anew."""
    if layouts.cluster_file(root).exists():
        return layouts.read(root)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    layout = layouts.plan(root, shape)
    certificates.make(layout.ca_file, layout.certificate, layout.private_key)
    if shape.seal == "static":
        layout.seal_key.parent.mkdir(mode=0o700, exist_ok=True)
        layout.seal_key.touch(mode=0o600)
        layout.seal_key.write_bytes(secrets.token_bytes(32))
    for node in layout.nodes:
        layout.data(node.name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for alone in (False, True):
            path = layout.config(node.name, alone=alone)
            path.write_text(hcl.config(layout, node, alone=alone), encoding="utf-8")
    layouts.write(layout)
    return layout
