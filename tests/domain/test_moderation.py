"""What the rules say of a post, and in whose words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.campaign import ModerationRules, Wanted
from bot.domain.moderation import FINAL, House, Judgement, Reason, Verdict, judge, opted_out
from bot.domain.post import Author, MediaKind, SeenPost

HOUSE = House(
    ModerationRules(("@union@a.example", "x:Union"), ("@troll@a.example",)), own_handles=frozenset({"@Us@a.example"})
)
POST = SeenPost(
    platform="mastodon",
    uri="https://a.example/1",
    url="https://a.example/@ana/1",
    native_id="1",
    author=Author("@ana@a.example", "5"),
    text="Solidarity!",
    created_at=datetime(2025, 4, 16, tzinfo=UTC),
    kinds=(MediaKind.VIDEO,),
)


def by(handle: str, **more: object) -> SeenPost:
    return replace(POST, author=Author(handle, "5", **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("post", "verdict", "reasons"),
    [
        (POST, Verdict.HOLD, (Reason.NOBODY_DECIDED,)),
        (by("@UNION@A.example"), Verdict.APPROVE, (Reason.TRUSTED,)),
        (by("x:union"), Verdict.APPROVE, (Reason.TRUSTED,)),
        (by("@us@a.example"), Verdict.REJECT, (Reason.OURS,)),
        (by("@Troll@a.example"), Verdict.REJECT, (Reason.BLOCKED,)),
        (by("@ana@a.example", locked=True), Verdict.REJECT, (Reason.NOT_PUBLIC,)),
        (by("@ana@a.example", bio="no thanks #NoBot"), Verdict.REJECT, (Reason.OPTED_OUT,)),
        (by("@union@a.example", bio="#nobots"), Verdict.REJECT, (Reason.OPTED_OUT,)),
        (replace(POST, public=False), Verdict.REJECT, (Reason.NOT_PUBLIC,)),
        (replace(POST, reshared_by_us=True), Verdict.REJECT, (Reason.ALREADY,)),
        (replace(POST, kinds=(MediaKind.GIF, MediaKind.IMAGE)), Verdict.REJECT, (Reason.WRONG_KIND,)),
        (replace(POST, kinds=(MediaKind.IMAGE, MediaKind.VIDEO)), Verdict.HOLD, (Reason.NOBODY_DECIDED,)),
        (replace(POST, sensitive=True, is_reply=True), Verdict.HOLD, (Reason.SENSITIVE, Reason.REPLY)),
        (replace(by("@union@a.example"), sensitive=True), Verdict.HOLD, (Reason.SENSITIVE,)),
        (replace(POST, public=False, kinds=()), Verdict.REJECT, (Reason.NOT_PUBLIC, Reason.WRONG_KIND)),
    ],
)
def test_a_post_is_judged_with_every_reason(post: SeenPost, verdict: Verdict, reasons: tuple[str, ...]) -> None:
    assert judge(post, HOUSE) == Judgement(verdict, reasons)


@pytest.mark.parametrize("reason", Reason)
def test_only_what_protects_somebody_is_final(reason: Reason) -> None:
    final = reason in {Reason.OURS, Reason.NOT_PUBLIC, Reason.BLOCKED, Reason.OPTED_OUT}
    assert Judgement(Verdict.REJECT, (Reason.WRONG_KIND, reason)).is_final is final


def test_a_reason_is_final_also_after_it_was_read_back_from_the_store() -> None:
    assert all(str(reason) in FINAL for reason in FINAL)


@pytest.mark.parametrize(
    ("wanted", "kinds", "accepted"),
    [
        ((Wanted.ANY,), (MediaKind.TEXT,), True),
        ((Wanted.ANY,), (), True),
        ((Wanted.IMAGE,), (MediaKind.IMAGE,), True),
        ((Wanted.IMAGE,), (MediaKind.GIF,), False),
        ((Wanted.VIDEO, Wanted.IMAGE), (MediaKind.IMAGE,), True),
        ((Wanted.VIDEO,), (MediaKind.AUDIO,), False),
    ],
)
def test_the_kinds_the_campaign_looks_for(
    wanted: tuple[Wanted, ...], kinds: tuple[MediaKind, ...], accepted: bool
) -> None:
    house = replace(HOUSE, kinds=wanted)
    assert (judge(replace(POST, kinds=kinds), house).verdict is not Verdict.REJECT) is accepted


@pytest.mark.parametrize("bio", ["#nobot", "Hi! #NoBots.", "#NOBOOST", "(#noreshare)", "＃ｎｏｂｏｔ", "a\n#nobot\nb"])
def test_an_opt_out_is_heard_however_it_is_written(bio: str) -> None:
    assert opted_out(bio)


@pytest.mark.parametrize("bio", ["", "nobot", "#nobottling", "#nobot_", "I am no bot"])
def test_a_word_that_only_looks_like_an_opt_out_is_none(bio: str) -> None:
    assert not opted_out(bio)


@given(
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "#nobot"]),
    st.sampled_from(MediaKind),
)
def test_nothing_but_trust_is_ever_approved_by_a_rule(
    public: bool, sensitive: bool, is_reply: bool, reshared: bool, bio: str, kind: MediaKind
) -> None:
    post = replace(POST, public=public, sensitive=sensitive, is_reply=is_reply, reshared_by_us=reshared, kinds=(kind,))
    assert judge(replace(post, author=Author("@ana@a.example", "5", bio)), HOUSE).verdict is not Verdict.APPROVE
    trusted = judge(replace(post, author=Author("@union@a.example", "5", bio)), HOUSE)
    clean = public and not (sensitive or is_reply or reshared or bio) and kind is MediaKind.VIDEO
    assert (trusted.verdict is Verdict.APPROVE) is clean


@given(st.text(max_size=80))
def test_any_bio_is_read_without_stumbling(bio: str) -> None:
    assert opted_out(bio) in {True, False}
    assert opted_out(f"{bio} #nobot")
