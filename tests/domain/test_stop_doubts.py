"""What says no to us, or is afraid, and is told to a person: it asks for nothing that could be carried out."""

from __future__ import annotations

from bot.domain.campaign import WithdrawalRules
from bot.domain.stop_requests import Addressed, AsksToStop, hear, weigh
from tests.harness.table import each_of

ALL = [phrase for phrases in WithdrawalRules().words.values() for phrase in phrases]

NOES = """\
no more
tkx no
dm me
nope
no
Nein danke
нет, спасибо
Я против
хватит
Basta! Хватит! Досить!
не трэба
я не згодная
мне страшна
я проти
не згодна
je ne suis pas d'accord
Ich bin nicht einverstanden
No estoy de acuerdo
nie zgadzam się
nie treba, kali łaska
ja suprać
nie chaču
chopić
ya protiv
ne soglasna
mne strashno
✋
🚫
❌ 🙅‍♀️
👎 please
Why is my face on your page?
who said you could post my face?
Absolutely not
Auf gar keinen Fall!
ni loco
не ок
jamais de la vie
my boss has seen my video
не давала я вам разрешения на моё видео
"""
"""What says no to us, or is afraid, and may mean anything: told to a person where it is said to us."""

SAID_IN_PRIVATE = (
    "Our families are in Belarus, it is dangerous",
    "KGB: they arrested somebody",
    "мама кажа, што так нельга",
    "Das war keine gute Idee",
)
"""What counts as a no in private alone, for it stands in other answers as well."""

PRAISE = """\
Thank you for sharing my video!
Can you share my video please?
Who is the person in the video?
Don't stop, you are great!
Where can I find the video? 👋
Где можно посмотреть видео?
Lasst sie in Frieden
My video is coming tomorrow ✊
Me gustó la parte del video
Contact me about the interview
Let me be clear
ty 🙏
Отличное видео!
Not bad!
"""
"""What people answer who ask for nothing."""


@each_of("text", NOES.splitlines())
def test_a_no_to_us_is_told_and_carried_out_by_nobody(text: str) -> None:
    heard = hear(f"@union {text}", ALL)
    found = [weigh(heard, addressed, is_on_show=False) for addressed in Addressed]
    assert found == [AsksToStop.PERHAPS] * 3
    assert weigh(heard, Addressed.IN_PUBLIC, is_on_show=True) is AsksToStop.NO


@each_of("text", SAID_IN_PRIVATE)
def test_unease_is_told_where_it_is_said_in_private(text: str) -> None:
    assert weigh(hear(text, ALL), Addressed.IN_PRIVATE, is_on_show=False) is AsksToStop.PERHAPS
    assert weigh(hear(text, ALL), Addressed.IN_PUBLIC, is_on_show=False) is AsksToStop.NO


@each_of("text", PRAISE.splitlines())
def test_praise_and_questions_are_no_wish_and_no_doubt(text: str) -> None:
    assert weigh(hear(f"@union {text}", ALL), Addressed.TO_US, is_on_show=False) is AsksToStop.NO
