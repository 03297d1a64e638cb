"""Draws the campaign's cards: the words of cards.toml and the day of bot.toml as PNG files beside the messages that use
them, and writes what they say into the heads of those messages."""

import argparse
import math
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from babel.dates import format_date
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).resolve().parent
FONTS = [Path("/usr/share/fonts/truetype/noto")]
WIDTH, HEIGHT, MARGIN = 1200, 675, 72
INNER = WIDTH - 2 * MARGIN  # the width that words may fill
SWELL_TOP = 560  # nothing is written below this line
GAP = 24  # between the blocks of words
COLOURS = 32  # of the finished palette: flat colours and the edges of letters need no more


@dataclass(frozen=True)
class Look:
    """The colours of a kind of card. Words on ground keep a contrast of at least 7:1, the label's at least 4.5:1."""

    ground: str
    words: str
    label: str
    on_label: str
    bars: str


LOOKS = {
    "know": Look(ground="#0B3138", words="#F4F7EE", label="#FFD23F", on_label="#0B3138", bars="#FFD23F"),
    "act": Look(ground="#FFD23F", words="#0B2429", label="#0B2429", on_label="#FFD23F", bars="#0B2429"),
    "meet": Look(ground="#CDEBE2", words="#0B3138", label="#0B5C63", on_label="#FFFFFF", bars="#0B5C63"),
    "safe": Look(ground="#E7E1FA", words="#2A1B5E", label="#2A1B5E", on_label="#FFFFFF", bars="#5B3FC4"),
}


def main() -> None:
    """Draws every card of cards.toml, or those named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="messages to draw; all when none is named")
    parser.add_argument("--campaign", type=Path, default=HERE.parent, help="the folder of bot.toml and messages/")
    parser.add_argument("--fonts", type=Path, default=FONTS[0], help="where NotoSansDisplay-*.ttf lie")
    asked = parser.parse_args()
    FONTS[0] = asked.fonts
    words = tomllib.loads((HERE / "cards.toml").read_text(encoding="utf-8"))
    day = tomllib.loads((asked.campaign / "bot.toml").read_text(encoding="utf-8"))["campaign"]["day_of_action"]
    for name, card in words["card"].items():
        if not asked.names or name in asked.names:
            draw_languages(asked.campaign / "messages" / name, name, card, words, day)


def draw_languages(folder: Path, name: str, card: dict, words: dict, day: date) -> None:
    """Writes one PNG for each language of the card into the message's folder, and its words into the heads there."""
    look = LOOKS[card["look"]]
    folder.mkdir(parents=True, exist_ok=True)
    for language, footer in words["footer"].items():
        corner = (in_words(day, language), f"#{words['tag']}")
        image = draw_card(look, card[language], footer, corner, phase=sum(name.encode()))
        flat = image.quantize(colors=COLOURS, dither=Image.Dither.NONE)
        flat.save(folder / f"card.{language}.png", optimize=True)
        alt = alternative_text(language, card[language], corner)
        for file in folder.glob(f"{language}*.md"):
            write_alt(file, f"card.{language}.png", alt)


def in_words(day: date, language: str) -> str:
    """Gives the day as the messages write it: "16 April 2025"."""
    return format_date(day, "long", locale="en_GB" if language == "en" else language)


QUOTES = {
    "en": "Card with the words: “{}”",
    "be": "Картка са словамі: «{}»",
    "ru": "Карточка со словами: «{}»",
    "de": "Textkarte mit den Worten: „{}“",
    "fr": "Visuel avec le texte\u00a0: «\u00a0{}\u00a0»",
    "es": "Tarjeta con el texto: «{}»",
}


def alternative_text(language: str, words: dict, corner: tuple[str, str]) -> str:
    """Gives all that the card says below the campaign's name."""
    headline = " ".join(words[key] for key in ("number", "headline") if key in words)
    counted = [
        f"{figure}{',' if re.search(r'[:h]', figure) else ''} {what}" for figure, what in words.get("figures", ())
    ]
    said = [words.get("kicker", ""), headline, words.get("note", ""), *counted, ", ".join(corner)]
    return QUOTES[language].format(" ".join(f"{text}{'' if text[-1] in '.?!' else '.'}" for text in said if text))


