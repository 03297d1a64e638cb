"""What anybody may ask for without the API: robots.txt, and a post in ActivityPub's words."""

from tests.servers.mastodon.access import Call, visible_status
from tests.servers.mastodon.entities import uri_of
from tests.servers.mastodon.wire import Answer, Refusal
from tests.servers.mastodon.world import World


async def robots(world: World, call: Call) -> Answer:
    if not world.settings.robots:
        raise Refusal(404, "Not found")
    return Answer(200, body=world.settings.robots.encode(), headers={"content-type": "text/plain; charset=utf-8"})


async def activity(world: World, call: Call) -> Answer:
    """A post that is gone, or that is not for everybody, is not there."""
    with world.session() as db:
        status = visible_status(world, db, call.target, None)
        return Answer(
            payload={"id": uri_of(world, status), "type": "Note", "content": status.content},
            headers={"content-type": "application/activity+json; charset=utf-8"},
        )
