"""The world beside the workspace: what is real, shown and touched over one small HTTP API."""
