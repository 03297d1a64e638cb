"""What the simulator remembers: users, posts and uploads."""

from dataclasses import dataclass, field

from tests.servers.x.text import Composed


@dataclass
class User:
    """One account on the simulated X; money is counted in micro-dollars so that sums are exact."""

    id: str
    username: str
    name: str
    created_at: float
    credits_micros: int
    description: str = ""
    protected: bool = False
    verified: bool = False
    followers: int = 0
    spent_micros: int = 0
    reads_of_day: set[tuple[int, int]] = field(default_factory=set)
    billed_reads: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Token:
    """A user's access token for one app."""

    user_id: str
    consumer_key: str
    secret: str


@dataclass(frozen=True)
class Media:
    """A photo, video or animated_gif attached to a post."""

    key: str
    type: str
    alt_text: str = ""
    size: int = 0
    sha256: str = ""
    duration_ms: int = 0


@dataclass
class Post:
    """One post or repost; `id` is a snowflake, `sent_text` what the client sent, `composed` what X gives back."""

    id: int
    author_id: str
    sent_text: str
    composed: Composed
    created_at: float
    media: list[Media] = field(default_factory=list)
    reply_to: int | None = None
    conversation_id: int = 0
    repost_of: int | None = None
    quotes: int | None = None
    lang: str = "en"
    possibly_sensitive: bool = False
    withheld: list[str] = field(default_factory=list)
    history: list[int] = field(default_factory=list)
    deleted_at: float | None = None
    reposts: int = 0
    replies: int = 0
    timeline_looks: int = 0

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return self.deleted_at is None


@dataclass
class Upload:
    """One media upload from initialize to its attachment; `wall_seen` is real time, for clients that look too often."""

    id: int
    user_id: str
    media_type: str
    category: str
    total_bytes: int
    expires_at: float
    segments: list[str] = field(default_factory=list)
    received: int = 0
    digest: str = ""
    alt_text: str = ""
    state: str = "open"
    finalized_at: float = 0.0
    looks: int = 0
    early_looks: int = 0
    wall_seen: float = 0.0
    attached_to: int | None = None

    @property
    def kind(self) -> str:
        """What the media becomes in a post: photo, animated_gif or video."""
        if self.category.endswith("_gif"):
            return "animated_gif"
        return "video" if self.media_type.startswith("video/") else "photo"

    @property
    def media_key(self) -> str:
        """X's key of the media: the kind's number, then the id."""
        return f"{ {'photo': 3, 'video': 7, 'animated_gif': 16}[self.kind] }_{self.id}"
