"""The likeliest slips get the likeliest help: the line, what is wrong, and the exact text to write instead."""

from __future__ import annotations

from pathlib import Path

from bot.errors import merged
from bot.files.toml.document import parse
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.table import each_of

SCHEDULE = '[[post]]\nmessage = "call"\ndays = ["T-7", "T-3"]\nat = 09:30:00\n'


def told(text: str) -> list[str]:
    """Every fault of a TOML text, as "line: what. instead"."""
    found = parse(text, "a.toml")
    assert isinstance(found, list), found.values
    return [str(fault).removeprefix("a.toml:").replace("error: ", "") for fault in found]


@each_of(
    ("written", "meant"),
    [
        ("at = 09:30", "at = 09:30:00"),
        ("at = 9:30", "at = 09:30:00"),
        ("at = 09.30", "at = 09:30:00"),
        ("at = 9:30am", "at = 09:30:00"),
        ("at = 9:30 p.m.", "at = 21:30:00"),
        ("at = 21h", "at = 21:00:00"),
        ("at = 21h30", "at = 21:30:00"),
        ("at = 9.30 Uhr", "at = 09:30:00"),
        ("at = 9:30 # in the morning", "at = 09:30:00 # in the morning"),
        ("day = 16.4.2025", "day = 2025-04-16"),
        ("day = 2026-12-1", "day = 2026-12-01"),
        ("day = 2026/12/01", "day = 2026-12-01"),
        ("day = 16 April 2025", "day = 2025-04-16"),
        ("day = 16. April 2025", "day = 2025-04-16"),
        ("day = April 16, 2025", "day = 2025-04-16"),
        ("day = 16 апреля 2025", "day = 2025-04-16"),
        ("name = “en”", 'name = "en"'),
        ("name = „en“", 'name = "en"'),
        ("name = «en»", 'name = "en"'),
        ("name = ‘it’s’", 'name = "it’s"'),
        ("“name” = “en”", '"name" = "en"'),
        ("languages = [“en”, “be”]", 'languages = ["en", "be"]'),
        ("days = [T-7, T-3]", 'days = ["T-7", "T-3"]'),
        ("days = [T−7, T–3, T]", 'days = ["T-7", "T-3", "T"]'),
        ("days = [t - 7]", 'days = ["T-7"]'),
        ('days = ["T-7" "T-3"]', 'days = ["T-7", "T-3"]'),
        ('days = "T-7", "T-3"', 'days = ["T-7", "T-3"]'),
        ("days = T-7, T-3", 'days = ["T-7", "T-3"]'),
        ('days = ["T-7", "T-3"', 'days = ["T-7", "T-3"]'),
        ('days = ["T-7", "T-3",', 'days = ["T-7", "T-3"]'),
        ("days = T-7", 'days = ["T-7"]'),
        ("accounts = mastodon", 'accounts = ["mastodon"]'),
        ("at = 09:30:00Z", "at = 09:30:00"),
        ("at = 09-30", "at = 09:30:00"),
        ("at = 2025-04-09 09:30", "at = 09:30:00"),
        ("at 09:30", "at = 09:30:00"),
        ("at = 9\u223630", "at = 09:30:00"),
        ('days = "T-7", "T-3"]', 'days = ["T-7", "T-3"]'),
        ('days = {"T-7"}', 'days = ["T-7"]'),
        ("days = [2026-12-10 2026-12-11]", "days = [2026-12-10, 2026-12-11]"),
        ("message = ''call''", 'message = "call"'),
        ("message = `call`", 'message = "call"'),
        ("message = &quot;call&quot;", 'message = "call"'),
        (r"message = \"call\"", 'message = "call"'),
        ("(post)", "[[post]]"),
        ("<<post>>", "[[post]]"),
        ("“[[post]]”", "[[post]]"),
        ("post:", "[[post]]"),
        ("at = 09:30:00 // in the morning", "at = 09:30:00  # in the morning"),
        ("message = call", 'message = "call"'),
        ("message = our first call", 'message = "our first call"'),
        ('message "call"', 'message = "call"'),
        ("message: call", 'message = "call"'),
        ('"message": "call",', 'message = "call"'),
        ("message := 'call'", "message = 'call'"),
        ("message == 'call'", "message = 'call'"),
        ('message = "call', 'message = "call"'),
        ("message = \"call'", 'message = "call"'),
        ("message = 'it's'", 'message = "it\'s"'),
        ('message = "He said "no""', "message = 'He said \"no\"'"),
        ('message = "call";', 'message = "call"'),
        ("important = True", "important = true"),
        ("important = yes", "important = true"),
        ("important = Nein", "important = false"),
        ("late = 6h", 'late = "6h"'),
        ("late = 6 hours", 'late = "6h"'),
        ("most = 007", "most = 7"),
        ("budget = 3,00", "budget = 3.00"),
        ("budget = $3", "budget = 3"),
        ("website = https://a.org/x#y", 'website = "https://a.org/x#y"'),
        ("hashtags = [#Free, #Two]", 'hashtags = ["#Free", "#Two"]'),
        ("trusted = [@u@h.example, x:Us]", 'trusted = ["@u@h.example", "x:Us"]'),
        (r'file = "C:\pictures\a.png"', r"file = 'C:\pictures\a.png'"),
        ("day of action = 2025-04-16", "day_of_action = 2025-04-16"),
        ("dаys = 1", "days = 1"),
        ("at\u00a0= 09:30:00", "at = 09:30:00"),
        ("\u200bat = 09:30:00", "at = 09:30:00"),
        ("at ＝ 09:30:00", "at = 09:30:00"),
        ("// not yet", "# not yet"),
        ("[campaign", "[campaign]"),
        ("[accounts.mаstodon]", "[accounts.mastodon]"),
        ("[[post]", "[[post]]"),
        ("[campaign]:", "[campaign]"),
        ("[accounts mastodon]", "[accounts.mastodon]"),
    ],
)
def test_a_slip_is_told_with_what_to_write_instead(written: str, meant: str) -> None:
    for text, line in ((written, 1), (f"first = 1\n{written}\n[last]\nkey = 2\n", 2)):
        (fault,) = told(text)
        assert fault.startswith(f"{line}: "), fault
        assert fault.endswith(f"Write {meant}."), fault


