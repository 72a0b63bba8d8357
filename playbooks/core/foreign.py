"""What people and other systems wrote, in letters that can be seen. Pure.

Whoever reads such words in a window must be able to tell them from ours: a run of blanks that are
letters to Unicode would push the rest to where a line of ours begins.
"""

import unicodedata
from typing import Final

# Signs that show, beyond ASCII. Anything else that is no letter is written out, emoji too.
_SIGNS: Final = frozenset("“”„«»¿¡·•…—§°€£▰▱\u2018\u2019\u2013\u00d7")
# Hangul in pieces is a letter to Unicode and takes no room, or shows nothing: U+115F, U+3164.
_BLANKS: Final = (
    range(0x1100, 0x1200),
    range(0x3164, 0x3165),
    range(0xA960, 0xA980),
    range(0xD7B0, 0xD800),
    range(0xFFA0, 0xFFA1),
)
_WIDEST: Final = 0xFFFF  # Of what four hex digits can say.


def spelled_out(text: str) -> str:
    """Keep letters, digits and signs that show; write out everything else, marks on letters too."""
    composed = unicodedata.normalize("NFC", text)  # An accent that is part of a letter stays.
    return "".join(each if _shows(each) else _spelled(each) for each in composed)


def one_line(text: str) -> str:
    """Put it on one line, without backticks; nothing hides there."""
    composed = unicodedata.normalize("NFC", text)
    return spelled_out(" ".join(composed.split()).replace("`", "'")) or "-"


def _shows(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable()
    if any(ord(letter) in blank for blank in _BLANKS):
        return False
    return letter in _SIGNS or unicodedata.category(letter)[0] in "LN"


def _spelled(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04x}" if code <= _WIDEST else f"\\U{code:08x}"
