"""The pages, a file each: a page's read is one call of a service, whose values its template shows."""

from importlib import import_module

_PAGES = (
    *("door", "me", "passkeys", "today", "links", "events", "stop", "deliveries", "campaign_calendar", "help"),
    *("moderation", "looking", "letting_go", "sightings", "rehearsal", "feeds"),
)


def load() -> None:
    """Import every page, so that it declares its routes."""
    for name in _PAGES:
        import_module(f"bot.web.pages.{name}")