@each_of("written", ["10.12.2026", "10/12/2026", "10-12-2026", "10.12.26"])
def test_a_day_that_can_be_two_is_never_guessed(written: str) -> None:
    (fault,) = told(f"day = {written}")
    assert fault.endswith("Write day = 2026-12-10 for 10 December or day = 2026-10-12 for 12 October.")


@each_of(
    ("text", "line", "instead"),
    [
        ('a = 1\nb = ["x",\n  "y"\n  "z"]\n', 3, 'Write "y"'),
        ("a = [\n  T-7,\n]\n", 2, 'Write "T-7"'),
        ('a = ["x"\nb = 1\n', 1, 'Write a = ["x"]'),
        ("[post]\na = 1\n[post]\na = 2\n", 1, "Write [[post]] for each"),
        ('[[post]]\nmessage = "a"\nmessage = "b"\n', 3, "or write [[post]] on a line above the second"),
        ("[links]\na = 1\n[links]\nb = 2\n", 3, "below the first"),
        ("a = 1\na = 2\n", 2, "Take one of the two out"),
        ("+++\na = 1\n", 1, "Take this line out"),
        ('{\n  "a": 1\n}\n', 1, 'Write key = "value"'),
        ("days:\n  - T-3\n", 1, 'Write days = ["T-3", "T"]'),
        ('a = "x\ny"\nb = 1\n', 1, r'a = "x\ny"'),
        ("a = '''x\ny\n", 1, "Write ''' behind"),
        ("at =\n", 1, "Write at = 09:30:00"),
        ("at\n", 1, "Write at = 09:30:00"),
        ("Our schedule\n[[post]]\n", 1, "Write # before it"),
        ("at = 09:30, 18:00\n", 1, "Write at = 09:30:00, and a [[post]] for each other time"),
        ("at = 24:00\n", 1, "at = 00:00:00 on the day after"),
        ("at = 09:30 CET\n", 1, "Write at = 09:30:00, and timezone ="),
        ('message = "call" at = 09:30:00\n', 1, "Write each of them on a line of its own"),
        ("[[post]] [[post]]\n", 1, "Write [[post]] alone on its line"),
        ("days = [10/12/2026, 11/12/2026]\n", 1, "[2026-12-10] for 10 December or [2026-10-12]"),
        ("a =\nb = 1\n", 1, 'Write a = "…"'),
        ("a = none\n", 1, "Take this line out"),
        ("at = noon\n", 1, "Write for example at = 09:30:00"),
        ("at = 09:30:00 09:45:00\n", 1, "Write for example at = 09:30:00"),
        ("at = 25:00\n", 1, "Write for example at = 09:30:00"),
        ("day = 2026-02-30\n", 1, "Write for example day = 2025-04-16"),
    ],
)
def test_a_slip_over_several_lines_is_told_where_it_begins(text: str, line: int, instead: str) -> None:
    fault = told(text)[0]
    assert fault.startswith(f"{line}: "), fault
    assert instead in fault


