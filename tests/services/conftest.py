"""What the tests of the services share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A campaign at work, at eight in the morning of its day."""
    made = Desk(tmp_path)
    yield made
    made.close()
