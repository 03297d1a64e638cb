"""What each platform accepts, in one table: the check, the plan, the command line and the adapters all read it here.

A server's own word replaces a row where it gives one (`/api/v2/instance` on Mastodon). Sources: docs.x.com, "Counting
characters" and "Media best practices"; Mastodon's `media_attachment.rb`, `attachmentable.rb` and
`status_length_validator.rb` (4.x).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from enum import StrEnum
from math import ceil

from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.message import Media
from bot.values import dataclass

REPETITION = timedelta(hours=24)
"""X refuses a text it has had from the same account lately; how lately it does not say."""

_MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What an account's server accepts. 0, or an empty set, is no limit that is known.

    `characters_per_url` is what a link counts (0: its own length). Sizes are in bytes, lengths in seconds, frame rates
    in frames a second. `*_pixels` is width times height; `*_sides` is the longer and the shorter side. A GIF counts as
    one only if it is animated.
    """

    max_characters: int
    characters_per_url: int
    max_media: int
    image_bytes: int
    video_bytes: int
    mime_types: frozenset[str] = field(default_factory=frozenset)
    alt_characters: int = 1500
    gif_bytes: int = 0
    gif_pixels: int = 0
    gif_sides: tuple[int, int] = (0, 0)
    gif_frames: int = 0
    gif_pixels_in_all: int = 0
    image_pixels: int = 0
    image_sides: tuple[int, int] = (0, 0)
    video_pixels: int = 0
    video_sides: tuple[int, int] = (0, 0)
    video_smallest_side: int = 0
    video_frame_rate: float = 0
    video_least_seconds: float = 0
    video_seconds: float = 0
    video_widest: float = 0
    video_codecs: frozenset[str] = frozenset()
    audio_codecs: frozenset[str] = frozenset()
    audio_channels: int = 0


MASTODON = Limits(
    max_characters=500,
    characters_per_url=23,
    max_media=4,
    image_bytes=16 * _MB,
    video_bytes=99 * _MB,
    mime_types=frozenset(
        {"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif"}
        | {"video/mp4", "video/quicktime", "video/webm"}
        | {"audio/mpeg", "audio/ogg", "audio/flac", "audio/wav", "audio/mp4"}
    ),
    alt_characters=1500,
    gif_pixels=1280 * 720,
    image_pixels=7680 * 4320,
    video_pixels=3840 * 2160,
    video_frame_rate=120,
)
"""A Mastodon server out of the box; the real one is asked, and what it said last is remembered."""

X = Limits(
    max_characters=280,
    characters_per_url=23,
    max_media=4,
    image_bytes=5 * _MB,
    video_bytes=512 * _MB,
    mime_types=frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/quicktime"}),
    alt_characters=1000,
    gif_bytes=15 * _MB,
    gif_sides=(1280, 1080),
    gif_frames=350,
    gif_pixels_in_all=300_000_000,
    image_sides=(8192, 8192),
    video_sides=(1920, 1200),
    video_smallest_side=32,
    video_frame_rate=60,
    video_least_seconds=0.5,
    video_seconds=140,
    video_widest=3,
    video_codecs=frozenset({"h264"}),
    audio_codecs=frozenset({"aac"}),
    audio_channels=2,
)
"""X for an account without extras. Its pages name 1280x1024 for videos, and its players' 1920x1200 is what it takes;
they name 20 minutes of late, and accounts are still refused after 140 seconds: the safe one stands here."""

SILENT_SERVER = Limits(
    max_characters=MASTODON.max_characters,
    characters_per_url=0,
    max_media=MASTODON.max_media,
    image_bytes=8 * _MB,
    video_bytes=40 * _MB,
    mime_types=frozenset(
        {"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm", "audio/mpeg"}
    ),
    alt_characters=MASTODON.alt_characters,
    gif_pixels=MASTODON.gif_pixels,
)
"""What a server of Mastodon's API is taken to accept where it does not say: the least of all versions, links as long as
they are."""

DEFAULTS: Mapping[str, Limits] = {PlatformName.MASTODON: MASTODON, PlatformName.X: X, PlatformName.REHEARSAL: MASTODON}
"""What an account's platform usually accepts."""


