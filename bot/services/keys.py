"""Keyed hashes: enough to know an author or a post again, and nothing else."""

from __future__ import annotations

import hashlib
import hmac

from bot.services.work import Work


def author_key(work: Work, handle: str) -> str:
    """What stays of an author who asked to be forgotten; platforms ignore case in handles."""
    return _keyed(work, handle.casefold())


def post_key(work: Work, uri: str) -> str:
    """What stays of the uri of a post that is not stored any more: most name their author."""
    return f"forgotten:{_keyed(work, uri)}"


def _keyed(work: Work, text: str) -> str:
    return hmac.new(work.store.instance_key.encode(), text.encode(), hashlib.sha256).hexdigest()
