r"""Accents and letters of LaTeX: `\'e` becomes é, `\o` ø; escaped quotation marks become plain.

Data flow: a text with backslashes -> the same without those that make letters.

Accents over letters of a formula (`\hat{x}`) belong in macros.py.
"""

import re
import unicodedata
from collections import Counter

from paper_pipeline.clean.repair.edits import substitute

_COMBINING = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "v": "\u030c", "c": "\u0327", "H": "\u030b", "k": "\u0328", "r": "\u030a",
    "u": "\u0306", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "ss": "ß", "ae": "æ", "AE": "Æ",
    "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ",
    "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_ACCENT = re.compile(
    r"\\(?:(?P<sign>['\"`^~=.]) ?|(?P<name>[vcHkrudb])(?=[\s{\\])(?P<gap> ?))"
    r"(?:\{\\?(?P<braced>[A-Za-z])\}|\\(?P<dotless>[ij])(?![A-Za-z])(?:\{\}| )?"
    r"|(?P<letter>[A-Za-z]))"
)
# `don\'t` and `\"quoted\"`: signs that were escaped for another language than LaTeX.
_ESCAPED_APOSTROPHE = re.compile(
    r"\\'(?<=[A-Za-z]\\')(?=(?:s|t|re|ve|ll|d|m)(?![A-Za-z\\])|[\s.,;:!?)]|\Z)"
)
_CLOSING_ESCAPED_QUOTE = re.compile(r"\\\"(?=[\s.,;:!?)\]]|\Z)")
_OPENING_ESCAPED_QUOTE = re.compile(r"\\\"(?<![A-Za-z\\]\\\")(?=\w)")
_LETTER_COMMAND = re.compile(
    r"\\(?P<name>" + "|".join(sorted(_LETTERS, key=len, reverse=True)) + r")"
    r"(?![A-Za-z])(?P<close>\{\}| (?=[a-z])|)"
)


def repair_accents(text: str, counts: Counter[str]) -> str:
    """Accented letters, foreign letters and escaped quotation marks."""
    text = substitute(_ESCAPED_APOSTROPHE, lambda _: "'", text, "escaped_sign", counts)
    if _CLOSING_ESCAPED_QUOTE.search(text):
        text = substitute(_CLOSING_ESCAPED_QUOTE, lambda _: '"', text, "escaped_sign", counts)
        text = substitute(_OPENING_ESCAPED_QUOTE, lambda _: '"', text, "escaped_sign", counts)
    text = substitute(_ACCENT, _accent, text, "accent", counts)
    return substitute(_LETTER_COMMAND, _letter, text, "text_command", counts)


def _accent(match: re.Match[str]) -> str:
    letter = match["braced"] or match["dotless"] or match["letter"]
    name = match["sign"] or match["name"]
    if match["name"] and match["letter"]:
        # `\c c` inside a word, or `\v S` at the head of a name; `\b a` may be anything.
        if not match["gap"]:
            return match[0]
        inside = match.start() and match.string[match.start() - 1].isalpha()
        if not inside and not letter.isupper():
            return match[0]
    accented = unicodedata.normalize("NFC", letter + _COMBINING[name])
    return accented if len(accented) == 1 else match[0]


def _letter(match: re.Match[str]) -> str:
    letter, closed = _LETTERS[match["name"]], match["close"]
    # `S\\o ren` is one word; `stra\\ss e` too.
    is_inside = match.start() > 0 and match.string[match.start() - 1].isalpha()
    return letter + (" " if closed == " " and not is_inside and not letter.isupper() else "")
