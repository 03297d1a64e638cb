"""What the rules say of a post, and in whose words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.campaign import USUAL_RULES, CareRules, ModerationRules, Rule, Then, WantedKind, When
from bot.domain.moderation import FINAL, Judgement, ModerationContext, Reason, SimilarPosts, Verdict, opted_out
from bot.domain.moderation import judge as judged
from bot.domain.post import Author, MediaKind, SeenPost
from tests.harness.table import each_of
from tests.harness.words import worded

NOW = datetime(2025, 4, 16, 12, tzinfo=UTC)
CAREFUL = CareRules(languages=("be", "ru"))
RULES = ModerationRules(("@union@a.example", "x:Union"), ("@troll@a.example",), care=CAREFUL)
HOUSE = ModerationContext(RULES, own_handles=frozenset({"@Us@a.example"}), now=NOW)
ALONE = SimilarPosts()


def judge(post: SeenPost, context: ModerationContext, similar: SimilarPosts = ALONE) -> Judgement:
    """A judgement with its reasons in words."""
    found = judged(post, context, similar)
    return Judgement(found.verdict, tuple(map(worded, found.reasons)), tuple(map(worded, found.care)))


LONG_AGO = NOW - timedelta(days=1000)
POST = SeenPost(
    platform="mastodon",
    uri="https://a.example/1",
    url="https://a.example/@ana/1",
    native_id="1",
    author=Author("@ana@a.example", "5", joined_at=LONG_AGO, followers=5000),
    text="Solidarity!",
    created_at=NOW - timedelta(hours=1),
    hashtags=("FreeBelarusUnionists",),
    language="en",
    kinds=(MediaKind.VIDEO,),
)


def by(handle: str, **more: Any) -> SeenPost:
    return replace(POST, author=replace(POST.author, handle=handle, **more))


UNION = by("@union@a.example")


@each_of(
    ("post", "verdict", "reasons"),
    [
        (POST, Verdict.HOLD, (Reason.NOBODY_DECIDED,)),
        (by("@UNION@A.example"), Verdict.APPROVE, (Reason.TRUSTED,)),
        (by("x:union"), Verdict.APPROVE, (Reason.TRUSTED,)),
        (by("@us@a.example"), Verdict.REJECT, (Reason.OURS,)),
        (by("@Troll@a.example"), Verdict.REJECT, (Reason.BLOCKED,)),
        (by("@ana@a.example", locked=True), Verdict.REJECT, (Reason.LOCKED,)),
        (by("@ana@a.example", bio="no thanks #NoBot"), Verdict.REJECT, (Reason.OPTED_OUT,)),
        (by("@union@a.example", bio="#nobots"), Verdict.REJECT, (Reason.OPTED_OUT,)),
        (by("@troll@a.example", bio="#nobots"), Verdict.REJECT, (Reason.BLOCKED, Reason.OPTED_OUT)),
        (replace(POST, public=False), Verdict.REJECT, (Reason.NOT_PUBLIC,)),
        (replace(POST, reshared_by_us=True), Verdict.REJECT, (Reason.ALREADY,)),
        (replace(POST, kinds=(MediaKind.GIF, MediaKind.IMAGE)), Verdict.REJECT, (Reason.WRONG_KIND,)),
        (replace(POST, kinds=(MediaKind.IMAGE, MediaKind.VIDEO)), Verdict.HOLD, (Reason.NOBODY_DECIDED,)),
        (replace(POST, sensitive=True, is_reply=True), Verdict.HOLD, (Reason.SENSITIVE,)),
        (replace(UNION, sensitive=True), Verdict.HOLD, (Reason.SENSITIVE,)),
        (replace(POST, public=False, kinds=()), Verdict.REJECT, (Reason.NOT_PUBLIC,)),
        (replace(POST, created_at=NOW - timedelta(days=8)), Verdict.REJECT, ("older than 7 days",)),
        (replace(POST, hashtags=("A",) * 12), Verdict.HOLD, ("12 hashtags",)),
        (replace(POST, links=4), Verdict.HOLD, ("4 links",)),
        (replace(POST, lacks_alt=True), Verdict.HOLD, (Reason.NOBODY_DECIDED, Reason.NO_ALT_TEXT)),
        (replace(UNION, lacks_alt=True), Verdict.APPROVE, (Reason.TRUSTED, Reason.NO_ALT_TEXT)),
    ],
)
def test_a_post_is_judged_with_a_reason(post: SeenPost, verdict: Verdict, reasons: tuple[str, ...]) -> None:
    assert judge(post, HOUSE) == Judgement(verdict, reasons)


@each_of(
    ("company", "reason"),
    [
        (SimilarPosts(same_video_as=12), "the same video as sighting 12"),
        (SimilarPosts(same_text_by=2), "the same text from 2 other accounts"),
    ],
)
def test_what_others_post_is_a_reason_to_look(company: SimilarPosts, reason: str) -> None:
    assert judge(UNION, HOUSE, company) == Judgement(Verdict.HOLD, (reason,))
    assert judge(UNION, HOUSE, SimilarPosts(same_text_by=1)).verdict is Verdict.APPROVE


YOUNG = Rule(When.YOUNG_ACCOUNT, Then.HOLD, age=timedelta(days=30))
LANGUAGE = Rule(When.LANGUAGE, Then.REJECT, languages=("en", "de"))


@each_of(
    ("rule", "post", "reason"),
    [
        (YOUNG, by("@a@a.example", joined_at=NOW - timedelta(days=29)), "account younger than 30 days"),
        (YOUNG, by("@a@a.example", joined_at=NOW - timedelta(days=31)), ""),
        (YOUNG, by("@a@a.example", joined_at=None), "not known how old the account is"),
        (LANGUAGE, replace(POST, language="fr-CA"), "in another language: fr"),
        (LANGUAGE, replace(POST, language="de-AT"), ""),
        (LANGUAGE, replace(POST, language=""), ""),
        (Rule(When.MANY_HASHTAGS, Then.HOLD, most=0), replace(POST, hashtags=("A",)), "1 hashtag"),
        (Rule(When.MANY_LINKS, Then.HOLD, most=3), replace(POST, links=3), ""),
        (Rule(When.TOO_OLD, Then.HOLD, age=timedelta(hours=1)), POST, ""),
        (Rule(When.TOO_OLD, Then.HOLD, age=timedelta(minutes=59)), POST, "older than 59 minutes"),
        (Rule(When.SENSITIVE, Then.HOLD, "look twice"), replace(POST, sensitive=True), "look twice"),
        (Rule(When.SENSITIVE, Then.HOLD, "look twice"), POST, ""),
    ],
)
def test_each_rule_looks_at_one_thing(rule: Rule, post: SeenPost, reason: str) -> None:
    found = judge(post, replace(HOUSE, rules=replace(RULES, rules=(rule,))))
    assert found.reasons == ((reason or Reason.NOBODY_DECIDED),)
    assert found.verdict == (rule.then if reason else Verdict.HOLD)


def test_the_first_rule_that_fits_decides_and_warnings_before_it_are_kept() -> None:
    warns = Rule(When.NO_ALT_TEXT, Then.WARN, "describe it")
    order = (Rule(When.TRUSTED, Then.APPROVE), Rule(When.SENSITIVE, Then.HOLD), Rule(When.REPLY, Then.REJECT))
    post = replace(UNION, sensitive=True, is_reply=True, lacks_alt=True)

    def judged(*rules: Rule) -> Judgement:
        return judge(post, replace(HOUSE, rules=replace(RULES, rules=rules)))

    assert judged(*order) == Judgement(Verdict.APPROVE, (Reason.TRUSTED,))
    assert judged(*order[1:]) == Judgement(Verdict.HOLD, (Reason.SENSITIVE,))
    assert judged(order[2], order[1]) == Judgement(Verdict.REJECT, (Reason.REPLY,))
    assert judged(warns, order[1], warns) == Judgement(Verdict.HOLD, (Reason.SENSITIVE, "describe it"))
    assert judged() == Judgement(Verdict.HOLD, (Reason.NOBODY_DECIDED,))


@each_of("reason", Reason)
def test_only_what_protects_somebody_is_final(reason: Reason) -> None:
    own = {Reason.OURS, Reason.NOT_PUBLIC, Reason.LOCKED, Reason.BLOCKED, Reason.OPTED_OUT}
    shown = {Reason.SHOWN_NOT_PUBLIC, Reason.SHOWN_LOCKED, Reason.SHOWN_BLOCKED, Reason.SHOWN_OPTED_OUT}
    final = reason in own | shown | {Reason.SHOWN_FORGOTTEN}
    assert Judgement(Verdict.REJECT, (Reason.WRONG_KIND, reason)).is_final is final


def test_a_reason_is_final_also_after_it_was_read_back_from_the_store() -> None:
    assert all(str(reason) in FINAL for reason in FINAL)


@each_of(
    ("wanted", "kinds", "accepted"),
    [
        ((WantedKind.ANY,), (MediaKind.TEXT,), True),
        ((WantedKind.ANY,), (), True),
        ((WantedKind.IMAGE,), (MediaKind.IMAGE,), True),
        ((WantedKind.IMAGE,), (MediaKind.GIF,), False),
        ((WantedKind.VIDEO,), (MediaKind.VIDEO_LINK,), True),
        ((WantedKind.VIDEO,), (MediaKind.GIF,), False),
        ((WantedKind.VIDEO, WantedKind.GIF), (MediaKind.GIF,), True),
        ((WantedKind.GIF,), (MediaKind.VIDEO,), False),
        ((WantedKind.VIDEO, WantedKind.IMAGE), (MediaKind.IMAGE,), True),
        ((WantedKind.VIDEO,), (MediaKind.AUDIO,), False),
    ],
)
def test_the_kinds_the_campaign_looks_for(
    wanted: tuple[WantedKind, ...], kinds: tuple[MediaKind, ...], accepted: bool
) -> None:
    house = replace(HOUSE, kinds=wanted)
    assert (judge(replace(POST, kinds=kinds), house).verdict is not Verdict.REJECT) is accepted


SPELT = (
    "#no_bot",
    "#no-bots",
    "# nobot",
    "#no bots",
    "♯nobot",
    "#n\u200bobot",
    "#nоbоt",
    "#noboosts",
    "#NoReblog",
    "#norepost",
    "#NoRetweets",
    "#NoRT",
    "#noAutoBoost",
    "#нобот",
    "#безботаў",
    "#KeineBots",
)


@each_of("bio", ["#nobot", "Hi! #NoBots.", "#NOBOOST", "(#noreshare)", "＃ｎｏｂｏｔ", "a\n#nobot\nb", *SPELT])
def test_an_opt_out_is_heard_however_it_is_written(bio: str) -> None:
    assert opted_out(bio)


@each_of(
    "bio", ["", "nobot", "#nobottling", "#nobridge", "#north", "#nobody", "#nosharecropping", "#nobot_", "I am no bot"]
)
def test_a_word_that_only_looks_like_an_opt_out_is_none(bio: str) -> None:
    assert not opted_out(bio)


CARE: dict[str, tuple[SeenPost, str]] = {
    "few followers": (by("@union@a.example", followers=99), "small account: fewer than 100 followers"),
    "nobody knows how many": (by("@union@a.example", followers=None), "not known how many follow the account"),
    "joined lately": (
        by("@union@a.example", joined_at=NOW - timedelta(days=89)),
        "new account: younger than 90 days",
    ),
    "nobody knows since when": (by("@union@a.example", joined_at=None), "not known how old the account is"),
    "asks not to be found": (by("@union@a.example", shy=True), "its author asks not to be found"),
    "Belarusian": (replace(UNION, language="be"), "written in Belarusian"),
    "the other spelling": (replace(UNION, language="be-tarask"), "written in Belarusian"),
    "Russian": (replace(UNION, language="ru_BY"), "written in Russian"),
    "nobody knows, but Cyrillic": (
        replace(UNION, language="", text="Салідарнасць"),
        "written in Cyrillic letters, in a language that is not known",
    ),
}


@each_of("what", CARE)
def test_whoever_could_be_hurt_is_never_approved_by_a_rule(what: str) -> None:
    post, reason = CARE[what]
    assert judge(post, HOUSE) == Judgement(Verdict.HOLD, (reason,), (reason,))


@each_of("what", CARE)
def test_care_is_told_also_where_a_person_has_to_look_anyway(what: str) -> None:
    post, reason = CARE[what]
    assert judge(replace(post, is_reply=True), HOUSE) == Judgement(Verdict.HOLD, (Reason.REPLY,), (reason,))


def test_an_organisation_that_somebody_knows_is_neither_small_nor_new_but_its_language_counts() -> None:
    house = replace(HOUSE, organisations=frozenset({"@Union@a.example"}))
    unknown = by("@union@a.example", joined_at=None, followers=None)
    assert judge(unknown, house) == Judgement(Verdict.APPROVE, (Reason.TRUSTED,))
    assert judge(replace(unknown, language="ru"), house).care == ("written in Russian",)
    assert judge(by("@union@a.example", followers=1, shy=True), house).care == ("its author asks not to be found",)


def test_a_team_says_itself_what_is_small_new_and_dangerous() -> None:
    house = replace(HOUSE, rules=replace(RULES, care=CareRules(0, timedelta(), ("uk",))))
    assert judge(by("@union@a.example", joined_at=None, followers=None), house).verdict is Verdict.APPROVE
    assert judge(replace(UNION, language="be"), house).verdict is Verdict.APPROVE
    assert judge(replace(UNION, language="uk"), house).care == ("written in uk",)


def test_while_automatic_approval_is_paused_a_person_decides() -> None:
    house = replace(HOUSE, is_automatic=False)
    assert judge(UNION, house) == Judgement(Verdict.HOLD, (Reason.PAUSED,))
    assert judge(replace(POST, reshared_by_us=True), house).verdict is Verdict.REJECT


AUTHORS = st.builds(
    Author,
    st.sampled_from(["@ana@a.example", "@union@a.example", "@troll@a.example", "@us@a.example"]),
    st.just("5"),
    st.sampled_from(["", "#nobot"]),
    st.booleans(),
    st.sampled_from([None, LONG_AGO, NOW]),
    st.sampled_from([None, 3, 5000]),
    st.booleans(),
)
POSTS = st.builds(
    replace,
    st.just(POST),
    author=AUTHORS,
    public=st.booleans(),
    sensitive=st.booleans(),
    is_reply=st.booleans(),
    reshared_by_us=st.booleans(),
    lacks_alt=st.booleans(),
    kinds=st.lists(st.sampled_from(MediaKind), max_size=2).map(tuple),
    language=st.sampled_from(["", "en", "be", "ru-BY"]),
    text=st.sampled_from(["Solidarity!", "Салідарнасць"]),
    links=st.integers(0, 5),
)
COMPANIES = st.builds(SimilarPosts, st.integers(0, 2), st.integers(0, 3))
ANY_RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from(When),
        st.sampled_from(Then),
        st.sampled_from(["", "because"]),
        st.sampled_from([timedelta(), timedelta(days=7)]),
        st.integers(0, 3),
        st.just(("en",)),
    ),
    max_size=6,
).map(tuple)


@given(POSTS, COMPANIES, ANY_RULES, st.booleans())
def test_no_rules_whatever_approve_what_is_protected_or_held_for_care(
    post: SeenPost, company: SimilarPosts, rules: tuple[Rule, ...], automatic: bool
) -> None:
    house = replace(HOUSE, rules=replace(RULES, rules=rules), is_automatic=automatic)
    judged = judge(post, house, company)
    protected = (
        not post.public or post.author.locked or post.author.bio or post.author.handle.startswith(("@tr", "@us"))
    )
    assert judged.is_final is bool(protected)
    assert not protected or judged.verdict is Verdict.REJECT
    if judged.verdict is Verdict.APPROVE:
        assert automatic
        assert not judged.care
        assert post.author.followers == 5000
        assert post.language == "en" or (not post.language and post.text.isascii())
    assert judged.reasons


@given(POSTS, COMPANIES)
def test_nothing_but_trust_is_ever_approved_by_the_usual_rules(post: SeenPost, company: SimilarPosts) -> None:
    judged = judge(post, replace(HOUSE, rules=replace(RULES, rules=USUAL_RULES)), company)
    assert judged.verdict is not Verdict.APPROVE or post.author.handle == "@union@a.example"


@given(st.text(max_size=80))
def test_any_bio_is_read_without_stumbling(bio: str) -> None:
    assert opted_out(bio) in {True, False}
    assert opted_out(f"{bio} #nobot")