def write_alt(file: Path, picture: str, alt: str) -> None:
    """Writes the alternative text of a picture into the head of a message's file that names it."""
    text = file.read_text(encoding="utf-8")
    pattern = rf'(file = "{re.escape(picture)}"\nalt  = )".*"'
    file.write_text(re.sub(pattern, lambda match: f'{match.group(1)}"{alt}"', text), encoding="utf-8")


def draw_card(look: Look, words: dict, footer: str, corner: tuple[str, str], phase: int) -> Image.Image:
    """Gives the card: what it belongs to above, its words in the middle, the swell of bars along the bottom edge."""
    image = Image.new("RGB", (WIDTH, HEIGHT), look.ground)
    draw = ImageDraw.Draw(image)
    draw_swell(draw, look, phase)
    draw.text((MARGIN, 44), footer, font=face("CondensedMedium", 30), fill=look.words)
    for place, line in enumerate(corner):
        weight = "CondensedMedium" if place else "CondensedBold"
        draw.text((WIDTH - MARGIN, 44 + 38 * place), line, font=face(weight, 30), fill=look.words, anchor="ra")
    top = 132
    if "kicker" in words:
        top = draw_label(draw, look, words["kicker"], top) + GAP
    if "number" in words:
        draw_number(draw, look, words, top)
    elif "figures" in words:
        draw_figures(draw, look, words, top)
    else:
        draw_headline(draw, look, words, top)
    return image


def draw_swell(draw: ImageDraw.ImageDraw, look: Look, phase: int) -> None:
    """Draws bars that stand like a grating on the left and rise like a voice towards the right."""
    pitch, thickness = 20, 9
    for number, left in enumerate(range(0, WIDTH, pitch)):
        loud = (left / WIDTH) ** 1.6
        wave = abs(math.sin(0.31 * number + phase) * math.cos(0.123 * number + phase / 3))
        tall = 34 + loud * (92 * wave - 22)
        draw.rectangle((left, HEIGHT - round(tall), left + thickness, HEIGHT), fill=look.bars)


def draw_label(draw: ImageDraw.ImageDraw, look: Look, text: str, top: int) -> int:
    """Draws the small label on its own ground and gives the y of its lower edge."""
    font = face("CondensedBold", 34)
    width = draw.textlength(text, font=font)
    draw.rectangle((MARGIN, top, MARGIN + width + 32, top + 56), fill=look.label)
    draw.text((MARGIN + 16, top + 28), text, font=font, fill=look.on_label, anchor="lm")
    return top + 56


def draw_headline(draw: ImageDraw.ImageDraw, look: Look, words: dict, top: int) -> None:
    """Draws the headline as large as its room allows, and the note under it."""
    note = fitted(draw, words.get("note", ""), "CondensedMedium", largest=52, room=(INNER, 130), most_lines=2)
    below = note.height + GAP if words.get("note") else 0
    room = (INNER, SWELL_TOP - top - below)
    headline = fitted(draw, words["headline"], "ExtraCondensedBlack", largest=190, room=room, most_lines=3)
    spare = room[1] - headline.height
    top += spare // 3
    headline.draw(draw, (MARGIN, top), look.words)
    note.draw(draw, (MARGIN, top + headline.height + GAP), look.words)


