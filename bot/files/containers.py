"""What MP4 and Matroska have in common: pieces of a file, and the names of codecs."""

from __future__ import annotations

from typing import BinaryIO

from bot.values import dataclass

MOST_HEADERS = 64 * 1024 * 1024
"""No header of a video is longer; a file that says so is not read into memory."""

_CODECS = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "dvh1": "hevc",
    "dvhe": "hevc",
    "mp4v": "mpeg4",
    "av01": "av1",
    "vp08": "vp8",
    "vp09": "vp9",
    "jpeg": "mjpeg",
    "s263": "h263",
    "mp4a": "aac",
    ".mp3": "mp3",
    "Opus": "opus",
    "fLaC": "flac",
    "alac": "alac",
    "ac-3": "ac3",
    "ec-3": "eac3",
    "samr": "amr_nb",
    "sowt": "pcm_s16le",
    "twos": "pcm_s16be",
    "lpcm": "pcm",
    "in24": "pcm",
    "ulaw": "pcm_mulaw",
    "alaw": "pcm_alaw",
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "V_VP8": "vp8",
    "V_VP9": "vp9",
    "V_AV1": "av1",
    "A_AAC": "aac",
    "A_OPUS": "opus",
    "A_VORBIS": "vorbis",
    "A_MPEG/L3": "mp3",
    "A_AC3": "ac3",
    "A_FLAC": "flac",
    "A_EAC3": "eac3",
    "A_DTS": "dts",
    "A_MPEG/L2": "mp2",
    "A_PCM": "pcm",
    "V_MPEG4": "mpeg4",
    "V_MPEG2": "mpeg2video",
    "V_MPEG1": "mpeg1video",
    "V_THEORA": "theora",
    "V_MJPEG": "mjpeg",
    "V_PRORES": "prores",
}
"""Containers' names of codecs, and ffmpeg's."""


def codec(name: str) -> str:
    """Return what ffmpeg calls a codec, or the container's own name where that is not known."""
    if name.startswith("ap") and len(name) == 4:
        return "prores"
    longest = sorted((key for key in _CODECS if "_" in key and name.startswith(key)), key=len)
    return _CODECS.get(name) or (_CODECS[longest[-1]] if longest else name.strip())


@dataclass(frozen=True)
class Piece:
    """A piece of a file: where its content begins and ends."""

    begin: int
    end: int

    def content(self, file: BinaryIO) -> bytes:
        """Return the bytes inside. Raise ValueError where there are too many to be a header."""
        if self.end - self.begin > MOST_HEADERS:
            raise ValueError("too long for a header")
        file.seek(self.begin)
        return file.read(self.end - self.begin)