def test_every_slip_of_a_file_is_found_in_one_pass_and_one_of_a_kind_is_one_line(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("schedules/run-up.toml", SCHEDULE.replace(":00\n", "\n") * 3 + "late = 6h\n")
    assert [str(fault) for fault in merged(folder.faults())] == [
        'schedules/run-up.toml:4: error: "09:30" is not how TOML writes a time of day (3 places: '
        "schedules/run-up.toml:4, schedules/run-up.toml:8, schedules/run-up.toml:12). Write at = 09:30:00.",
        'schedules/run-up.toml:13: error: a length of time is a text, between quotation marks. Write late = "6h".',
    ]


def test_a_key_that_is_misspelt_in_each_post_is_one_line(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("schedules/run-up.toml", SCHEDULE.replace("at =", "time =") * 3)
    (fault,) = (fault for fault in merged(folder.faults()) if "is not a key" in fault.what)
    assert str(fault).startswith('schedules/run-up.toml:4: error: "time" is not a key of [[post]] (3 places:')


def test_a_secret_is_never_repeated() -> None:
    (fault,) = told("access_token = hush-hush")
    assert "hush" not in fault
    assert 'Write access_token = "…"' in fault


@each_of(
    ("old", "new", "instead"),
    [
        ("09:30:00", '"9:30am"', "Write at = 09:30:00."),
        ("09:30:00", "9.30", "Write at = 09:30:00."),
        ("09:30:00", "930", "Write at = 09:30:00."),
        ("09:30:00", '"21 h"', "Write at = 21:00:00."),
        ("09:30:00", '"half past nine"', "Write at = 09:30:00, the time in the campaign's timezone."),
        ('"T-7"', '"T−7"', 'Write "T-7".'),
        ('"T-7"', '"T – 7"', 'Write "T-7".'),
        ('"T-7"', '"t-7"', 'Write "T-7".'),
        ('"T-7"', '"J-7"', 'Write "T-7".'),
        ('"T-7"', '"-7"', 'Write "T-7".'),
        ('"T-7"', "-7", 'Write "T-7".'),
        ('"T-7"', '"D−7"', 'Write "T-7".'),
        ('"T-7"', '"D"', 'Write "T".'),
        ('"T-7"', '"day 0"', 'Write "T".'),
        ('"T-7"', '"T\u200b-7"', 'Write "T-7".'),
        ('"T-7"', '"T-7 to T-5"', 'Write each day: "T-7", "T-6", "T-5".'),
        ("09:30:00", '["09:30", "18:00"]', "Write at = 09:30:00, and a [[post]] for each other time."),
        ("09:30:00", '"09:30 MSK"', "Write at = 09:30:00, and timezone ="),
        ("at =", "time =", 'Write "at".'),
        ("days =", "dates =", 'Write "days".'),
        ('"T-7"', '"T7"', 'Write "T-7" for days before the day of action, "T+7" for days after it.'),
        ('"T-7"', '"16.4.2025"', "Write 2025-04-16."),
        ('"T-7"', '"2025-16-04"', "Write 2025-04-16."),
        ('"T-7"', '"7 days before"', 'Write "T-7".'),
        ('"T-7"', '"T plus 7"', 'Write "T+7".'),
        ('"T-7"', '"10/12/2025"', "Write 2025-12-10 for 10 December or 2025-10-12 for 12 October."),
        ('["T-7", "T-3"]', '"T-7, T-3"', 'Write days = ["T-7", "T-3"].'),
        ('["T-7", "T-3"]', "2025-04-09", "Write days = [2025-04-09]."),
        ("09:30:00", '09:30:00\nlate = "6 hours"', 'Write late = "6h".'),
        ("09:30:00", '09:30:00\nlate = "1h30"', 'Write late = "90m".'),
        ("09:30:00", "09:30:00\nlate = 6", 'Write late = "6h" for hours, "6m" for minutes'),
        ("09:30:00", '09:30:00\nlanguages = "en"', 'Write languages = ["en"].'),
        ("09:30:00", '09:30:00\nimportant = "no"', "Write important = false."),
        ('"call"', '["call"]', 'Write message = "call".'),
    ],
)
def test_a_value_of_the_wrong_kind_says_what_was_probably_meant(
    tmp_path: Path, old: str, new: str, instead: str
) -> None:
    folder = sound(tmp_path).write("schedules/run-up.toml", SCHEDULE.replace(old, new))
    assert any(instead in fault for fault in folder.told()), folder.told()


@each_of(
    ("old", "new", "instead"),
    [
        ("2025-04-16", '"16.4.2025"', "Write day_of_action = 2025-04-16."),
        (
            "2025-04-16",
            '"10.12.2025"',
            "Write day_of_action = 2025-12-10 for 10 December or day_of",
        ),
        ('["en"]', '"en, be"', 'Write languages = ["en", "be"].'),
        ('"Day of Action"', "2025", 'Write name = "2025".'),
        ("[links]", '[pace]\nquiet_hours = "22-7"\n[links]', 'Write quiet_hours = "22:00-07:00".'),
        ("[links]", '[pace]\nquiet_hours = "10pm to 7am"\n[links]', 'Write quiet_hours = "22:00-07:00".'),
        ("[links]", '[monitor]\npoll_min = "20 sec"\n[links]', 'Write poll_min = "20s".'),
    ],
)
def test_so_does_one_in_the_configuration(tmp_path: Path, old: str, new: str, instead: str) -> None:
    folder = CampaignFolder(tmp_path)
    sound(tmp_path).change("bot.toml", old, new)
    assert any(instead in fault for fault in folder.told()), folder.told()
