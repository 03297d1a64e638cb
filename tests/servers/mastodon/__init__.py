"""A Mastodon server for tests: real HTTP in a process of its own, with faults to inject and a ledger to count from."""

from tests.servers.mastodon.handle import MastodonServer
from tests.servers.mastodon.records import MastodonAccount, MastodonLedger, MastodonPost

__all__ = ["MastodonAccount", "MastodonLedger", "MastodonPost", "MastodonServer"]
