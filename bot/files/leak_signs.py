"""What no post is meant to show, each by a pattern: markup, marks of other programs, notes of the authors."""

from __future__ import annotations

import re
from functools import cached_property

from bot.errors import Severity
from bot.values import dataclass

_TAGS = (
    r"(?:a|abbr|b|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|iframe|img|input|li|mark|ol|p|pre|q"
    r"|s|script|small|span|strike|strong|style|su[bp]|table|tbody|t[dhrt]|u|ul|video|del|ins|[a-z]\d?:\w+)"
)

_MISSING = (
    r"(?:your|the|our|my|full|first|last|short|dein|ihr|votre|nom de|tu)?\s*(?:(?:name|surname|title|city|town|country|"
    r"place|venue|location|date|day|time|hour|number|amount|url|web ?site|address|e-?mail|phone|handle|user ?name|"
    r"hash ?tag|quote|"
    r"text|copy|headline|union|organi[sz]ation|speaker|recipient|photo|picture|image|alt text|caption|placeholder|"
    r"vorname|nachname|ort|stadt|datum|uhrzeit|zahl|titel|bild|gewerkschaft|nom|prénom|ville|lieu|heure|titre|syndicat|"
    r"nombre|apellido|ciudad|lugar|fecha|hora|título|sindicato|имя|фамилия|город|место|дата|время|число|название|фото|"
    r"ссылка|профсоюз|імя|ім’я|прозвішча|горад|месца|час|лік|назва|спасылка|прафсаюз|imię|nazwisko|miasto|miejsce|data|"
    r"godzina|liczba|tytuł|zdjęcie)\b(?!\s*:)[^\]>)\n]{0,30}|type here|click here|link to\b[^\]>)\n]{0,30}|\?+|_+|\s*)"
)
"""What stands between brackets where somebody was to write a name, a place, a day."""

_DRAFT = (
    r"(?:(?:first|rough|final)\s+)?"
    r"(?:draft|entwurf|brouillon|borrador|черновик|чернетка|чарнавік|szkic|wip|work in progress)"
)
_CP1251 = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\xa0ЎўЈ¤Ґ¦§Ё©Є«¬\xad®Ї°±Ііґµ¶·ё№є»јЅѕї\x98"
_CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x80-\xbf"
_MANGLED = (
    rf"â€[{_CP1252}]|ï»¿|ï¿½|�|ðŸ[{_CP1252}]{{2}}"
    rf"|Ã[\x80-\x9f\xa1-\xaa\xac-\xba\xbc-\xbfƒ†‡ˆ‰ŠŒŽ˜™š›œžŸ]|Â[\xa0-\xba\xbc-\xbf]"
    rf"|(?:[ÐÑ][{_CP1252}]){{2,}}|(?:[РС][{_CP1251}]){{3,}}"
)
"""UTF-8 that was read as something else on its way: "â€™" for ’, "Ð¡Ð°" or "РЎР°" for Са."""
_FILES = r"(?:png|jpe?g|gif|webp|heic|mp4|mov|webm|docx?|xlsx?|pptx?|pdf|odt|psd)"


@dataclass(frozen=True)
class _Pattern:
    """A regular expression that is compiled when it is first looked for: most never are."""

    written: str
    flags: int = 0

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.written, self.flags)


@dataclass(frozen=True)
class Sign:
    """A pattern of something that no post is meant to show."""

    pattern: _Pattern
    holds: str
    """What each match has one of, between dots: looked for first, for most texts have none, and the pattern takes long.
    In small letters where case is the same to it."""

    what: str
    instead: str
    severity: Severity = Severity.ERROR
    is_in_links: bool = True
    """Whether it is one inside of an address too."""

    is_markup: bool = False
    """Whether all of it in a text was brought by one copying, and goes out together."""

    def matches(self, text: str, folded: str) -> list[re.Match[str]]:
        """Return every match in a text; `folded` is the text in small letters."""
        where = folded if self._ignores_case else text
        for part in self._parts:
            if part in where:
                return list(self.pattern.compiled.finditer(text))
        return []

    @cached_property
    def _ignores_case(self) -> bool:
        return bool(self.pattern.flags & re.IGNORECASE)

    @cached_property
    def _parts(self) -> list[str]:
        return self.holds.split("·")