@dataclass(frozen=True)
class PlatformTraits:
    """What tells a platform from others where no adapter is asked: bot.toml is read, or an account is away.

    `has_servers`: its accounts are on many servers, each with hashtags of its own. `is_billed`: requests cost money.
    `counts_weighted`: the letters of a post count by twitter-text's weights, not as people see them.
    `refuses_repetition`: the same words are refused within a day.
    """

    has_servers: bool = False
    is_billed: bool = False
    counts_weighted: bool = False
    refuses_repetition: bool = False


_TRAITS: Mapping[str, PlatformTraits] = {
    PlatformName.MASTODON: PlatformTraits(has_servers=True),
    PlatformName.X: PlatformTraits(is_billed=True, counts_weighted=True, refuses_repetition=True),
    PlatformName.REHEARSAL: PlatformTraits(),
}


def traits_of(platform: str) -> PlatformTraits:
    """Return what tells a platform from others; nothing does of one that nobody knows here."""
    return _TRAITS.get(platform, PlatformTraits())


def limits_of(account: Account) -> Limits:
    """Return what an account accepts as far as its platform usually does, and `bot.toml` says of it."""
    limits = DEFAULTS[account.platform]
    if account.longest_video is not None:
        return replace(limits, video_seconds=account.longest_video.total_seconds())
    return limits


def default_limits(config: Config) -> Mapping[str, Limits]:
    """Return `limits_of` each account, by its name."""
    return {name: limits_of(account) for name, account in config.accounts.items()}


class MediaFault(StrEnum):
    """Why a platform does not take a file, or several together."""

    TYPE = "type"
    BYTES = "bytes"
    ALT = "alt"
    PIXELS = "pixels"
    FRAMES = "frames"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    FRAME_RATE = "frame_rate"
    SHAPE = "shape"
    VIDEO_CODEC = "video_codec"
    AUDIO_CODEC = "audio_codec"
    CHANNELS = "channels"
    TOO_MANY = "too_many"
    MIXED = "mixed"
    TWO_GIFS = "two_gifs"


@dataclass(frozen=True)
class Refusal:
    """One thing that a platform does not take: its code, the key of the head it belongs to, words for people, and the
    `facts` of which other faces make theirs: the `file`, the `account`, what it `has` and what the account `takes`."""

    fault: MediaFault
    key: str
    what: str
    instead: str
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)


def refusals(media: Media, account: str, accepted: Limits) -> Iterator[Refusal]:
    """Yield what an account's platform does not take of one file."""
    name, facts = media.path.rsplit("/", 1)[-1], media.facts
    if accepted.mime_types and media.mime_type not in accepted.mime_types:
        what = f"{account} does not take {name}, which is {media.mime_type}"
        about = _facts(name, account, media.mime_type, _wanted(media, accepted))
        yield Refusal(MediaFault.TYPE, "file", what, _save_as(media, accepted), about)
    most = _most_bytes(media, accepted)
    if media.size > most > 0:
        what = f"{name} has {_megabytes(media.size)} MB, and {account} takes {_megabytes(most)}"
        about = _facts(name, account, _megabytes(media.size), _megabytes(most))
        yield Refusal(MediaFault.BYTES, "file", what, "Save it smaller.", about)
    if len(media.alt) > accepted.alt_characters:
        what = f"this alternative text has {len(media.alt)} characters, and {account} takes {accepted.alt_characters}"
        about = _facts(name, account, len(media.alt), accepted.alt_characters)
        yield Refusal(MediaFault.ALT, "alt", what, f"Shorten it by {len(media.alt) - accepted.alt_characters}.", about)
    yield from _too_large(name, media, account, accepted)
    if facts.is_animated:
        yield from _animation(name, media, account, accepted)
    elif media.is_video:
        yield from _video(name, media, account, accepted)


