"""What the tests of the services share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.campaign import CampaignHarness

ALWAYS_ON_BOTH = (
    "test_edit",
    "services.test_compose",
    "test_deliver",
    "test_stop",
    "test_undo",
    "services.test_status",
    "test_today",
    "test_agenda",
    "test_notifications",
    "test_decided_in_the_console",
)
"""What sends or changes what is sent is tried on PostgreSQL each time, the others in the long form."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test with a campaign on both databases."""
    if "harness" in metafunc.fixturenames:
        is_quick = metafunc.module.__name__.endswith(ALWAYS_ON_BOTH)
        other = pytest.param("postgresql", marks=() if is_quick else pytest.mark.long)
        metafunc.parametrize("harness", ["sqlite", other], indirect=True)


@pytest.fixture
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> CampaignHarness:
    """A campaign at work, at eight in the morning of its day."""
    return CampaignHarness(tmp_path, store=request.param)


@pytest.fixture
def file_harness(tmp_path: Path) -> CampaignHarness:
    """The same on SQLite alone, for what concerns its file."""
    return CampaignHarness(tmp_path)