_NOTE = "Take it out, or write what belongs here."
_PLAIN = "Posts are plain text: take the signs out."
_SIGNS = (
    Sign(_Pattern(r"<!--.*?(?:-->|\Z)", re.DOTALL), "<!--", "a comment in HTML would be posted", "Take it out."),
    Sign(
        _Pattern(rf"</?{_TAGS}(?:\s[^<>]*)?/?>", re.IGNORECASE),
        "<",
        "a tag of HTML would be posted",
        _PLAIN,
        is_markup=True,
    ),
    Sign(
        _Pattern(r"&(?:[a-z]{2,8}\d{0,2}|#\d{1,6}|#x[0-9a-f]{1,6});", re.IGNORECASE),
        "&",
        "an entity of HTML would be posted",
        "Write the sign itself: & for &amp;, a blank for &nbsp;.",
        is_markup=True,
    ),
    Sign(
        _Pattern(r"!?\[[^\[\]\n]*\]\(\s*[^()\s]+(?:\s+\"[^\"\n]*\")?\s*\)"),
        "](",
        "a link in Markdown would be posted, brackets and all",
        "Write the words, then the address alone.",
    ),
    Sign(
        _Pattern(r"\[[^\[\]\n]+\]\[[^\[\]\n]*\]"),
        "][",
        "a link in Markdown would be posted",
        _PLAIN,
        Severity.WARNING,
    ),
    Sign(
        _Pattern(r"^\s*(?:```|~~~).*", re.MULTILINE),
        "```·~~~",
        "a code fence of Markdown would be posted",
        _PLAIN,
    ),
    Sign(
        _Pattern(r"(?<![\w/])(\*\*|__)(?=\S)[^\n]*?\S\1(?!\w)"),
        "**·__",
        "Markdown for bold would be posted",
        _PLAIN,
        Severity.WARNING,
        is_markup=True,
    ),
    Sign(
        _Pattern(r"^\s*#{1,6}[ \t]+\S", re.MULTILINE),
        "# ·#\t",
        "a # before a blank is a heading or a comment elsewhere; here it would be posted",
        "Take it out, or write the hashtag without a blank.",
        Severity.WARNING,
    ),
    Sign(
        _Pattern(r"\[(?:/(?:b|i|u|s)|/?(?:url|img|quote|code|color|size)(?:=[^\]\n]*)?)\]", re.IGNORECASE),
        "[",
        "a tag of BBCode would be posted",
        _PLAIN,
        is_markup=True,
    ),
    Sign(_Pattern(r"<https?://[^\s<>]+>"), "<http", "the signs < and > around the address would be posted", _PLAIN),
    Sign(
        _Pattern(r"^(?:<{7}|>{7}|={7}|\|{7})(?:\s.*)?$", re.MULTILINE),
        "<<<<<<<·>>>>>>>·=======·|||||||",
        "this is the mark of a conflict between two versions",
        "Choose one of them, and take the mark out.",
    ),
    Sign(_Pattern(r"%(?:\d\$)?[sd]\b|%@"), "%", "this looks like a placeholder of another program", _NOTE),
    Sign(
        _Pattern(
            r"\{[%#-]|[%#]\}|<%.*?%>|<%|<\?.*?\?>|<<\s*[^\W\d][\w .-]*>>|\*\|\w+\|\*|@@\w+@@|(?<!#)##\w+##|%%\w+%%"
        ),
        "{%·{#·{-·%}·#}·<%·<?·<<·*|·@@·##·%%",
        "a placeholder of another program would be posted",
        _NOTE,
    ),
    Sign(
        _Pattern(
            r"(?<![\w%])%[A-Z][A-Z_]+%|(?<![\w$])\$(?:NAME|DATE|TIME|LINK|URL|CITY|TITLE|TEXT|[A-Z]+_[A-Z_]+)\b"
            r"|(?<!\w)__[A-Z][A-Z_]*__(?!\w)|<[A-Z][A-Z _-]+>"
        ),
        "%·$·__·<",
        "this looks like a placeholder of another program",
        _NOTE,
        Severity.WARNING,
    ),
    Sign(
        _Pattern(r"#(?:REF!|N/A(?!\w)|NAME\?|VALUE!|DIV/0!|NULL!|NUM!)|\[object Object\]"),
        "#REF·#N/A·#NAME·#VALUE·#DIV·#NULL·#NUM·[object",
        "what a program writes where something is missing would be posted",
        _NOTE,
    ),
    Sign(
        _Pattern(
            r"Click (?:or tap )?here to enter (?:text|a date)|(?:Klicken|Tippen) Sie[^\n]{0,30} um Text einzugeben"
            r"|Cliquez[^\n]{0,20} ici pour entrer du texte|Error! (?:Reference source|Bookmark) not [^\n.]*"
            r"|Место для ввода текста|(?:Commented|Comment|Kommentiert|Commenté) ?\[\w{1,5}\]:?"
            r"|^(?:Formatted|Deleted|Inserted): .*",
            re.MULTILINE,
        ),
        "Click·Klicken·Tippen·Cliquez·Error!·Место·Comment·Komment·Formatted·Deleted·Inserted",
        "what a word processor writes would be posted",
        "Take it out.",
    ),
    Sign(
        _Pattern(r"(?<=[\w.,!?…])\[a\]|^\[a\](?=\s*\w)|(?<!\w)\[[A-Z]{2}\d{1,3}\]", re.MULTILINE),
        "[",
        "this looks like the mark of a colleague's comment",
        "Take it out.",
        Severity.WARNING,
    ),
    Sign(
        _Pattern(_MANGLED),
        "â·ï·ð·Ã·Â·Ð·Ñ·Р·С·\ufffd",
        "these letters were mangled on their way",
        "Type or copy the words again, as UTF-8.",
    ),
    Sign(
        _Pattern(
            r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[nrt](?![\w:\\])|\\n(?=[A-ZА-Я#@{])|\\['\"“”’]|(?:=[0-9A-F]{2}){2,}"
        ),
        "\\·=",
        "this is how a program writes a sign, and it would be posted so",
        "Write the sign itself.",
        Severity.WARNING,
        is_in_links=False,
    ),
    Sign(
        _Pattern(r"(?<![\\¯])\\[#*_.!()\[\]+>~|-](?!\()"),
        "\\",
        "a backslash that Markdown needs would be posted",
        _PLAIN,
        Severity.WARNING,
    ),
    Sign(
        _Pattern(r"^\s*(?:(?://|%%|;;)\s(?!.*//\s*$)|/\*).*|/\*.*?\*/", re.MULTILINE),
        "//·%%·;;·/*",
        "a comment as programs have it would be posted",
        "Take it out.",
        Severity.WARNING,
    ),
    Sign(
        _Pattern(
            r"~~\S[^~\n]*~~|==\S[^=\n]*==|(?<!`)`[^`\n]+`|^\s*[-*] \[[ xX]\]\s|\[\^\w+\]:?|^\s*>[ \t]+[^\W\d]",
            re.MULTILINE,
        ),
        "~~·==·`·[·>",
        "Markdown would be posted",
        _PLAIN,
        Severity.WARNING,
        is_markup=True,
    ),
    Sign(
        _Pattern(r"\bfile:///?\S*|\b[A-Z]:\\[^\s]*|\bhttps?://(?:localhost|127\.0\.0\.1)\b\S*"),
        "file:·:\\·localhost·127.0",
        "an address on your own computer would be posted",
        "Write an address that everybody can open, or attach the file in the head.",
    ),
    Sign(
        _Pattern(
            r"\bh?t?tps?:/?/? +\w+\.\w+|\bhttps?(?:/{1,2}|:/(?!/)|;//|:\\\\)\w[^\s]*|\b(?!https?:)h[tps]{3,8}://[^\s]+"
        ),
        "tp·://",
        "this address is misspelt, and no link",
        "Write it as in https://campaign.example/.",
        Severity.WARNING,
    ),
    Sign(
        _Pattern(rf"(?<![\w/@.-])[\w-]+\.{_FILES}(?![\w/-])", re.IGNORECASE),
        ".png·.jp·.gif·.web·.heic·.mp4·.mov·.doc·.xls·.ppt·.pdf·.odt·.psd",
        "the name of a file would be posted",
        "Attach it in the head, under [[media]], or take it out.",
        Severity.WARNING,
        is_in_links=False,
    ),
    Sign(
        _Pattern(r"\blorem ipsum\b|\bdolor sit amet\b|\bconsectetur adipi\w+", re.IGNORECASE),
        "lorem ipsum·dolor sit·consectetur",
        "this is filler text",
        _NOTE,
    ),
    Sign(
        _Pattern(
            rf"^\W*{_DRAFT}(?:\s*(?:v|version|no|nr)?\.?\s*\d+)?\s*(?:[:–—-]|$)|[\[(]\s*{_DRAFT}[^\])\n]{{0,30}}[\])]"
            r"|\b(?:do not|don['’]t) (?:post|publish|share|send)(?: this)?(?: yet)?\s*(?:[.!\])]|$)"
            r"|\bnot (?:yet )?for publication\b"
            r"|(?-i:\b(?:DRAFT|ENTWURF|BROUILLON|ЧЕРНОВИК|ЧАРНАВІК)\b)"
            r"|\b(?:nicht veröffentlichen|ne pas publier|no publicar|не публиковать|не публікаваць)\b"
            r"|\bembargo(?:ed)? until\b",
            re.IGNORECASE | re.MULTILINE,
        ),
        "draft·entwurf·brouillon·borrador·черновик·чернетка·чарнавік·szkic·wip·embargo·work in progress·"
        "do not·don't·don’t·for publication·nicht veröffentlichen·ne pas publier·no publicar·не публик·не публікав",
        "this looks like a draft",
        "Take the note out, or finish the text.",
        Severity.WARNING,
    ),
    Sign(
        _Pattern(
            r"^\s*(?:tweet|toot|post|thread|version)\s*(?:#\s*)?\d+\s*(?:/\s*\d+)?\s*:"
            r"|^\s*(?:alt(?:[ -]?text)?|subject|betreff|objet|hashtags|caption)\s*:"
            r"|\b(?:placeholder|platzhalter|your (?:text|name|link) here|text (?:goes )?here|test post)\b",
            re.IGNORECASE | re.MULTILINE,
        ),
        "tweet·toot·post·thread·version·alt·subject·betreff·objet·hashtags·caption·placeholder·platzhalter·your ·text ",
        "this looks like a label for colleagues",
        _NOTE,
        Severity.WARNING,
    ),
    Sign(
        _Pattern(r"\b(?:TODO|FIXME|XXX|TBD)\b\s*[:(：–-]|[\[(]\s*(?:TODO|FIXME|XXX|TBD|TBC|TBA|TK)\b[^\])]*[\])]"),
        "TODO·FIXME·XXX·TB·TK",
        "a note of the authors would be posted",
        _NOTE,
    ),
    Sign(
        _Pattern(
            r"(?<![\w#])(?:FIXME|XXX+|TBD|TBC|TBA|TKTK)(?!\w)|(?<![\w#])[xX]{2,4}(?:[.:/-][xX\d]{2,4})+(?!\w)"
            r"|(?<!\w)(?:DD|dd|TT|JJ|YYYY|yyyy|MM|HH|hh)(?:[./:-](?:MM|mm|DD|dd|YY|YYYY|yyyy|JJJJ|AAAA|ГГГГ))+(?!\w)"
            r"|(?<!\w)(?:ДД|дд)[./-](?:ММ|мм)(?:[./-](?:ГГ|гг)+)?(?!\w)|(?<!\w)_{4,}(?!\w)|(?<!\S)\?{2,}(?!\S)"
        ),
        "FIXME·XX·xx·xX·Xx·TBD·TBC·TBA·TKTK·DD·dd·TT·JJ·YYYY·yyyy·MM·HH·hh·ДД·дд·____·??",
        "this looks like something that is still to be written",
        _NOTE,
        Severity.WARNING,
    ),
    Sign(
        _Pattern(
            r"[\[<(]\s*(?:insert|add|put|enter|your|fill in|link here|name here|date here|note to|translator|"
            r"вставить|вставьте|устаўце|уставіць|дадаць|einfügen|hier|insérer|insertar)\b[^\]>)\n]*[\]>)]",
            re.IGNORECASE,
        ),
        "[·<·(",
        "this looks like a note to whoever writes or translates this",
        _NOTE,
        Severity.WARNING,
    ),
    Sign(
        _Pattern(rf"\[{{1,2}}\s*(?:{_MISSING})\s*\]{{1,2}}(?!\()|<(?=[^<>/\d\s]){_MISSING}>", re.IGNORECASE),
        "[·<",
        "this looks like something that is still to be written",
        _NOTE,
        Severity.WARNING,
    ),
    Sign(
        _Pattern(
            r"\bnotes? (?:to|for) (?:the )?translators?\b|\btranslator['’]?s['’]? note\b|\bnot translated yet\b"
            r"|\b(?:заметка|прымітка|заўвага|примечание) (?:для )?(?:перевод|переклад|пераклад)\w*",
            re.IGNORECASE,
        ),
        "translat·заметка·прымітка·заўвага·примечание",
        "this looks like a note to whoever translates this",
        _NOTE,
        Severity.WARNING,
    ),
)
_TODO = Sign(
    _Pattern(r"(?<![\w#])(?:TODO(?!\w)|[Tt][Oo][- ]?[Dd][Oo]\s*[:–—]|TO[ -]DO(?!\w))"),
    "TODO·TO DO·TO-DO·:·–·—",
    "TODO looks like a note of the authors",
    _NOTE,
    Severity.WARNING,
)
_TODO_IS_A_WORD = frozenset({"es", "pt", "gl", "ast", "it"})

SIGNS = (*_SIGNS, _TODO)


def signs_for(language: str) -> tuple[Sign, ...]:
    """Return the signs of what a text in a language is not meant to show."""
    return _SIGNS if language.split("-")[0] in _TODO_IS_A_WORD else SIGNS
