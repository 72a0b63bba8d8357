"""The same installations as the tests about runs have."""

from tests.jobs.conftest import own_place

__all__ = ["own_place"]
