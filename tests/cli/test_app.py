"""Every command through the real executable: what it prints, what scripts may rely on, and how it ends."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.cli import help
from bot.cli.db import db
from bot.cli.help import app
from bot.domain.moderation import ChecklistItem
from tests.harness import rehearsal_campaign
from tests.harness.terminal import CommandResult, Terminal

DELIVERY = {"id", "kind", "account", "platform", "state", "due_at", "sent_at", "message", "day", "language", "text"}
DELIVERY |= {"length", "limit", "url", "attempts", "error"}
SIGHTING = {"id", "platform", "uri", "url", "author", "created_at", "hashtags", "kinds", "language", "sources"}
SIGHTING |= {"verdict", "reasons", "state", "care", "same_as", "approvals"}
TICKS = tuple(f"--tick={tick}" for tick in ChecklistItem)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    root = rehearsal_campaign.make(tmp_path / "campaign")
    (tmp_path / "home").mkdir()
    return Terminal(root, tmp_path / "home")


@pytest.fixture
def bot(terminal: Terminal) -> Callable[..., Any]:
    """Runs a command that must succeed; gives its JSON document."""

    def run(*words: str) -> Any:
        said = terminal.bot(*words, "--json")
        assert said.status == 0, said.err
        return said.document

    return run


def one_delivery(document: Any, state: str) -> None:
    assert set(document) >= DELIVERY
    assert document["state"] == state


def assert_told(said: CommandResult, status: int, words: str = "") -> None:
    """A no in plain words, on standard error alone."""
    assert (said.status, said.out) == (status, ""), said.err
    assert words in said.err
    assert "Traceback" not in said.err


def test_every_command_explains_itself_with_an_example(terminal: Terminal) -> None:
    listed = terminal.bot("--help")
    assert listed.status == 0
    groups = listed.out.partition("Start:")[2].partition("Numbers:")[0]
    commands = re.findall(r"^  (\w+)  ", groups, re.MULTILINE)
    for module in pkgutil.walk_packages(cli.__path__, "bot.cli."):
        importlib.import_module(module.name)
    there = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert sorted(commands) == sorted([*there, *(str(group.name) for group in app.registered_groups)])
    assert "..." not in groups, "a first sentence is too long to be listed"
    for command in commands:
        said = terminal.bot(command, "--help")
        assert said.status == 0
        assert f"Example: bot {command}" in said.out, command
        assert "--json" in said.out, command
        assert "--config" in said.out or command == "init", command
        assert_in_peoples_words(said.out)
    for command in (
        command.name or command.callback.__name__ for command in db.registered_commands if command.callback
    ):
        assert_in_peoples_words(terminal.bot("db", command, "--help").out)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for command in group.typer_instance.registered_commands:
            assert command.callback is not None
            example = f"Example: bot {group.name} {command.name or command.callback.__name__}"
            assert example in (command.callback.__doc__ or "")


def test_a_command_that_its_file_does_not_declare_is_told_to_who_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(help._MODULES, "halt", "status")
    with pytest.raises(LookupError, match=r"bot\.cli\.status declares no .* a function called halt"):
        help._made("halt")


TYPES = re.compile(r"<\w|(?:int|float) range|\[x|[{}]|list\[|\bINTEGER\b|\bFLOAT\b|\[\[")
"""What the library says of an argument's type in Python."""


def assert_in_peoples_words(explained: str) -> None:
    """Nothing of Python's types, and what a delivery and a sighting are where they are spoken of."""
    assert TYPES.findall(explained.replace("{hashtags}", "")) == [], explained
    flat = " ".join(explained.split())
    if re.search(r"deliver(y|ies)", flat, re.IGNORECASE):
        assert re.search(r"posts? (or|and) reshares? of yours", flat), explained
    if re.search(r"sightings?\b(?!`)", flat.replace("bot sightings", ""), re.IGNORECASE):
        assert re.search(r"somebody's posts?|somebody's post that was seen", flat), explained


