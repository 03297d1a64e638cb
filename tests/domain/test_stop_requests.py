"""What asks for its author to be left alone, and what does not."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.campaign import WithdrawalRules
from bot.domain.stop_grammar import words_of
from bot.domain.stop_phrases import USUAL_WORDS
from bot.domain.stop_requests import LONGEST, Addressed, AsksToStop, hear, weigh
from tests.harness.table import each_of

ALL = [phrase for phrases in WithdrawalRules().words.values() for phrase in phrases]
ASKING = (
    "stop",
    "STOP!!!",
    "Stop. Stop. STOP",
    "@union@social.example Please stop 🙏🏽",
    "@union @ana@elsewhere.example: please don’t share this",
    "#FreeBelarusUnionists stop https://social.example/@union/1",
    "Hello. Please remove this. Thank you!",
    "please\nremove",
    "S\u200bt\u202eo\u202cp",
    "ＳＴＯＰ ✋\ufe0f",
    "«Стоп»",
    "@union калі ласка, выдаліце!",
    "удалите, пожалуйста",
    "Будь ласка, видаліть це…",
    "Bitte löschen!",
    "Arrêtez, s'il vous plaît.",
    "¡Bórrenlo!",
    "Proszę usunąć",
)
NOT_ASKING = (
    "",
    "#stop",
    "https://example.org/stop",
    "Solidarity from Vilnius!",
    "Enough is enough",
)
IN_COMMON_WORDS = """\
не дзяліцеся
не дзяліцеся калі ласка
калі ласка не дзяліцеся
выдаліце допіс
выдаліце мой допіс
калі ласка выдаліце мой допіс
выдаліце відэа
прыбярыце допіс
прыбярыце мой допіс
прыбярыце відэа
прыбярыце рэпост
адмяніце рэпост
сцярыце
сцярыце калі ласка
не хачу каб вы дзяліліся
не делитесь
пожалуйста не делитесь
не делитесь пожалуйста
удалите репост
уберите репост
уберите мой пост
удалите видео
уберите видео
снимите репост
отмените репост
сотрите
сотрите пожалуйста
стоп пожалуйста
не распространяйте пожалуйста
bitte nicht mehr teilen
nicht mehr teilen
bitte teilt das nicht
teilt das nicht
bitte löscht es
löscht es
löscht meinen beitrag
bitte löscht meinen beitrag
nehmt mein video runter
nehmt das raus
bitte zurücknehmen
ne le partagez pas
ne la partagez pas
merci d'enlever
supprimez-le
supprimez ma vidéo
retirez ma vidéo
veuillez supprimer
je ne veux pas être partagé
je ne veux pas être partagée
stop merci
no lo compartas
no compartas
no lo compartáis
por favor no compartas
elimínalo
elimina esto
eliminadlo
quítalo
quita esto
quitad mi vídeo
borra mi vídeo
borrad mi vídeo
borra esto
bájalo
bájenlo
don't share it
please don't share it
unshare
please unshare
remove my video
please take my video down
please stop sharing
take it back
Не дзяліцеся
Не делитесь
Сотрите
No lo compartas
Elimínalo
Quítalo
Bitte nicht mehr teilen
Löscht meinen Beitrag
Bitte löscht es
Ne le partagez pas
Unshare
Выдаліце мой допіс
ne delites
pozhaluista udalite
Pozhaluysta, udalite moy post
kali laska, vydalicie moj dopis
vydalice
ne dzialiciesia
Could you please delete my video?
Can you remove this?
supprimez ca
borralo por favor
Delete my video pls
pls take it down
Please take my video down now
PLEASE STOP SHARING MY VIDEO
Stooop
Hi, please delete my post, thank you!
Bitte entfernen Sie mein Video
Könntet ihr bitte mein Video löschen?
Ich möchte, dass ihr das löscht
Teilt mein Video bitte nicht mehr
Nimm das bitte runter
Pourriez-vous supprimer ma vidéo, s'il vous plaît ?
Merci de ne pas partager ma vidéo
N'utilisez pas ma vidéo
Ne partage pas ça stp
Pouvez-vous le supprimer ?
Merci de le retirer
Por favor, no compartáis mi vídeo
Dejad de compartir mi vídeo
No me muestres
¿Podéis borrar mi publicación?
Не распространяйте моё видео
Перестаньте распространять моё видео
Пожалуйста, удалите мое видео!!
Прошу вас убрать мой пост
Можете удалить это?
Отмените репост, пожалуйста
Прыбярыце, калі ласка, маё відэа
Ня дзяліцеся
Калі ласка, выдаліце відэа
Приберіть моє відео будь ласка
Не поширюйте це
Usuńcie mój film proszę
Nie udostępniajcie tego
don’t share my face
remove me
I don't want to be shared
undo your boost
Take your repost down
please un-share
Do not repost
Take back your boost please
Löschen Sie das bitte
sofort löschen!
Снимите, пожалуйста, репост
Не надо репостить
Удали
удалите меня
Delete it, please.
retirez-la
quita mi video
bórrame
Please take me off your page
nicht teilen bitte
Bitte nehmt mein Video raus
Retirez ma photo svp
por favor, no publiquen mi video
отмените, пожалуйста, репост моего видео
видаліть, будь ласка
не распространяйте пожалуйста моё видео
I don't want my video shared
I don't want you to share my video
Don't use my video
I'd like my video removed
I want my video removed
I want this deleted
I want this taken down
remove this pls
plz delete
pls un-boost
take my vid off
можете убрать?
уберите меня оттуда
снимите с публикации
скасуйце рэпост
прыбярыце маё прозвішча
DELETE THIS NOW
Eliminar por favor
quítenme
n'utilisez plus ma vidéo
Je souhaite que vous retiriez ma vidéo
Je voudrais que vous supprimiez ma vidéo
Ich möchte, dass mein Video gelöscht wird
Kann mein Video bitte gelöscht werden?
Bitte mein Video entfernen
Mein Video bitte nicht weiterverbreiten
No difundir
Dejen de difundir mi video
Por favor quiten mi foto
pido que borren mi video
Solicito que eliminen mi publicación
Прошу удалить моё видео
Прошу больше не репостить
Хочу, чтобы вы удалили мой пост
Выдаліце маё відэа калі ласка
Прашу выдаліць мой допіс
не публікуйце маё відэа
спыніце распаўсюджваць маё відэа
Не хочу, чтобы вы делились моим видео
Я не хочу, чтобы моё видео распространяли
Я не хачу, каб маё відэа распаўсюджвалі
Do not amplify
No RT
dont RT
Please don’t quote me
please remove my name and video
Delete it please!!
Please, stop sharing this video!
could you stop sharing this?
would you mind deleting this
Please undo
undo please
Delete my tweet
Quiten eso
borren mi publicación por favor
¡Quítenlo ya!
Que lo borren
No quiero que compartan mi video
Arrêtez de partager ma vidéo
Arrêtez svp
Merci de supprimer ma vidéo
Merci de bien vouloir retirer ma vidéo
Supprimez-moi
Je ne souhaite pas être partagée
Ne me partagez plus
bitte löschen danke
Löschen Sie mein Video!
lösch mein Video
Bitte löschen Sie meinen Beitrag
Bitte hört auf, mein Video zu teilen
Teilt das bitte nicht
Bitte teilen Sie das nicht
nicht reposten
nicht boosten bitte
Boost rückgängig machen bitte
Könnten Sie das bitte löschen
Ich widerspreche der Verbreitung meines Videos
Остановитесь, пожалуйста
Прекратите распространять моё видео!
хватит репостить
Пожалуйста, снимите мой пост
удалите пж
удалите плиз
Пажалуста удалите
Зніміть моє відео
Припиніть поширювати моє відео
Не поширюйте моє відео
proszę usunąć mój film
Nie udostępniajcie mojego filmu
Przestańcie udostępniać
udalite
uberite pozhaluista
Vydalice, kali laska
Prybiarycie maje video
ne rasprostranyayte moe video
НЕ ДЗЯЛІЦЕСЯ ГЭТЫМ
Калі ласка, не распаўсюджвайце маё відэа
Калі ласка прыбярыце мяне
Скасуйце, калі ласка
Адмяніце, калі ласка, рэпост
Прыбярыце рэпост
Please stop. Thank you
Stop sharing me
Don't post this anywhere please
You can't share this
You are not allowed to share this
I don't give permission to share this
Please do not share my posts
No sharing please
not ok to share
Не делитесь этим видео
Не делитесь моей записью
Не шарьте
Не репость
Удалите, это мой пост
Прошу убрать
Прошу удалить
Уберите, пожалуйста, моё лицо
Замажьте моё лицо
Прыбярыце, калі ласка
Выдаліце рэпост
Адклікаю дазвол
Адклікаю згоду
Не даю згоды
Не даю згоду
Не даю согласия
Отзываю своё согласие
Ich ziehe meine Einwilligung zurück
Ich widerrufe meine Einwilligung
Bitte sofort entfernen!
Bitte aus dem Netz nehmen
Je retire mon accord
Je n'autorise pas le partage
Ne publiez pas ma photo
Ne diffusez pas
No me compartan
No comparta
No lo difundan
Eliminad mi post
Quita mi foto ya
No doy mi permiso
No autorizo
Retiren mi video
Please unboost my post
Un-retweet please
undo the boost
please undo your retweet
cancel the boost
delete your repost
I don't want to be in this
I don't want my face there
You don't have my consent
I didn't agree to this
Without my permission!
Please forget me
Please untag me
Delete everything about me
Remove my data
don´t share my video pls
⛔ please
Без моего согласия
Не хочу быть там
Просьба удалить
Приберите видео
Без маёй згоды
Не хачу, каб мяне паказвалі
Без моєї згоди
Ohne meine Zustimmung
Ich möchte nicht gezeigt werden
Ich habe nicht zugestimmt
Sans mon accord
Je ne veux pas être vue
Sin mi consentimiento
No quiero aparecer
No quiero que se comparta
Bez mojej zgody
Nie chcę być pokazywana
rm pls
rm my vid
del pls
dlt this thx
plz delet
s t o p
takedown pls
get it off your page
make it disappear
consent revoked
Please ask before sharing
I don't agree to be shared
Would you be so kind as to delete my video?
Would it be possible to remove my post?
не затруднит ли вас удалить моё видео
Не могли бы вы удалить моё видео, если не трудно?
прошу удаления
я против репоста
согласия не давала
знiмiть вiдео
Вилучіть моє відео
я проти поширення
Ці можна выдаліць маё відэа?
я супраць рэпосту
vydalicie, kali łaska
Prybiarycie majo videa
nie dzialiciesia, kali łaska
nie raspaŭsiudžvajcie
ja nie davała zhody
adklikaju zhodu
udalite pojaluista
uberite moe video pozhaluysta
Wäre es möglich, mein Video zu löschen?
Löschung bitte
Ich bin gegen die Verbreitung
Auriez-vous la gentillesse de supprimer ma vidéo ?
Demande de suppression
je suis contre le partage
¿Serían tan amables de quitar mi foto?
dame de baja
uprzejmie proszę o usunięcie
nie zgadzam się na udostępnianie
"""
"""What people write, one wish a line: persons, politeness, cases, typing without accents, Cyrillic in Latin letters."""

SLOGANS = """\
Stop the repression!
Стоп тэрор
Стоп террор!
Delete your account, Lukashenko
Don't share power
Stop war in Ukraine
Arrêtez la répression
Stoppt die Repression
Alto a la represión
Спыніце рэпрэсіі
Остановите репрессии
Прекратите пытки
Stop killing workers
Remove Lukashenko
Delete the regime
Don't show mercy
Free the jailed unionists
Solidarity!
Take down the regime
Take down the dictator
Не делите власть
Не распространяйте страх
Share my video
Please share
Bitte teilen
Partagez
Удалите Лукашенко
Don't stop
Never stop
Take it to the streets
Undo the damage
We cannot be stopped
Get our leaders out!
Leave our people alone!
Take our country back
Take my country back
Remove our president!
Don't use workers as hostages
I want my country free
We want our leaders released
Bring our brothers home
Bring them back
Get them out
Delete Lukashenko
Снимите санкции
Отмените приговор!
Отмените приговоры!
Скасуйце прысуд
Undo the verdict
No more prisons
Stop publishing lies
Don't share their lies
Уберите войска
Retirez vos troupes
Supprimez les lois
Quiten las manos
Baja los precios
Löscht die Schulden
Nehmt ihnen die Macht
Не делитесь на своих и чужих
Stop sharing power with dictators
Stop showing off
Hands off our unions
Lasst unsere Kollegen frei
Lasst uns nicht allein
Let them go
Give us our rights back
Stoppt den Krieg
Arrêtez de tuer
Paren la guerra
Alto a la guerra
Остановите террор
Прекратите преследование
Спыніце катаваць людзей
Release them all
Remove all charges
Drop all charges
Drop the charges
Cancel the trial
Withdraw the charges
Cancel this law
Stop this war
Hide nothing
Delete nothing
Take it from us
Undo injustice
Without consent no law
I don't want war
Remote video from Minsk
🛑 Stop the repression
Je ne veux pas la guerre
Не хочу войны
Danke fürs Teilen
"""
"""What stands on banners, one a line."""

PERHAPS = (
    "can you please take this down, my boss has seen it",
    "please delte this",
    "удалити",
    "не надо",
    "Bitte nicht!",
    "nobody asked me",
    "🛑🛑",
    "Why did you delete my post?",
    "Please don't delete my video",
    "Don't stop sharing my video!",
    'If they say "delete my post", I say no',
    "we cannot stop now",
    "яны кажуць, калі ласка выдаліце мой пост бо баюся",
)


@each_of("text", ASKING)
def test_a_wish_to_be_left_alone_is_heard_however_it_is_written(text: str) -> None:
    assert hear(text, ALL).asked is AsksToStop.YES


@each_of("text", IN_COMMON_WORDS.splitlines())
def test_a_wish_is_heard_in_the_words_that_people_use(text: str) -> None:
    for written in (text, f"{text.upper()}!!!", f"@union@social.example {unicodedata.normalize('NFD', text)} 🙏"):
        assert hear(written, ALL).asked is AsksToStop.YES, written
    assert weigh(hear(f"@union {text}", ALL), Addressed.IN_PUBLIC, is_on_show=False) is AsksToStop.YES


@each_of("text", SLOGANS.splitlines())
def test_a_slogan_is_no_wish(text: str) -> None:
    assert weigh(hear(f"{text} #tag @union", ALL), Addressed.IN_PUBLIC, is_on_show=True) is AsksToStop.NO
    assert weigh(hear(text, ALL), Addressed.TO_US, is_on_show=False) is AsksToStop.NO


@each_of(
    ("text", "to_us", "in_public"),
    [
        ("@us stop", "yes", "perhaps"),
        ("Stop! Free the jailed unionists.", "perhaps", "perhaps"),
        ("Please delete my video. I am scared.", "yes", "perhaps"),
        ("Please delete my video!", "yes", "yes"),
        ("Stop #repression @us", "perhaps", "no"),
        ("We cannot stop now", "perhaps", "no"),
        ("can you please take this down, my boss has seen it", "perhaps", "perhaps"),
        ("I changed my mind, please delete", "yes", "perhaps"),
        ("удалите, мне страшно", "yes", "perhaps"),
        ("Нет, удалите моё видео", "yes", "yes"),
        ("No more, delete my post please", "yes", "yes"),
        ("Просьба убрать моё видео, спасибо", "yes", "yes"),
        ("It is a lie, remove it", "perhaps", "perhaps"),
        ("pleas delte my video", "perhaps", "perhaps"),
        ("не надо", "perhaps", "no"),
    ],
)
def test_a_wish_is_said_to_us_or_says_nothing_else(text: str, to_us: str, in_public: str) -> None:
    heard = hear(text, ALL)
    found = [str(weigh(heard, addressed, is_on_show=True)) for addressed in Addressed]
    assert found == [to_us, to_us, in_public], "in private as in a reply"
    if heard.is_all and not heard.is_clear:
        assert weigh(heard, Addressed.IN_PUBLIC, is_on_show=False) is AsksToStop.YES


def test_the_words_of_the_campaign_take_the_place_of_a_languages_grammar() -> None:
    others = [phrase for code, phrases in USUAL_WORDS.items() for phrase in phrases if code != "de"]
    assert hear("Löscht meinen Beitrag", [*others, "nein"]).asked is AsksToStop.NO
    assert hear("delete my post", [*others, "nein"]).asked is AsksToStop.YES


@each_of("text", NOT_ASKING)
def test_what_is_no_such_wish_is_none(text: str) -> None:
    assert hear(text, ALL).asked is AsksToStop.NO


@each_of("text", PERHAPS)
def test_the_words_among_others_are_for_a_person_to_judge(text: str) -> None:
    assert hear(text, ALL).asked is AsksToStop.PERHAPS


@each_of("language", ["en", "be", "ru", "uk", "de", "fr", "es", "pl"])
def test_every_usual_phrase_of_every_language_is_heard(language: str) -> None:
    assert USUAL_WORDS[language]
    for phrase in USUAL_WORDS[language]:
        assert hear(f"@union@social.example {phrase.upper()}!", ALL).asked is AsksToStop.YES, phrase


def test_only_the_words_of_the_campaign_count() -> None:
    assert hear("stop", ["nein"]).asked is AsksToStop.NO
    assert hear("NEIN!", ["nein"]).asked is AsksToStop.YES


@given(st.text(max_size=200), st.sampled_from(ALL))
def test_whatever_stands_in_other_sentences_a_wish_is_heard(other: str, phrase: str) -> None:
    assert hear(f"{phrase}.\n{other}", ALL).asked is AsksToStop.YES


@given(st.text(max_size=400))
def test_no_text_breaks_it_and_words_are_words(text: str) -> None:
    assert hear(text, ALL).asked in AsksToStop
    assert all(word and " " not in word for word in words_of(text))


@each_of("piece", ["@a.", "stop ", "#", "http://", "\u202e", "!?", "е\u0301"])
def test_a_very_long_text_is_read_as_far_as_people_read(piece: str) -> None:
    assert hear(piece * 300_000, ALL).asked in AsksToStop
    assert hear(" " * LONGEST + "stop", ALL).asked is AsksToStop.NO
