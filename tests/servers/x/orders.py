"""What the control plane can be told; unknown keys are refused, so that a test's typing error is not silent."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType


class NewUser(Struct, forbid_unknown_fields=True, kw_only=True):
    """An account; `credits` in USD (None: the settings' default), app keys only to share one app among users."""

    username: str
    name: str = ""
    description: str = ""
    protected: bool = False
    verified: bool = False
    followers: int = 0
    credits: float | None = None
    created_at: str = ""
    api_key: str = ""
    api_secret: str = ""


class UserChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """New values for an account; `credits` in USD."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    protected: bool | UnsetType = UNSET
    verified: bool | UnsetType = UNSET
    followers: int | UnsetType = UNSET
    credits: float | UnsetType = UNSET


class NewMedia(Struct, forbid_unknown_fields=True, kw_only=True):
    """Media of a seeded post."""

    type: Literal["photo", "video", "animated_gif"]
    alt_text: str = ""
    duration_ms: int = 30_000


class NewPost(Struct, forbid_unknown_fields=True, kw_only=True):
    """Somebody's post; `user` is an id or a username, which is made when it is new. `created_at` is RFC 3339.

    `withheld` are the codes of countries where X hides it.
    """

    user: str
    text: str = ""
    media: list[NewMedia] = []
    lang: str = "en"
    created_at: str = ""
    reply_to: str = ""
    repost_of: str = ""
    quotes: str = ""
    possibly_sensitive: bool = False
    withheld: list[str] = []


class PostChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """A change of a post: its text in place or, with `new_version`, as X edits: a new id in the same edit history.

    `protected` makes the author's account protected, or public again.
    """

    text: str | UnsetType = UNSET
    new_version: bool = False
    protected: bool | UnsetType = UNSET
    possibly_sensitive: bool | UnsetType = UNSET
    withheld: list[str] | UnsetType = UNSET


class ClockOrder(Struct, forbid_unknown_fields=True, kw_only=True):
    """Either `now` (RFC 3339), standing still unless `running`, or real time plus `offset_s` seconds."""

    now: str | None = None
    running: bool = False
    offset_s: float = 0.0
