"""What the tests of the services share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A campaign at work, at eight in the morning of its day."""
    return Desk(tmp_path)
