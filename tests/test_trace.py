"""The traces of `tools/trace`: each story comes to its end, and tells which files it passes."""

from __future__ import annotations

import runpy
from pathlib import Path

from tests.harness.live_campaign import LiveCampaign

TRACE = Path(__file__).parent.parent / "tools" / "trace"


def test_every_story_tells_which_files_it_passes_from_its_first_function_on(live: LiveCampaign) -> None:
    tool = runpy.run_path(str(TRACE))
    traces = tool["live_through"](live, "mastodon")
    assert list(traces) == ["due", "page", "approve", "reshare"]
    for found in traces.values():
        file, functions = next(iter(found.passed.items()))
        assert found.story.begins.co_filename.endswith(f"/bot/{file}")
        assert functions[0] == found.story.begins.co_name
        assert found.whole >= set(found.passed) > {file}
        assert len(found.passed) <= found.story.limit, list(found.passed)
    assert [len(live.accepted("mastodon")), len(live.mastodon.ledger().reblogs)] == [1, 1]
