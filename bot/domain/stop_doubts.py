"""What says no, or is afraid, and asks for nothing by its words: an answer like that is for a person to read.

A wish (see `bot.domain.stop_grammar`) is carried out; what stands here never is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from bot.domain.stop_grammar import Words, folded, ready_words, skeleton, without_politeness, words_of

MAYBE: Mapping[str, str] = {
    "en": (
        "stpo|sotp|tsop|stopt|stob|no|nope|nah|no way|no more|not ok|not okay"
        "|its not ok|this is not ok|im not ok with this|not okay with this"
        "|im not okay with this|not cool|not this|not mine|not for me|not interested|not like this|not me|off|out"
        "|i disagree|i do not agree|i dont agree|i am against it|im against it|im against this|i am against this"
        "|against|i object|i object to this|i refuse|i decline|declined|i said no|i never said yes|no is no"
        "|no means no|enough|thats enough|enough already|too much|ask first|ask me first|you should have asked"
        "|you could have asked|did you ask me|who asked you|who allowed this|who allowed you|who gave you permission"
        "|who said you can|who said you could|why|why me|what is this|dm|pm|dm me|pm me|message me|call me|write to me"
        "|write me|contact me|can we talk|we need to talk|leave it|leave it out|cut it out|knock it off|cease|desist"
        "|dont|do not|no dont|you never asked me|nobody asked me|you did not ask me|you didnt ask me|i dont want this"
        "|i do not want this|i dont want to|i dont want it|i do not want it|i didnt want this|rather not|better not"
        "|id rather not|i would rather not|i prefer not|i am scared|im scared|im afraid|i am afraid|its dangerous"
        "|this is dangerous|too dangerous|dangerous|not safe|its not safe|this is not safe|private|this is private"
        "|its private|this was private|by mistake|it was a mistake|i made a mistake|i regret it|i changed my mind"
        "|changed my mind|cancel|leave|blur|gdpr|gdpr request|under gdpr|article 17|dont you dare|how dare you"
        "|you had no right|let me be|why did you share this"
        "|why did you share it|why did you post this|why do you share this|why did you repost this"
    ),
    "be": (
        "не|ня|не трэба|не трэба гэтага|не трэба так|не варта|не хачу|не хачу гэтага|я не хачу|нельга|так нельга"
        "|няможна|я супраць|супраць|я не згодны|я не згодная|я не згодна|не згодны|не згодная|не згодна|я не згаджаюся"
        "|хопіць"
        "|хопіць ужо|хопiць|годзе|досыць|дастаткова|спачатку спытайце|спытайце спачатку|хто дазволіў|хто вам дазволіў"
        "|чаму|навошта|напішыце мне|адмаўляюся|я адмаўляюся|не магу|баюся|я баюся|баюсь|я баюсь|мне страшна|страшна"
        "|гэта небяспечна"
        "|небяспечна|гэта асабістае|гэта прыватнае|памылкова|я перадумала|я перадумаў|перадумала|перадумаў"
        "|мяне не спыталі|вы мяне не спыталі|лепш не|схавайце|прыміце|адпусціце"
    ),
    "ru": (
        "нет|не|неа|не надо|не надо этого делать|не надо этого|не надо так|не нужно|не стоит|не хочу|не хочу этого"
        "|я не хочу|нельзя|так нельзя|я против|против|я против этого|я не согласен|я не согласна|не согласен"
        "|не согласна|я несогласна|я несогласен|несогласна|несогласен|хватит|хватит уже|хватит это|достаточно|довольно"
        "|сначала спросите|спросите сначала|кто разрешил|кто вам разрешил|вам кто разрешил|кто вам позволил|почему"
        "|зачем|зачем вы это|напишите мне|напишите в личку|в личку|отказываюсь|я отказываюсь|ни в коем случае|ни за что"
        "|не могу|боюсь|я боюсь|мне страшно|страшно|это опасно|опасно|это личное|по ошибке|ошибка|я передумала"
        "|я передумал|передумала|передумал|меня не спросили|вы меня не спросили|лучше не надо|лучше не|скройте"
        "|спрячьте|замажьте|не смейте|как вы посмели|какое право вы имели"
    ),
    "uk": (
        "ні|не треба|не треба цього|не потрібно|не варто|не хочу цього|не можна|так не можна|я проти|проти|я не згоден"
        "|я не згодна|не згоден|не згодна|досить|годі|вистачить|спочатку спитайте|спитайте спочатку|хто дозволив"
        "|хто вам дозволив|чому|навіщо|напишіть мені|відмовляюся|я відмовляюся|не можу|боюся|я боюся|мені страшно"
        "|страшно|це небезпечно|небезпечно|це особисте|помилково|я передумала|я передумав|мене не спитали"
        "|краще не треба"
    ),
    "de": (
        "nein|nee|nö|ne|nicht|das nicht|bloß nicht|lieber nicht|besser nicht|so nicht|nicht so|nicht mehr|mich nicht"
        "|ich bin dagegen|bin dagegen|dagegen|ich bin nicht einverstanden|bin nicht einverstanden|nicht einverstanden"
        "|damit bin ich nicht einverstanden|ich lehne ab|ich lehne das ab|abgelehnt|genug|es reicht|reicht|das reicht"
        "|jetzt reichts|reichts|schluss|schluss damit|lasst das|lass das|lassen sie das|wer hat das erlaubt"
        "|wer hat euch das erlaubt|fragt erst|fragt vorher|erst fragen|warum|wieso|weshalb|schreibt mir|meldet euch"
        "|nicht gut|nicht ok|nicht okay|auf keinen fall|niemals|keinesfalls|ich will das nicht|ich möchte das nicht"
        "|ich will nicht|ich möchte nicht|ich will nicht mehr|ich habe angst|hab angst|zu gefährlich|das ist gefährlich"
        "|gefährlich|das ist privat|privat|aus versehen|ihr habt mich nicht gefragt|ich wurde nicht gefragt"
        "|ich habe es mir anders überlegt|habe es mir anders überlegt|weg damit|weg|das muss weg|raus|dsgvo"
    ),
    "fr": (
        "non|nan|je ne suis pas d'accord|je suis pas d'accord|pas d'accord|chui pas d'accord|je suis contre|contre"
        "|je m'oppose|je m'y oppose|je n'accepte pas|je n'approuve pas|je refuse|surtout pas|non pas ça|pas ça|pas moi"
        "|assez|ça suffit|c'est assez|suffit|j'en ai assez|qui a autorisé|qui vous a autorisé|qui a autorisé ça"
        "|demandez d'abord|demandez moi d'abord|pourquoi|écrivez moi|contactez moi|pas ok|pas cool|pas comme ça|jamais"
        "|plus jamais|en aucun cas|j'ai peur|c'est dangereux|trop dangereux|dangereux|c'est privé|privé|par erreur"
        "|je ne veux pas|je ne veux pas ça|je veux pas|j'ai changé d'avis|on ne m'a pas demandé"
        "|vous ne m'avez pas demandé|plutôt pas|il ne faut pas|faut pas|dégagez|dégage|rgpd"
    ),
    "es": (
        "no estoy de acuerdo|no de acuerdo|en desacuerdo|estoy en contra|en contra|me opongo|no acepto|rechazo|me niego"
        "|basta|basta ya|suficiente|nunca|jamás|nunca más|no es no|quién autorizó|quién los autorizó"
        "|quién les dio permiso|quién dio permiso|pregunten primero|preguntad antes|por qué|para qué|escríbanme"
        "|escribidme|contáctenme|tengo miedo|me da miedo|es peligroso|peligroso|así no|a mí no|conmigo no|ni hablar"
        "|para nada|mejor no|no quiero|no quiero esto|es privado|privado|por error|cambié de opinión"
        "|he cambiado de opinión|no me preguntaron|no me han preguntado|nadie me preguntó|fuera|rgpd"
    ),
    "pl": (
        "nie|jestem przeciw|jestem przeciwko|przeciw|przeciwko|nie zgadzam się|ja się nie zgadzam|nie ma zgody"
        "|nie ma mojej zgody|sprzeciwiam się|sprzeciw|odmawiam|dość|dosyć|wystarczy|starczy|koniec|kto pozwolił"
        "|kto wam pozwolił|najpierw zapytajcie|zapytajcie najpierw|dlaczego|czemu|po co|napiszcie do mnie|boję się"
        "|to niebezpieczne|niebezpieczne|nie tak|nie ja|lepiej nie|w żadnym wypadku|nigdy|nie mogę|nie chcę"
        "|nie chcę tego|nie trzeba|nie rób tego|nie róbcie tego|to prywatne|prywatne|przez pomyłkę|to był błąd"
        "|to pomyłka|zmieniłam zdanie"
        "|zmieniłem zdanie|nikt mnie nie pytał|nie pytaliście mnie|precz|rodo"
    ),
}
"""By language: what says no to us where nothing else is said, and may be an answer to anything."""

FLAT_NO = "no|not|nope|never|не|ня|нет|ні|nein|nicht|kein|keinen|nie|non|pas|jamais|nunca|jamás|ni|nigdy"
"""Words for no that stand by themselves, or with nothing but the next ones."""

EMPHASIS = (
    "absolutely|definitely|more|certainly|hell|way|really|ok|okay|cool|good|fair|fine|at|all|ever|god|oh|just|this"
    "|ок|окей|норм|совсем|точно|абсолютно|категорически|катэгарычна|категорично|вообще|в|коем|случае|за|что|ни|у|якім"
    "|разе"
    "|зусім|жодному|разі|auf|gar|fall|absolut|bestimmt|wirklich|überhaupt|so|das|absolument|certainement|du|tout|de|la"
    "|vie"
    "|en|aucun|cas|question|mais|loco|loca|hablar|absoluto|absolutamente|modo|manera|ninguna|ningún|caso|claro|que"
    "|absolutnie|w|żadnym|żadnej|razie|wypadku|na|pewno|ma|mowy"
)
"""What people say beside a no that makes it stronger: "absolutely not", "auf gar keinen Fall", "ni loco"."""

DOUBTFUL_SIGNS = "✋🤚🖐❌❎✖👎🗑⏹🚷🙊🤐🤫🔇🆘😱"
"""What may stand for "stop" where nothing else is said."""

_NO = (
    "face|лицо|лица|твар|твару|обличчя|gesicht|visage|cara|rostro|twarz|twarzy|no|not|why|dont|doesnt|didnt|wont|wouldnt|cant|cannot|couldnt|shouldnt|isnt|wasnt|arent|aint|never|nobody|without"
    "|stop|against|не|ня|нет|няма|немає|ні|без|против|супраць|проти|нельга|нельзя|хватит|хопіць|досить|годзе"
    "|нікому|никому|никогда|ніколі|ніколи|стоп|зачем|почему|навошта|чаму|навіщо|чому"
    "|nicht|nix|warum|wieso|nein|kein|keine|keinen|keiner|nie|niemals|niemand|ohne|gegen"
    "|weg|runter|ne|pas|non|pourquoi|jamais|sans|contre|nunca|jamás|sin|contra|nadie|tampoco|nigdy|dlaczego|czemu|bez"
    "|nikt|przeciw|przeciwko"
)
"""Words that say no, or show that somebody minds, as they stand."""

_UNEASY = (
    "delet|remov|eras|hide|hidden|undo|unshar|unboost|unpost|withdr|scared|afraid|lost|fear|danger|risk|unsafe|threat|arrest"
    "|police|consen|permission|permit|disagree|mistake|regret|trouble|worr|anonym|privat|lawyer|boss|fired|employer"
    "|удал|убер|убра|убир|сним|снят|сотр|стер|скро|скры|отозв|отзыв|бою|боим|боят|страш|опас|угро|арест|задерж|милиц"
    "|полиц|кгб|согла|разреш|ошиб|пробле|аноним|личн|юрист|увол|начальн"
    "|выдал|прыб|сцяр|сцер|схав|баюс|баім|небяс|пагроз|арышт|затрым|міліц|кдб|згод|згодз|дазвол|памыл|прабл|ананім"
    "|прыват|звольн|видал|прибер|прибра|зітр|схов|боїм|небез|загроз|затрим|поліц|дозв|помил|звільн"
    "|losch|entfern|verstec|angst|gefahr|bedroh|verhaft|poliz|einverst|zustimm|erlaub|einwill|bereu|arger|anwalt|chef"
    "|gekundigt|supprim|effac|retir|enlev|cach|peur|menac|arret|polic|accord|autoris|erreur|avocat|patron"
    "|borr|elimin|quit|ocult|miedo|pelig|riesg|amenaz|deten|permis|acuerd|autoriz|arrepi|abogad|despid|jefe"
    "|usun|usu|skasu|ukry|schow|boje|strach|niebez|zagro|aresz|zatrzym|zgod|zgadz|pozwol|pomyl|pryw|prawnik|szef|zwoln"
)
"""What words begin with that speak of taking back, consent, or danger."""

_THEIRS = (
    "me|my|mine|myself|im|ive|video|videos|vid|clip|post|posts|photo|photos|picture|toot|tweet|boost|repost|retweet"
    "|reshare|name|face|job|shared|reposted|boosted|posted|published|retweeted|quoted"
    "|мой|моя|моё|моє|маё|мая|мае|мои|мої|маю|мою|мне|мяне|меня|мене|мені|мной|мною|видео|відэа|відео|ролик|ролік|пост"
    "|допіс|допис|запись|запіс|запис|фото|фота|репост|рэпост|имя|імя|лицо|твар|обличчя|поделились|опубликовали"
    "|репостнули|распространили|выложили|падзяліліся|апублікавалі"
    "|поширили|опублікували|виклали"
    "|mein|meine|meinen|meinem|meiner|mich|mir|geteilt|verbreitet|veröffentlicht|gepostet|beitrag|bild|foto|name"
    "|gesicht|mon|ma|mes|moi|partagé|publié|posté|diffusé|vidéo|publication|photo"
    "|partage|nom|visage|mi|mis|mío|mía|conmigo|compartieron|compartido|publicaron|vídeo|publicación|nombre|cara|mój"
    "|moje|moja|mojego|mnie|udostępniliście|opublikowaliście|mi|film|filmik"
    "|wpis|wideo|zdjęcie|nagranie|twarz|nazwisko"
)
"""Words for oneself, and for what one has posted; not those for "us", which stand on banners."""

_LONGEST_DOUBT = 60
"""Words of an answer in which a no is looked for."""


@lru_cache(maxsize=2)
def _maybe(*, in_latin: bool) -> frozenset[Words]:
    written = [words for code, words in MAYBE.items() if not in_latin or code in ("be", "ru", "uk")]
    return frozenset(phrase for words in written for phrase in ready_words(words, in_latin=in_latin))


def is_flat_no(words: Words) -> bool:
    """Return whether words are "no", however strongly: "absolutely not", "no more"."""
    said, (flat, emphasis) = without_politeness(folded(words)), _flat_no()
    return not flat.isdisjoint(said) and emphasis.issuperset(said)


def says_no(words: Words) -> bool:
    """Return whether words are a no and nothing beside; also Cyrillic ones in Latin letters."""
    said = folded(words)
    if without_politeness(said) in _maybe(in_latin=False):
        return True
    if is_flat_no(words):
        return True
    sounds = tuple(map(skeleton, said))
    is_latin = all(word.isascii() for word in said)
    return is_latin and without_politeness(sounds, in_latin=True) in _maybe(in_latin=True)


@lru_cache(maxsize=1)
def _flat_no() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words for no, and all that may stand beside one that is nothing but a no."""
    flat, emphasis = _each_word(FLAT_NO, in_latin=False), _each_word(EMPHASIS, in_latin=False)
    return flat, flat | emphasis


