"""Chores work on what use cases made: the same people, clock and database."""

from tests.domain.conftest import stage as stage
