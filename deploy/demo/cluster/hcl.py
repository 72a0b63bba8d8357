"""The server configuration of one node, as text."""

from typing import Final

from deploy.demo.cluster.layout import HOST, Layout, Node

# The same text on every node, or no standby can ever become active. The path is relative, and each
# node runs in a folder of its own.
_AUDIT: Final = """
audit "file" "main" {
  description = "main audit"
  options {
    file_path = "audit.log"
    hmac_accessor = "false"
  }
}
"""


def config(layout: Layout, node: Node, *, alone: bool) -> str:
    """`alone` leaves the peers out: the first node of a rebuild must not find an old cluster."""
    peers = (
        "" if alone else "".join(_peer(layout, other) for other in layout.nodes if other != node)
    )
    return f"""\
ui = false
cluster_name = "{layout.shape.name}"
api_addr = "{node.address}"
cluster_addr = "https://{HOST}:{node.raft_port}"
{_standby_reads(layout)}
storage "raft" {{
  path = "{layout.data(node.name)}"
  node_id = "{node.name}"
  # The default of 5 makes a failover last 18 s where 1 needs 2 s; right for nodes that are close.
  performance_multiplier = 1
  # A new node gets its vote at the next of these looks; the default is every 10 s.
  autopilot_reconcile_interval = "2s"
{peers}}}

listener "tcp" {{
  address = "{HOST}:{node.port}"
  cluster_address = "{HOST}:{node.raft_port}"
  tls_cert_file = "{layout.certificate}"
  tls_key_file = "{layout.private_key}"
  telemetry {{ unauthenticated_metrics_access = true }}
}}

telemetry {{
  prometheus_retention_time = "60s"
  disable_hostname = true
}}
{_AUDIT}{_seal(layout)}"""


def _peer(layout: Layout, peer: Node) -> str:
    return (
        "  retry_join {\n"
        f'    leader_api_addr = "{peer.address}"\n'
        f'    leader_ca_cert_file = "{layout.ca_file}"\n'
        "  }\n"
    )


def _standby_reads(layout: Layout) -> str:
    return "disable_standby_reads = true\n" if layout.shape.disable_standby_reads else ""


def _seal(layout: Layout) -> str:
    if layout.shape.seal == "shamir":
        return ""
    return f"""
seal "static" {{
  current_key_id = "k1"
  current_key = "file://{layout.seal_key}"
}}
"""
