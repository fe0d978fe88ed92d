"""Characters that are not what was meant: broken encodings, ligatures, invisible ones, entities.

Data flow: a text -> the same in the characters its authors typed.

Folding of white space and control characters belongs in normalize.py.
"""

import html
import re
import unicodedata
from collections import Counter

from paper_pipeline.clean.repair.edits import Replacement, substitute

_LIGATURES = dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))
_CHARACTER_REPAIRS: tuple[tuple[str, re.Pattern[str], Replacement], ...] = (
    ("soft_hyphen", re.compile("\u00ad+ ?(?=\\w)|\u00ad+"), lambda _: ""),
    # Joiners that shape scripts and emoji stay.
    (
        "zero_width",
        re.compile("[\u200b\u2060-\u2064\ufeff]+|(?<=[\x00-\x7f])[\u200c\u200d]+(?=[\x00-\x7f])"),
        lambda _: "",
    ),
    (
        "odd_space",
        re.compile(" ?[\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+ ?"),
        lambda _: " ",
    ),
    ("odd_hyphen", re.compile("[\u2010\u2011]"), lambda _: "-"),
    ("ligature", re.compile("[ﬀ-ﬆ]"), lambda match: _LIGATURES[match[0]]),
    (
        "math_alphabet",
        re.compile("[\U0001d400-\U0001d7ff]+"),
        lambda match: unicodedata.normalize("NFKC", match[0]),
    ),
)
# Lead bytes of UTF-8 seen as Latin-1, Windows-1252 or -1251, then a continuation byte seen so.
_MOJIBAKE_HINT = re.compile(
    "[\u00c2-\u00f4\u0102\u0103\u0412-\u0414\u0420\u0421\u0432][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192"
    "\u02c6\u02dc\u2013-\u203a\u20ac\u2122\u0402-\u040f\u0452-\u045f\u0490\u0491\u2116]"
)
_ODD_CHARACTERS = re.compile(
    _MOJIBAKE_HINT.pattern
    + "|[\u00a0\u00ad\u2000-\u200d\u2010\u2011\u2028\u2029\u202f\u205f-\u2064"
    "\u3000\ufeffﬀ-ﬆ\U0001d400-\U0001d7ff]"
)
_ASCII = bytes(range(128))
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")


def repair_characters(text: str, counts: Counter[str]) -> str:
    """Characters of their own: no command, no entity."""
    if text.isascii():
        return text
    # A pattern takes longer to skip the rest of a text than all of this.
    foreign = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    if not _ODD_CHARACTERS.search(foreign.decode("utf-8", "surrogatepass")):
        return text
    if _MOJIBAKE_HINT.search(text):
        import ftfy  # here, for few texts need it

        fixed = ftfy.fix_encoding(text)
        if fixed != text:
            counts["mojibake"] += 1
            text = fixed
    for name, pattern, replacement in _CHARACTER_REPAIRS:
        text = substitute(pattern, replacement, text, name, counts)
    return text


def repair_entities(text: str, counts: Counter[str]) -> str:
    """Entities of HTML, but for those of characters nobody sees."""
    return substitute(_ENTITY, _entity, text, "html_entity", counts)


def _entity(match: re.Match[str]) -> str:
    character = html.unescape(match[0])
    if character == match[0] or character == "\ufffd" or not character.isprintable():
        return " " if character == "\xa0" else match[0]
    return character
