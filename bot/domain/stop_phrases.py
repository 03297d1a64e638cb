"""Whole sentences by which people usually ask to be left alone, where `bot.toml` has no others."""

from __future__ import annotations

from collections.abc import Mapping

USUAL_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "stop", "please stop", "stop please", "stop it", "please stop it", "stop this", "stop sharing",
        "stop sharing this", "remove", "please remove", "remove please", "remove it", "remove this",
        "please remove it", "please remove this", "remove my post", "please remove my post", "delete", "please delete",
        "delete please", "delete it", "delete this", "please delete it", "please delete this", "delete my post",
        "please delete my post", "take it down", "take this down", "please take it down", "please take this down",
        "take my post down", "don't share", "don't share this", "please don't share", "please don't share this",
        "do not share", "do not share this", "please do not share", "please do not share this", "don't repost",
        "don't boost", "unboost", "please unboost", "undo", "opt out", "opt me out", "unsubscribe", "leave me alone",
        "i withdraw", "i withdraw my consent",
    ),
    "be": (
        "стоп", "спыніце", "спыніцеся", "калі ласка спыніце", "выдаліце", "выдаліце гэта", "выдаліце мой пост",
        "выдаліце калі ласка", "калі ласка выдаліце", "калі ласка выдаліце гэта", "прыбярыце", "прыбярыце гэта",
        "калі ласка прыбярыце", "прыбярыце калі ласка", "не распаўсюджвайце", "не рэпосціце", "spynicie", "vydalicie",
        "kali laska vydalicie", "prybiarycie", "stop kali laska",
    ),
    "ru": (
        "стоп", "остановите", "остановитесь", "пожалуйста остановитесь", "прекратите", "удалите", "удалите это",
        "удалите пост", "удалите мой пост", "удалите пожалуйста", "пожалуйста удалите", "пожалуйста удалите это",
        "пожалуйста удалите мой пост", "уберите", "уберите это", "уберите пожалуйста", "пожалуйста уберите",
        "пожалуйста уберите это", "снимите", "снимите пожалуйста", "не распространяйте", "не репостите",
        "пожалуйста не репостите", "отпишите меня",
    ),
    "uk": (
        "стоп", "зупиніть", "зупиніться", "будь ласка зупиніться", "припиніть", "видаліть", "видаліть це",
        "видаліть мій допис", "видаліть будь ласка", "будь ласка видаліть", "будь ласка видаліть це", "приберіть",
        "приберіть це", "приберіть будь ласка", "будь ласка приберіть", "не поширюйте", "не репостіть",
    ),
    "de": (
        "stopp", "stop", "bitte stopp", "bitte stoppen", "aufhören", "bitte aufhören", "löschen", "bitte löschen",
        "lösch das", "löscht das", "bitte löscht das", "bitte löschen sie das", "löschen sie das", "entfernen",
        "bitte entfernen", "bitte wieder entfernen", "entfernt das", "bitte entfernt das", "entfernen sie das",
        "bitte entfernen sie das", "nehmt das runter", "bitte nehmt das runter", "nicht teilen", "bitte nicht teilen",
        "nicht weiterverbreiten", "bitte nicht weiterverbreiten", "abmelden",
    ),
    "fr": (
        "stop", "arrêtez", "arrête", "arrêtez s'il vous plaît", "stop s'il vous plaît", "stop svp", "supprimez",
        "supprime", "supprimer", "supprimez ça", "supprimez cela", "supprimez s'il vous plaît", "supprimer svp",
        "à supprimer svp", "merci de supprimer", "merci de retirer", "retirez", "retirez ça", "retirez cela",
        "retirez s'il vous plaît", "enlevez", "enlevez ça", "ne partagez pas", "ne pas partager",
        "merci de ne pas partager", "ne relayez pas",
    ),
    "es": (
        "stop", "alto", "por favor paren", "borrar", "borra", "borren", "borrad", "bórralo", "bórrenlo", "borradlo",
        "por favor borren", "por favor bórrenlo", "eliminar", "eliminen", "elimínenlo", "eliminen esto",
        "por favor eliminen", "por favor eliminar", "quítenlo", "quitadlo", "por favor quítenlo", "no compartir",
        "no compartan", "no lo compartan", "por favor no compartan",
    ),
    "pl": (
        "stop", "przestańcie", "proszę przestać", "usuńcie", "usuń", "usunąć", "usuńcie to", "usuń to",
        "proszę usunąć", "proszę to usunąć", "proszę o usunięcie", "usuńcie proszę", "skasujcie", "skasuj",
        "proszę skasować", "nie udostępniajcie", "proszę nie udostępniać", "nie podawajcie dalej",
    ),
}  # fmt: skip
"""By language; to be compared whole. What they have in common is in `bot.domain.stop_grammar`. "Enough!" in any of them
is a slogan, not a wish."""
