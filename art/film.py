"""Draws what people post in a rehearsal: one film and one picture for all of them, which say in six languages that it
is a rehearsal. Needs Pillow and ffmpeg."""

import math
import struct
import subprocess
import tempfile
import wave
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
INTO = ROOT / "bot" / "platforms" / "rehearsal"
FONTS = ROOT / "bot" / "web" / "static" / "fonts"
WORDS = {
    "Rehearsal": "latin",
    "Рэпетыцыя": "cyrillic",
    "Репетиция": "cyrillic",
    "Probe": "latin",
    "Répétition": "latin",
    "Ensayo": "latin",
}
WIDTH, HEIGHT = 480, 270
FRAMES_A_SECOND, SAMPLES_A_SECOND = 12, 24_000
GROUND, SUN, PALE = "#0b3038", "#ffd33d", "#f4f7ee"
BARS, GAP = 40, 4
TONES = (220.0, 247.5, 275.0, 293.3, 330.0, 366.7)


def main() -> None:
    """Draw both; a word stands for a second, and has a tone of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(len(WORDS) * FRAMES_A_SECOND):
            frame(number).save(folder / f"{number:03}.png")
        sound(folder / "sound.wav")
        pictures = ("-framerate", str(FRAMES_A_SECOND), "-i", str(folder / "%03d.png"))
        film = ("-c:v", "libvpx", "-crf", "32", "-b:v", "60k", "-auto-alt-ref", "0", "-pix_fmt", "yuv420p")
        tone = ("-c:a", "libopus", "-b:a", "16k", "-ac", "1")
        plain = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
        into = ("-i", str(folder / "sound.wav"), *film, *tone, *plain, str(INTO / "film.webm"))
        subprocess.run(("ffmpeg", "-y", "-v", "error", *pictures, *into), check=True)
    frame(0).quantize(16, dither=Image.Dither.NONE).save(INTO / "picture.png", optimize=True)


def frame(number: int) -> Image.Image:
    """Return what is seen: a word, and bars that rise and fall like a voice, those that have passed in yellow."""
    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    draw = ImageDraw.Draw(image)
    word, script = list(WORDS.items())[number // FRAMES_A_SECOND]
    font = ImageFont.truetype(FONTS / f"source-serif-4-{script}-600.woff2", 58)
    draw.text((WIDTH / 2, 100), word, PALE, font, anchor="mm")
    passed = (number + 1) / (len(WORDS) * FRAMES_A_SECOND)
    step = (WIDTH - 2 * 40) / BARS
    for bar in range(BARS):
        tall = 14 + 42 * abs(math.sin(bar / 3.1) * math.cos(bar / 7.3 + number / 5))
        left = 40 + bar * step
        colour = SUN if bar / BARS < passed else "#3d6b72"
        draw.rectangle((left, 236 - tall, left + step - GAP, 236), colour)
    return image


def sound(path: Path) -> None:
    """Write what is heard: a quiet tone for each word, which swells and dies away."""
    samples = []
    for tone in TONES:
        for at in range(SAMPLES_A_SECOND):
            swell = math.sin(math.pi * at / SAMPLES_A_SECOND) ** 2
            samples.append(round(9000 * swell * math.sin(2 * math.pi * tone * at / SAMPLES_A_SECOND)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_A_SECOND)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


if __name__ == "__main__":
    main()