NETWORK = {"httpx", "mastodon", "requests", "tweepy"}
READING = {"bot.files.leaks", "bot.files.drafts", "bot.services.checks.lint"}
RULES = READING | {"bot.services.checks", "regex", "lingua", "twitter_text"}
NEVER = {"alembic", "apscheduler", "bot.web", "bot.worker", "cryptography", "pydantic"}
STORE = {"bot.app", "bot.store", "sqlalchemy"}
PAGES = {"bot.store.rows"}
LEFT_OUT = {
    "--help": NETWORK | RULES | NEVER | STORE | {"babel", "rich"},
    "queue": NETWORK | RULES | NEVER | PAGES,
    "show 1": NETWORK | RULES | NEVER | PAGES,
    "hold 1": NETWORK | RULES | NEVER | {"rich"},
    "sightings": NETWORK | NEVER | READING | {"bot.services.checks", "lingua", "rich", "twitter_text"},
    "report": NETWORK | RULES | NEVER | PAGES | {"rich"},
    "stop": NETWORK | RULES | NEVER | PAGES | {"rich"},
    "check": NETWORK | NEVER | PAGES | {"lingua", "rich", "twitter_text"},
    "check --config ../new": NETWORK | NEVER | STORE | {"lingua", "rich", "twitter_text"},
    "run --once": READING
    | PAGES
    | (NEVER - {"bot.worker"})
    | {"bot.worker.worker", "bot.worker.streams"}
    | {"lingua", "rich", "twitter_text"},
    "run": READING | PAGES | (NEVER - {"apscheduler", "bot.worker"}) | {"lingua", "rich", "twitter_text"},
}
"""What a command does not load, for it does not use it: that is most of the time which a person would wait. In `../new`
nothing was planned yet, and `bot run` finds all planned: then it reads no words, and never takes them into memory."""


def test_a_command_loads_nothing_that_it_does_not_use(terminal: Terminal) -> None:
    rehearsal_campaign.make(terminal.root.parent / "new")
    assert terminal.bot("plan").status == 0
    script = "import sys\nfrom bot.__main__ import main\ntry:\n    main()\nfinally:\n    print(*sys.modules)"

    def started(words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, *words.split()]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=terminal.root, stdout=pipe, stderr=pipe, text=True)

    at_once = {words: started(words) for words in LEFT_OUT if not words.startswith("run")}
    for words in LEFT_OUT:  # whoever runs while another does finds what that one has just been told
        process = at_once.get(words) or started(words)
        if words == "run":
            assert process.stderr is not None
            assert process.stderr.readline(), "it is at work"
            process.terminate()
        out, _ = process.communicate(timeout=60)
        loaded = set(out.splitlines()[-1].split())
        assert loaded & LEFT_OUT[words] == set(), words
        assert LEFT_OUT[words] >= STORE or "bot.store.control" in loaded, "it was at work"


def test_adapters_load_nothing_of_their_libraries_that_they_do_not_use() -> None:
    loading = "import bot.worker.once, bot.platforms.mastodon.adapter, bot.platforms.x.adapter, sys"
    adapters = f"{loading}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", adapters], capture_output=True, text=True, check=True)
    never = {"charset_normalizer.cd", "cryptography", "mastodon", "oauthlib.oauth2", "protego", "pydantic", "rich"}
    never |= {"httpx", "httpcore", "h11"}
    never |= {"bot.services.watching.language", "bot.domain.stop_requests"}  # what judges posts, where none came
    assert set(done.stdout.split()) & never == set()


