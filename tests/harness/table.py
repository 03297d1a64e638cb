"""Tests that go through a table of cases: each is one test, and says of every case that fails which it was."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import pytest

Test = Callable[..., None]


def each_of(names: str | Sequence[str], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """Let a test go through all cases, where a test for each would cost more than what it looks at.

    A case has a value for each of `names`, or is the value where there is one name. All are gone through, whatever
    fails; each has a `tmp_path` of its own, and shares all other fixtures.
    """
    keys, table = [names] if isinstance(names, str) else list(names), list(cases)

    def decorated(test: Test) -> Test:
        @wraps(test)
        def through(**fixtures: Any) -> None:
            failed: list[Exception] = []
            for number, case in enumerate(table):
                values = dict(zip(keys, [case] if len(keys) == 1 else case, strict=True))
                if "tmp_path" in fixtures:
                    values["tmp_path"] = fixtures["tmp_path"] / str(number)
                    values["tmp_path"].mkdir()
                try:
                    test(**(fixtures | values))
                except (Exception, pytest.fail.Exception) as error:
                    error.add_note(f"in the case of {case!r}")
                    failed.append(error if isinstance(error, Exception) else AssertionError(f"{case!r}: {error}"))
            if failed:
                raise failed[0] if len(failed) == 1 else ExceptionGroup(f"{len(failed)} of {len(table)} cases", failed)

        signature = inspect.signature(test)
        left = [parameter for name, parameter in signature.parameters.items() if name not in keys]
        through.__dict__["__signature__"] = signature.replace(parameters=left)
        return through

    return decorated