@lru_cache(maxsize=2)
def _tables(*, in_latin: bool) -> tuple[frozenset[str], re.Pattern[str], frozenset[str]]:
    """Return the words that say no, what uneasy words begin with, and the words for oneself; `in_latin` the Cyrillic
    ones as they sound."""
    no, uneasy, theirs = (_each_word(written, in_latin=in_latin) for written in (_NO, _UNEASY, _THEIRS))
    return no, re.compile("|".join(map(re.escape, sorted(uneasy)))), theirs


def _each_word(written: str, *, in_latin: bool) -> frozenset[str]:
    words = folded(words_of(written))
    return frozenset(skeleton(word) for word in words if not word.isascii()) if in_latin else frozenset(words)


def is_uneasy(words: Words) -> bool:
    """Return whether an answer, whatever it is about, says no somewhere, or speaks of consent or danger."""
    return any(
        word in no or begins.match(word) is not None for said, (no, begins, _) in _readings(words) for word in said
    )


def is_about_oneself(words: Words) -> bool:
    """Return whether an answer speaks of who wrote it, or of what they have posted."""
    return any(not theirs.isdisjoint(said) for said, (_, _, theirs) in _readings(words))


def _readings(words: Words) -> list[tuple[Words, tuple[frozenset[str], re.Pattern[str], frozenset[str]]]]:
    """Return the words as they stand, and as they sound where they may be Cyrillic in Latin letters, each with its
    tables."""
    said = folded(words[:_LONGEST_DOUBT])
    sounds = tuple(skeleton(word) for word in said if word.isascii())
    return [(said, _tables(in_latin=False)), (sounds, _tables(in_latin=True))]