def draw_number(draw: ImageDraw.ImageDraw, look: Look, words: dict, top: int) -> None:
    """Draws a number as tall as there is room, what it counts beside it, and the note under both."""
    note = fitted(draw, words["note"], "CondensedMedium", largest=52, room=(INNER, 130), most_lines=2)
    room = SWELL_TOP - top - note.height - GAP
    number = fitted(draw, words["number"], "ExtraCondensedBlack", largest=room, room=(INNER, room), most_lines=1)
    number.draw(draw, (MARGIN, top), look.label)
    beside = round(draw.textlength(words["number"], font=number.font)) + 2 * GAP
    headline = fitted(draw, words["headline"], "ExtraCondensedBlack", 130, (INNER - beside, room), most_lines=2)
    headline.draw(draw, (MARGIN + beside, top + (room - headline.height) // 2), look.words)
    note.draw(draw, (MARGIN, top + room + GAP), look.words)


def draw_figures(draw: ImageDraw.ImageDraw, look: Look, words: dict, top: int) -> None:
    """Draws a headline and, under it, columns of one large figure and what it counts, in one size throughout."""
    headline = fitted(draw, words["headline"], "ExtraCondensedBlack", largest=76, room=(INNER, 100), most_lines=1)
    headline.draw(draw, (MARGIN, top), look.words)
    top += headline.height + GAP
    between = 40
    width = (INNER + between) // len(words["figures"]) - between
    figures = alike(draw, [figure for figure, _ in words["figures"]], "ExtraCondensedBlack", 180, (width, 200), 1)
    room = (width, SWELL_TOP - top - figures[0].height)
    captions = alike(draw, [counted for _, counted in words["figures"]], "CondensedMedium", 44, room, 4)
    for column, (figure, caption) in enumerate(zip(figures, captions, strict=True)):
        left = MARGIN + column * (width + between)
        figure.draw(draw, (left, top), look.label)
        caption.draw(draw, (left, top + figure.height), look.words)


@dataclass(frozen=True)
class Block:
    """Words broken into lines, in one font: what `fitted` found."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    step: int

    @property
    def height(self) -> int:
        return self.step * len(self.lines)

    def draw(self, draw: ImageDraw.ImageDraw, at: tuple[int, int], colour: str) -> None:
        for number, line in enumerate(self.lines):
            draw.text((at[0], at[1] + (number + 0.8) * self.step), line, font=self.font, fill=colour, anchor="ls")


def fitted(
    draw: ImageDraw.ImageDraw, text: str, weight: str, largest: int, room: tuple[int, int], most_lines: int
) -> Block:
    """Gives the text at the largest size, 24 pixels at least, at which it fits the room; ValueError when none does."""
    for size in range(largest, 23, -2):
        font = face(weight, size)
        step = round(size * (1.0 if weight.endswith("Black") else 1.25))
        for count in range(1, most_lines + 1):
            lines = balanced(draw, text, font, count)
            if lines and step * count <= room[1] and max(draw.textlength(line, font=font) for line in lines) <= room[0]:
                return Block(tuple(lines), font, step)
    raise ValueError(f"too many words for their place on the card: {text!r}")


def alike(
    draw: ImageDraw.ImageDraw, texts: list[str], weight: str, largest: int, room: tuple[int, int], most_lines: int
) -> list[Block]:
    """Gives each text in the largest size that all of them fit."""
    size = min(fitted(draw, text, weight, largest, room, most_lines).font.size for text in texts)
    return [fitted(draw, text, weight, int(size), room, most_lines) for text in texts]


def balanced(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, count: int) -> list[str]:
    """Gives the text in that many lines, the longest as short as can be; none when there are too few words."""
    words = text.split(" ")
    if count == 1:
        return [text]
    best: list[str] = []
    for first in range(1, len(words) - count + 2):
        rest = balanced(draw, " ".join(words[first:]), font, count - 1)
        lines = [" ".join(words[:first]), *rest]
        if rest and (not best or widest(draw, lines, font) < widest(draw, best, font)):
            best = lines
    return best


def widest(draw: ImageDraw.ImageDraw, lines: list[str], font: ImageFont.FreeTypeFont) -> float:
    """Gives the width in pixels of the longest line."""
    return max(draw.textlength(line, font=font) for line in lines)


def face(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """Gives the card font in this weight and size."""
    return ImageFont.truetype(FONTS[0] / f"NotoSansDisplay-{weight}.ttf", size)


if __name__ == "__main__":
    main()
