"""What the files of the contract suite share: one way to make each call, and to read sources to their end."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.message import Media
from bot.domain.post import Cursor, Edit, Outgoing, SeenPost
from bot.domain.text import digest
from bot.errors import PlatformError
from bot.platforms.base import Platform, Source
from tests.platforms.drivers import Call, Driver, Trouble

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def outgoing(text: str = "Free them all.", **fields: object) -> Outgoing:
    return Outgoing(text=text, language="en", idempotency_key=digest(text), **fields)  # type: ignore[arg-type]


def image() -> tuple[BytesIO, Media]:
    written = BytesIO()
    Image.new("RGB", (8, 8), "red").save(written, "PNG")
    written.seek(0)
    return written, Media("banner.png", "Five portraits of jailed union leaders.", "image/png")


def read_all(sources: list[Source], cursors: dict[str, Cursor]) -> list[SeenPost]:
    """Every source until it is caught up; the cursors move on."""
    posts: list[SeenPost] = []
    for source in sources:
        more = True
        while more:
            page = source.read(cursors[source.name])
            cursors[source.name], more = page.cursor, page.more
            posts += page.posts
    return posts


def from_horizon(sources: list[Source], horizon: datetime) -> dict[str, Cursor]:
    return {source.name: Cursor(horizon) for source in sources}


def call(driver: Driver, platform: Platform, name: Call, folder: Path) -> object:
    """Makes one call as a service would; what a call needs before it is there already."""
    match name:
        case Call.PUBLISH:
            return platform.publish(outgoing())
        case Call.EDIT:
            platform.edit(platform.publish(outgoing("Free htem all.")).post_id, Edit("Free them all.", "en"))
            return None
        case Call.UPLOAD:
            return platform.upload(*image())
        case Call.OWN_POSTS:
            return platform.own_posts(driver.now() - DAY)
        case Call.SOURCE:
            source = platform.sources(driver.hashtags)[0]
            return source.read(Cursor(driver.now() - DAY))
    post = platform.fetch(driver.somebody_posts(f"Solidarity! #{driver.hashtags[0]}"))
    assert post is not None
    return platform.reshare(post) if name is Call.RESHARE else post


def breaks(driver: Driver, platform: Platform, name: Call, trouble: Trouble, folder: Path) -> PlatformError:
    driver.breaks(name, trouble)
    with pytest.raises(PlatformError) as raised:
        call(driver, platform, name, folder)
    return raised.value
