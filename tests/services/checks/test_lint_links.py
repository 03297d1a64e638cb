"""Where a link ends on each platform, in texts with and without blanks: what would lead nowhere is said beforehand."""

from __future__ import annotations

from pathlib import Path

from tests.harness.campaign_folder import sound
from tests.harness.table import each_of

ON_BOTH = ", and on Mastodon it goes on"


@each_of(
    ("text", "what"),
    [
        (
            "见https://a.org/a加油",
            f'on X the link ends before "加油"{ON_BOTH}. Write a blank behind the address; or "%E5%8A%A0',
        ),
        ("ดูhttps://a.org/aครับ", f'on X the link ends before "ครับ"{ON_BOTH}'),
        ("https://a.org/x✊", f'on X the link ends before "✊"{ON_BOTH}'),
        ("https://a.org/団結 yes", f'on X the link ends before "団結"{ON_BOTH}'),
        ("https://a.org/?q=团", f'on X the link ends before "团"{ON_BOTH}'),
        ("https://a.org/مسار", "on X the link ends before"),
        ("https://a.org/a—b", f'on X the link ends before "—b"{ON_BOTH}'),
        ("https://a.org/団結。次", 'on Mastodon the link goes on to "。次"'),
        ("https://a.org/a’s", 'on Mastodon the link goes on to "’s"'),
        ("abchttps://a.org/a", '"https://a.org/a" is no link. Write a blank before it'),
        ("@https://a.org", '"https://a.org" is no link.'),
        ("https://user:pw@a.org/a", 'the link ends at "https://user"'),
        ("See www.a.org", 'on Mastodon "www.a.org" is no link. Write https:// before it.'),
        ("See a.org/foo now", 'on Mastodon "a.org/foo" is no link.'),
        ("https://a.org✊", ""),
        ("https://a.org。次", ""),
        ("https://a.org/шлях", ""),
        ("https://a.org/Salidarność.", ""),
        ("(https://a.org/a), https://b.org!", ""),
        ("словоhttps://a.org/a", ""),
        ("Write to info@a.org", ""),
        ("Node.js and St.Louis", ""),
    ],
)
def test_a_link_that_a_platform_takes_otherwise_is_said(tmp_path: Path, text: str, what: str) -> None:
    told = sound(tmp_path).write("messages/call/en.md", f"Words\n{text}").told()
    assert len(told) == bool(what), told
    for line in told:
        assert line.startswith("messages/call/en.md:2: warning: ")
        assert what in line


def test_only_the_platforms_that_a_text_goes_to_are_asked(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "https://a.org/a加油").write("messages/call/en.x.md", "Plain")
    (told,) = folder.told()
    assert 'on Mastodon the link goes on to "加油". Write a blank behind the address.' in told
    folder.write("messages/call/en.md", "https://a.org/団結")
    assert folder.told() == []
    folder.write("messages/call/en.x.md", "https://a.org/a加油")
    (told,) = folder.told()
    assert 'on X the link ends before "加油". Write' in told


def test_an_address_that_is_cut_wherever_it_is_written_is_said_once_where_it_stands(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", "https://campaign.example/", "https://campaign.example/団結")
    (told,) = folder.told()
    assert told.startswith('bot.toml:16: warning: the link "website" is cut: on X it ends before "団結".')
    assert 'Write "https://campaign.example/%E5%9B%A3%E7%B5%90".' in told
    folder = sound(tmp_path).change(
        "messages/call/en.md", "https://campaign.example/a", "https://campaign.example/مسار"
    )
    (told,) = folder.told()
    assert told.startswith("messages/call/en.md:2: warning: the link is cut: on X it ends before")
    folder = sound(tmp_path).change("messages/call/en.md", "https://campaign.example/a", "https://campaign.example/a b")
    (told,) = folder.told()
    assert "is not a web address" in told