def refused_together(media: Sequence[Media], account: str, accepted: Limits) -> Iterator[tuple[int, Refusal]]:
    """Yield what an account's platform does not take of the files of one post together, with the place at fault."""
    if len(media) > accepted.max_media:
        what = f"{account} takes {accepted.max_media} media, and here are {len(media)}"
        about = _facts("", account, len(media), accepted.max_media)
        yield accepted.max_media, Refusal(MediaFault.TOO_MANY, "file", what, "Take some out, or write a thread.", about)
    if len(media) < 2:
        return
    animated = [place for place, file in enumerate(media) if file.mime_type == "image/gif" or file.facts.is_animated]
    moving = [place for place, file in enumerate(media) if not file.mime_type.startswith("image/")]
    if moving:
        what = f"{account} takes one video or sound, or else pictures alone"
        place = moving[0] or 1
        yield place, Refusal(MediaFault.MIXED, "file", what, "Leave one video, or pictures only.", _facts("", account))
    elif animated:
        name = media[animated[0]].path.rsplit("/", 1)[-1]
        what = f"{account} takes one animated GIF, alone, and {name} is one of {len(media)} files"
        instead = "Leave this one, save still pictures as PNG, or write a thread."
        about = _facts(name, account, len(media))
        yield animated[-1] or 1, Refusal(MediaFault.TWO_GIFS, "file", what, instead, about)


def _most_bytes(media: Media, accepted: Limits) -> int:
    if media.facts.is_animated and accepted.gif_bytes:
        return accepted.gif_bytes
    return accepted.image_bytes if media.mime_type.startswith("image/") else accepted.video_bytes


def _facts(name: str, account: str, has: object = "", takes: object = "") -> dict[str, str]:
    return {"file": name, "account": account, "has": str(has), "takes": str(takes)}


def _wanted(media: Media, accepted: Limits) -> str:
    """Return the kinds of file to save one as that is of another kind, as programs call them."""
    if media.mime_type.startswith("image/"):
        return "PNG, JPEG"
    takes_sound = any(kind.startswith("audio/") for kind in accepted.mime_types)
    return "MP3" if media.mime_type.startswith("audio/") and takes_sound else "MP4 (H.264, AAC)"


def _save_as(media: Media, accepted: Limits) -> str:
    if media.mime_type.startswith("image/"):
        return "Save it as PNG or JPEG."
    if media.mime_type.startswith("audio/") and not any(kind.startswith("audio/") for kind in accepted.mime_types):
        return "Make it a video (MP4) with a still picture, or leave this platform out."
    return "Save it as MP4 (H.264 and AAC)." if not media.mime_type.startswith("audio/") else "Save it as MP3."


def _too_large(name: str, media: Media, account: str, accepted: Limits) -> Iterator[Refusal]:
    """Yield a picture's or a video's width and height, where they are more than is taken."""
    facts = media.facts
    if not facts.width or not facts.height:
        return
    if facts.is_animated:
        pixels, sides = accepted.gif_pixels, accepted.gif_sides
    elif media.is_video:
        pixels, sides = accepted.video_pixels, accepted.video_sides
    else:
        pixels, sides = accepted.image_pixels, accepted.image_sides
    longer, shorter = max(facts.width, facts.height), min(facts.width, facts.height)
    if (sides[0] and longer > sides[0]) or (sides[1] and shorter > sides[1]):
        what = f"{name} is {facts.width}x{facts.height} pixels, and {account} takes {sides[0]}x{sides[1]}"
        about = _facts(name, account, f"{facts.width}x{facts.height}", f"{sides[0]}x{sides[1]}")
        yield Refusal(MediaFault.PIXELS, "file", what, "Save it smaller.", about)
    elif pixels and facts.width * facts.height > pixels:
        what = f"{name} is {facts.width}x{facts.height} pixels, and {account} takes {pixels:,} in all"
        about = _facts(name, account, f"{facts.width}x{facts.height}", pixels)
        yield Refusal(MediaFault.PIXELS, "file", what, "Save it smaller.", about)


def _animation(name: str, media: Media, account: str, accepted: Limits) -> Iterator[Refusal]:
    facts = media.facts
    if accepted.gif_frames and facts.frames > accepted.gif_frames:
        what = f"{name} has {facts.frames} frames, and {account} takes {accepted.gif_frames}"
        yield Refusal(MediaFault.FRAMES, "file", what, "Save it as a video (MP4).", _facts(name, account, facts.frames))
    elif accepted.gif_pixels_in_all and facts.frames * facts.width * facts.height > accepted.gif_pixels_in_all:
        what = f"{name} has too many pixels in all its {facts.frames} frames for {account}"
        yield Refusal(MediaFault.FRAMES, "file", what, "Save it as a video (MP4).", _facts(name, account, facts.frames))


