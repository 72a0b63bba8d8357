"""The local world: a Slack stand-in, a cluster and its custodians on one machine."""
