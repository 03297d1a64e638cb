"""Our own words: a message with one wording per language, and per platform where one needs other words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from bot.domain.text import digest
from bot.values import dataclass


class Visibility(StrEnum):
    """Who may see a post; `public` is the only one that reaches hashtag timelines."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


@dataclass(frozen=True)
class MediaFacts:
    """What a file shows of itself. 0 and "" are not known; codecs have ffmpeg's names ("h264", "aac").

    `frames` are counted for animated pictures alone. `has_place` says that the file tells where it was taken, in a way
    that can be taken out of it; `has_fixed_place` in one that cannot.
    """

    width: int = 0
    height: int = 0
    seconds: float = 0
    frame_rate: float = 0
    video_codec: str = ""
    audio_codec: str = ""
    audio_channels: int = 0
    frames: int = 0
    has_place: bool = False
    has_fixed_place: bool = False

    @property
    def is_animated(self) -> bool:
        """Return whether it is a picture that moves."""
        return self.frames > 1


@dataclass(frozen=True)
class Media:
    """A file to attach. `path` is relative to the campaign's folder; `sha256` is of the bytes when planned."""

    path: str
    alt: str
    mime_type: str
    sha256: str = ""
    size: int = 0
    facts: MediaFacts = MediaFacts()

    @property
    def is_video(self) -> bool:
        return self.mime_type.startswith("video/")


@dataclass(frozen=True)
class Wording:
    """One file of a message as it was written: placeholders stand in `parts` still.

    `path` is relative to the campaign's folder, and `line` is the line its first part starts on. `lines` maps the
    keys of its head ("link", "media.0.alt") and its parts ("part.1") to the lines they are written on. `facts` are the
    names of what it relies on, in `facts.toml`.
    """

    path: str
    parts: tuple[str, ...]
    line: int = 1
    link: str = ""
    media: tuple[Media, ...] = ()
    content_warning: str = ""
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False
    facts: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def line_of(self, key: str) -> int:
        """Return the line of a key of the head, or of a part; where the text starts if it is not written out."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True)
class Message:
    """A folder in `messages/`. Wordings are keyed by language and platform, "" for every platform."""

    name: str
    wordings: Mapping[tuple[str, str], Wording]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a wording for at least one platform, in alphabetical order."""
        return tuple(sorted({language for language, _ in self.wordings}))

    def wording(self, language: str, platform: str) -> Wording | None:
        """Return the words for this platform, its own where there are some; None where there are no words at all."""
        own = self.wordings.get((language, platform))
        return own or self.wordings.get((language, ""))


@dataclass(frozen=True)
class Part:
    """One post of a thread (or the only one), ready to be sent."""

    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True)
class Content:
    """All that is published for one delivery, with every placeholder filled in."""

    parts: tuple[Part, ...]
    language: str
    visibility: Visibility = Visibility.PUBLIC
    content_warning: str = ""
    sensitive: bool = False

    @property
    def text(self) -> str:
        """The whole text as people read it, parts set apart by a line of three dashes."""
        return "\n---\n".join(part.text for part in self.parts)


def content_hash(content: Content) -> str:
    """Return a hash that changes with anything readers would see or hear of a post, the bytes of its media included."""
    pieces = [content.language, content.visibility, content.content_warning, str(content.sensitive)]
    for part in content.parts:
        media = (piece for file in part.media for piece in (file.sha256, file.mime_type, file.alt))
        pieces.append(digest(part.text, *media))
    return digest(*pieces)