def _video(name: str, media: Media, account: str, accepted: Limits) -> Iterator[Refusal]:
    facts = media.facts
    if accepted.video_seconds and facts.seconds > accepted.video_seconds:
        what = f"{name} is {_length(facts.seconds)} long, and {account} takes {_length(accepted.video_seconds)}"
        about = _facts(name, account, _clock(facts.seconds), _clock(accepted.video_seconds))
        instead = "Cut it, or put it on a page of its own and link to it."
        yield Refusal(MediaFault.TOO_LONG, "file", what, instead, about)
    if 0 < facts.seconds < accepted.video_least_seconds:
        what = f"{name} is {facts.seconds:.1f} s long, and {account} takes {accepted.video_least_seconds} s or more"
        about = _facts(name, account, f"{facts.seconds:.1f}", accepted.video_least_seconds)
        yield Refusal(MediaFault.TOO_SHORT, "file", what, "Make it longer, or attach a picture.", about)
    if accepted.video_frame_rate and facts.frame_rate > accepted.video_frame_rate + 0.5:
        what = f"{name} has {facts.frame_rate:.0f} frames a second, and {account} takes {accepted.video_frame_rate:.0f}"
        about = _facts(name, account, f"{facts.frame_rate:.0f}", f"{accepted.video_frame_rate:.0f}")
        yield Refusal(MediaFault.FRAME_RATE, "file", what, "Save it with 30 frames a second.", about)
    if facts.width and facts.height:
        shortest = min(facts.width, facts.height)
        if shortest < accepted.video_smallest_side:
            least = accepted.video_smallest_side
            what = f"{name} is {facts.width}x{facts.height} pixels, and {account} takes {least}x{least} or more"
            about = _facts(name, account, f"{facts.width}x{facts.height}", f"{least}x{least}")
            yield Refusal(MediaFault.SHAPE, "file", what, "Save it larger.", about)
        elif accepted.video_widest and max(facts.width, facts.height) > accepted.video_widest * shortest:
            what = f"{name} is {facts.width}x{facts.height} pixels: too narrow for {account}"
            about = _facts(name, account, f"{facts.width}x{facts.height}")
            yield Refusal(MediaFault.SHAPE, "file", what, "Save it as 16:9, 9:16 or square.", about)
    yield from _codecs(name, media, account, accepted)


def _codecs(name: str, media: Media, account: str, accepted: Limits) -> Iterator[Refusal]:
    facts = media.facts
    if accepted.video_codecs and facts.video_codec and facts.video_codec not in accepted.video_codecs:
        wanted = ", ".join(sorted(accepted.video_codecs))
        what = f"the picture of {name} is in {facts.video_codec}, and {account} takes {wanted}"
        about = _facts(name, account, facts.video_codec, wanted)
        yield Refusal(MediaFault.VIDEO_CODEC, "file", what, "Save it as MP4 with H.264.", about)
    if accepted.audio_codecs and facts.audio_codec and facts.audio_codec not in accepted.audio_codecs:
        wanted = ", ".join(sorted(accepted.audio_codecs))
        what = f"the sound of {name} is in {facts.audio_codec}, and {account} takes {wanted}"
        about = _facts(name, account, facts.audio_codec, wanted)
        yield Refusal(MediaFault.AUDIO_CODEC, "file", what, "Save it as MP4 with AAC sound.", about)
    if accepted.audio_channels and facts.audio_channels > accepted.audio_channels:
        what = f"the sound of {name} has {facts.audio_channels} channels, and {account} takes stereo"
        about = _facts(name, account, facts.audio_channels)
        yield Refusal(MediaFault.CHANNELS, "file", what, "Save it in stereo.", about)


def _length(seconds: float) -> str:
    """Return a length as people say it, rounded up: what is a little too long never looks as if it fitted."""
    whole = ceil(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02} minutes"


def _clock(seconds: float) -> str:
    whole = ceil(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def _megabytes(size: int) -> str:
    """Return a size in MB, rounded up, so that what is a little too large never looks as if it fitted."""
    return f"{ceil(size / 1024 / 1024 * 10) / 10:.1f}".removesuffix(".0")
