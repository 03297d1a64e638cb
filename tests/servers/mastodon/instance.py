"""What the server says of itself: limits, types and addresses a client must read instead of assuming."""

from tests.servers.mastodon.access import Call
from tests.servers.mastodon.wire import Answer, ask
from tests.servers.mastodon.world import World


async def instance(world: World, call: Call) -> Answer:
    answer = await ask(world.app, call.request)
    settings = world.settings
    answer.payload["version"] = settings.version
    answer.payload["domain" if "domain" in answer.payload else "uri"] = world.base.partition("://")[2]
    configuration = answer.payload["configuration"]
    configuration["statuses"] = {
        "max_characters": settings.max_characters,
        "max_media_attachments": settings.max_media_attachments,
        "characters_reserved_per_url": settings.characters_reserved_per_url,
    }
    configuration["media_attachments"] = {
        **configuration["media_attachments"],
        "supported_mime_types": list(settings.supported_mime_types),
        "description_limit": settings.description_limit,
        "image_size_limit": settings.image_size_limit,
        "video_size_limit": settings.video_size_limit,
    }
    local, remote = settings.hashtag_feeds
    configuration["timelines_access"] = {"hashtag_feeds": {"local": local, "remote": remote}}
    if settings.streaming_url and "urls" in configuration:
        configuration["urls"]["streaming"] = settings.streaming_url
    return answer
