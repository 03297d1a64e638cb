"""Faults in the files people write, in the console's words: what is wrong, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.limits import MediaFault
from bot.web.languages import N_, Speech, Words, said


def media_text(speech: Speech, fault: str, facts: Mapping[str, Any]) -> str:
    """Return what a platform does not take of a file, "" for what an earlier version has kept without its code."""
    if fault == MediaFault.SHAPE and facts["takes"]:
        return _TOO_SMALL(speech, **facts)
    words = _MEDIA.get(fault)
    return words(speech, **facts) if words is not None else ""


_TOO_SMALL = said(N_("%(file)s has %(has)s pixels, and %(account)s takes %(takes)s or more. Save it larger"))
_MEDIA: Mapping[str, Words] = {
    MediaFault.TYPE: said(N_("%(account)s does not take %(file)s, which is %(has)s. Save it as %(takes)s")),
    MediaFault.BYTES: said(N_("%(file)s has %(has)s MB, and %(account)s takes %(takes)s. Save it smaller")),
    MediaFault.ALT: said(
        N_("the alternative text has %(has)s characters, and %(account)s takes %(takes)s. Shorten it")
    ),
    MediaFault.PIXELS: said(N_("%(file)s has %(has)s pixels, and %(account)s takes %(takes)s. Save it smaller")),
    MediaFault.FRAMES: said(N_("%(file)s has %(has)s frames, too many for %(account)s. Save it as a video (MP4)")),
    MediaFault.TOO_LONG: said(
        N_("%(file)s is %(has)s long, and %(account)s takes %(takes)s. Cut it, or put it on a page and link to it")
    ),
    MediaFault.TOO_SHORT: said(
        N_("%(file)s is %(has)s seconds long, and %(account)s takes %(takes)s or more. Attach a picture instead")
    ),
    MediaFault.FRAME_RATE: said(
        N_("%(file)s has %(has)s frames a second, and %(account)s takes %(takes)s. Save it with 30")
    ),
    MediaFault.SHAPE: said(
        N_("%(file)s has %(has)s pixels, too narrow for %(account)s. Save it as 16:9, 9:16 or square")
    ),
    MediaFault.VIDEO_CODEC: said(
        N_("the picture of %(file)s is in %(has)s, and %(account)s takes %(takes)s. Save it as MP4 with H.264")
    ),
    MediaFault.AUDIO_CODEC: said(
        N_("the sound of %(file)s is in %(has)s, and %(account)s takes %(takes)s. Save it as MP4 with AAC sound")
    ),
    MediaFault.CHANNELS: said(
        N_("the sound of %(file)s has %(has)s channels, and %(account)s takes two. Save it in stereo")
    ),
    MediaFault.TOO_MANY: said(
        N_("%(account)s takes %(takes)s files, and here are %(has)s. Take some out, or write a thread")
    ),
    MediaFault.MIXED: said(N_("%(account)s takes one video or sound, or else pictures alone. Leave one of the two")),
    MediaFault.TWO_GIFS: said(
        N_(
            "%(account)s takes one animated GIF, alone, and %(file)s is one of %(has)s files. Save still pictures as "
            "PNG, or write a thread"
        )
    ),
}