def test_a_process_that_lives_long_loads_what_it_posts_with_ahead_of_the_first_post(tmp_path: Path) -> None:
    root = rehearsal_campaign.make(tmp_path)
    real = (root / "bot.toml").read_text().replace('"rehearsal"', '"mastodon"\napi_base_url = "https://union.example"')
    (root / "bot.toml").write_text(real)
    loading = (
        "import sys; from pathlib import Path; from bot.files.config.load import read; "
        "from bot.platforms.build import load_writers; "
        "load_writers(read(Path(sys.argv[1]))); print(*sys.modules)"
    )
    command = [sys.executable, "-c", loading, str(root / "bot.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded & {"cryptography", "mastodon", "tweepy"} == {"mastodon"}


def test_the_console_loads_nothing_that_few_pages_need_and_lets_go_of_dictionaries() -> None:
    judged = "from bot.services.passwords import weakness; assert weakness('qwertyuiopasdfgh', 'Mira')"
    console = f"import bot.cli.web, bot.web.server, bot.web.pages as p, sys; p.load(); {judged}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", console], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded & {"httpx", "fido2", "zxcvbn", "zxcvbn.matching", "mastodon", "tweepy"} == set()
    assert "bot.web.pages.today" in loaded


def test_a_shell_can_be_taught_the_commands() -> None:
    in_bash = f"{shlex.quote(sys.executable)} -m bot --show-completion; exit $?"  # it looks at whose child it is
    done = subprocess.run(["bash", "-c", in_bash], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "complete -o default" in done.stdout


def test_a_delivery_goes_through_its_life_by_json(terminal: Terminal, bot: Callable[..., Any]) -> None:
    assert bot("check") == []
    planned = bot("plan")
    assert [(one["day"], one["state"]) for one in planned] == [
        ("T-20", "missed"),
        ("T-3", "planned"),
        ("T-2", "planned"),
    ]
    assert all(set(one) >= DELIVERY for one in planned)
    assert bot("queue") == planned
    assert bot("queue", "--state", "planned", "--limit", "1") == planned[1:2]
    one_delivery(bot("hold", "2"), "held")
    one_delivery(bot("release", "2"), "planned")
    assert_told(terminal.bot("release", "2", "--json"), 1, "Delivery 2 is planned")
    one_delivery(bot("cancel", "2"), "cancelled")
    one_delivery(bot("retry", "1"), "planned")
    rehearsal_campaign.leave_undecided(terminal.root, 3)
    one_delivery(bot("resolve", "3", "--not-sent"), "planned")
    bot("cancel", "3")
    one_delivery(bot("post", "We are live. {hashtags}", "--account", "stage", "--at", "now"), "planned")
    assert bot("stop") == {"stopped": True, "still_sending": []}
    assert {one["state"] for one in bot("run", "--once")} == {"planned", "cancelled"}
    assert bot("resume")["stopped"] is False
    after = {one["id"]: one for one in bot("run", "--once")}
    assert [after[number]["state"] for number in (1, 2, 3, 4)] == ["sent", "cancelled", "cancelled", "sent"]
    assert after[4]["url"].startswith("https://")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", after[4]["sent_at"])
    one_delivery(bot("undo", "4"), "cancelled")
    assert bot("report")["sent_by_account"] == {"stage": 1}


def test_a_sighting_goes_through_its_life_by_json(terminal: Terminal, bot: Callable[..., Any]) -> None:
    rehearsal_campaign.solidarity(terminal.root, "@anna@union.example", "@olga@union.example")
    bot("run", "--once")
    seen = bot("sightings", "--state", "held")
    assert [one["author"] for one in seen] == ["@anna@union.example", "@olga@union.example"]
    assert all(set(one) >= SIGHTING for one in seen)
    anna, olga = (str(one["id"]) for one in seen)
    assert bot("approve", anna, *TICKS)["state"] == "approved"
    assert bot("reject", olga)["state"] == "rejected"
    reshares = [one for one in bot("run", "--once") if one["kind"] == "reshare"]
    assert [(one["state"], one["post_uri"]) for one in reshares] == [("sent", seen[0]["uri"])]
    assert bot("forget", "@anna@union.example") == {"sightings": 1, "undone": 1}
    assert bot("purge", "--days", "0")["purged"] >= 1
    assert "anna" not in str(bot("sightings"))


def test_people_get_tables_and_the_campaign_is_found_from_either_side(terminal: Terminal, tmp_path: Path) -> None:
    config = str(terminal.root / "bot.toml")
    planned = terminal.bot("plan", "--config", config, cwd=tmp_path)
    assert planned.status == 0
    assert re.search(r"^ +T-3 ", planned.out, re.MULTILINE)
    queue = terminal.bot("--config", config, "queue", cwd=tmp_path)
    assert queue.out.splitlines()[0].split()[:2] == ["ID", "STATE"]
    assert terminal.bot("sightings").out.startswith("Nothing is stored of what was seen.")
    assert "2 planned" in terminal.bot("report").out


@pytest.mark.parametrize(
    "words",
    [
        "nonsense",
        "queue --bogus",
        "queue --state nonsense",
        "queue --limit 0",
        "hold",
        "hold x",
        "resolve 1",
        "post Hi",
    ],
)
def test_a_wrong_command_line_is_two(terminal: Terminal, words: str) -> None:
    assert_told(terminal.bot(*words.split(), "--json"), 2)


def test_what_is_wrong_with_a_command_line_is_said_in_plain_words(terminal: Terminal) -> None:
    wrong = {
        "queue --limit 0": '"0" is not a whole number of 1 or more',
        "purge --days -1": '"-1" is not a whole number of 0 or more',
        "purge --undecided-days 1.5": '"1.5" is not a whole number of 0 or more',
        "rehearse --speed fast": '"fast" is not a number of 0 or more',
        "run --log yaml": '"yaml" is not one of people, json',
        "automatic maybe": '"maybe" is neither on nor off',
        "forget": "Missing argument 'AUTHOR'. Example: bot forget @anna@mastodon.example",
        "post Hi --at now": "Missing option '--account'. Example: bot post",
        "db restore": "Missing argument 'FILE'. Example: bot db restore var/backups/",
        "queue --account x": "No such option: --account. It takes --config PATH, --json, --state STATE, "
        "--limit N. Example: bot queue --state planned --limit 10",
        "queue --limt 3": "No such option: --limt. Did you mean --limit? Example: bot queue",
        "hold 12 --message": "'--message' requires an argument. Write --message NAME. Example: bot hold --message",
        "queue 12": "Got unexpected extra argument(s) (12). Example: bot queue",
        "frob": "No such command 'frob'. There are init, pack, login, check,",
        "quee": "No such command 'quee'. Did you mean 'queue'?",
        "aprove 7": "No such command 'aprove'. Did you mean 'approve'?",
        "db frob": "No such command 'frob'. There are upgrade, check, backup, restore, copy, adopt.",
        "db chek": "No such command 'chek'. Did you mean 'check'?",
        "user frob": "No such command 'frob'. There are add, roles, reset, disable, list.",
        "user ad Kasia": "No such command 'ad'. Did you mean 'add'?",
        "db --config x check": "No such option: --config. Options stand behind the name of the command.",
        "plan --html a --csv a": "--html and --csv write a file each: give them two names",
        "post --file gone.md --account stage --at now": '"gone.md" cannot be read: No such file or directory',
    }
    for words, told in wrong.items():
        said = terminal.bot(*words.split())
        assert_told(said, 2, told)
        assert TYPES.findall(said.err.replace("{hashtags}", "")) == [], said.err


def test_what_the_campaign_refuses_is_one(terminal: Terminal) -> None:
    refusals = {
        "hold 99": "There is no delivery 99. Run: bot queue",
        "approve 99": "There is no sighting 99. Run: bot sightings",
        "post Hi --account stag --at now": 'no account "stag" in bot.toml; there are: stage',
        "post Hi --account stage --at soon": '"soon" is no time.',
        "forget anna": '"anna" is no handle.',
        "hold --account stag": 'has the account "stag". Write "stage".',
        "reject --source x": "No source is known here yet.",
        "reject --author @a@b.example": "Nothing that you asked for is here, or waits for that.",
        "db restore gone.db": "There is no file gone.db. Write the path of what `bot db backup` wrote.",
        "db copy postgresql+psycopg://nobody.invalid/x": "See that the database server runs, and that its address",
        "init --from bot.toml x": "bot.toml is no campaign that was packed whole. Ask for it once more",
        "init --from messages x": "There is no messages/bot.toml. Write the path of a zip file",
        "plan --config messages": "bot.toml:1: error: this file is missing. Go to the campaign's folder, or "
        "begin a campaign: bot init my-campaign.",
    }
    for words, told in refusals.items():
        assert_told(terminal.bot(*words.split(), "--json"), 1, told)


def _gone(root: Path) -> None:
    (root / "bot.toml").unlink()


def _folder(root: Path) -> None:
    _gone(root)
    (root / "bot.toml").mkdir()


def _bytes(root: Path) -> None:
    (root / "bot.toml").write_bytes(bytes(range(256)))


def _garbage(root: Path) -> None:
    (root / "var").mkdir()
    (root / "var" / "groundswell.db").write_bytes(b"not a database at all" * 500)


def _no_folder(root: Path) -> None:
    (root / "var").write_text("in the way")


def _read_only(root: Path) -> None:
    (root / "var").symlink_to("/proc")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_gone, "bot.toml:1: error: this file is missing."),
        (_folder, "bot.toml:1: error: this is not a file."),
        (_bytes, "is not UTF-8 text. Save the file as UTF-8."),
        (_garbage, "bot db restore FILE puts a backup there"),
        (_no_folder, "The store cannot be opened"),
        (_read_only, "See that its folder exists and can be written"),
    ],
)
def test_a_spoiled_campaign_is_told_in_plain_words(
    terminal: Terminal, spoil: Callable[[Path], None], told: str
) -> None:
    spoil(terminal.root)
    assert_told(terminal.bot("queue", "--json"), 1, told)


def test_a_database_that_cannot_be_is_told_without_its_password(terminal: Terminal) -> None:
    terminal.environment["DATABASE_URL"] = "nosuch://user:geheim@db.example/x"
    said = terminal.bot("queue")
    assert_told(said, 1, "DATABASE_URL is not the address")
    assert "geheim" not in said.err


def test_a_full_disk_at_the_other_end_is_one(terminal: Terminal) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "check"],
            cwd=terminal.root,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
