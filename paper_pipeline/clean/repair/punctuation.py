"""Quotation marks, tildes and dashes as LaTeX has them.

Data flow: a text in which all commands are repaired -> the same in typographic punctuation.

Hyphens and quotation marks that Unicode has too many of belong in characters.py.
"""

import re
from collections import Counter

from paper_pipeline.clean.repair.edits import Edits, substitute

_DOUBLE_QUOTES = re.compile("``+|''+")
_SINGLE_QUOTES = re.compile(r"`(?<![`\w]`)(\w[^`'\n]{0,80}+)'(?!\w)")
_STRAIGHT_CLOSE = re.compile(r"(“[^“”\"\n]{1,200}+)\"(?=[\s.,;:!?)]|\Z)")
_TILDE = re.compile(r"~+")


def repair_quotes(text: str, counts: Counter[str]) -> str:
    """Quotation marks of backticks and apostrophes become curly."""

    def quote(match: re.Match[str]) -> str:
        start, end = match.span()
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        if end - start > 2:
            return match[0]  # a fence of code
        if match[0] == "''":
            if before.isdigit() or (before in " ([{=" and after in " )]},.;"):
                return match[0]  # inches; an empty string
            opens = before in " \n([{/-–—" and not after.isspace()
        else:
            opens = not after.isspace() and not (before.isalnum() and not after.isalnum())
        return "“" if opens else "”"

    repaired = substitute(_DOUBLE_QUOTES, quote, text, "quotes", counts)
    if "`" in repaired:
        repaired = substitute(_SINGLE_QUOTES, lambda m: f"‘{m[1]}’", repaired, "quotes", counts)
    if repaired != text and '"' in repaired:
        repaired = _STRAIGHT_CLOSE.sub(r"\1”", repaired)
    return repaired


_NUMBER_BEFORE = re.compile(r"(?<![A-Za-z\d])\$?\d[\d.,]*[A-Za-z%]{0,2}\Z")


def repair_tildes(text: str, counts: Counter[str]) -> str:
    """Ties between words become spaces; what says "about", a range or a home folder stays."""
    edits = Edits(text, counts)
    for match in _TILDE.finditer(text):
        start, end = match.span()
        before = text[start - 1] if start else ""
        after = text[end : end + 1]
        if _ties(text, start, end, before, after):
            edits.replace(start, end, " ", "tilde")
        elif before == after == " " and _is_about(text, start, end):
            edits.replace(end, end + 1, "", "tilde")
    return edits.apply()


def _is_about(text: str, start: int, end: int) -> bool:
    """Whether a tilde between spaces says "about": a word before it, a number after it."""
    return text[max(0, start - 3) : start - 1].isalpha() and text[end + 1 : end + 2].isdigit()


def _ties(text: str, start: int, end: int, before: str, after: str) -> bool:
    if not before or before.isspace() or not after or before in "=<>/\"'“‘([{-–—|$^_~":
        return before == "-" and after.isalpha()
    if before in "+*" and not (start > 1 and text[start - 2].isalpha() and not after.isdigit()):
        return False  # `Suppression+~(OS+)`, not `+~5`
    if after.isspace():
        return before.isalpha() and end - start == 1 and before.isascii()
    if after in ".,;:!?)]}/|=~'\"”":
        return False
    if after.isdigit() or after in "$\\.":
        # `1M~60M` and `3.4~10%` are ranges; `Fig.~3`, `T5~3B` and `GPT~4` are not.
        return _NUMBER_BEFORE.search(text, max(0, start - 16), start) is None
    word = text[max(0, start - 2) : start].lstrip(" \n([{~,")
    if len(word) == 1 and word.isalpha() and after.isalpha():
        return text[end + 1 : end + 2].isalpha()  # `a~model`, not `A~Z`
    if len(word) == 1 and word.islower() and not after.isalnum():
        return False
    return before.isascii() or before.isalnum() or before in "”’"


_DASHES = re.compile(r"--+")


def repair_dashes(text: str, counts: Counter[str]) -> str:
    """Two or three hyphens become a dash, where they are no arrow, option, comment or rule."""
    return substitute(_DASHES, _dash, text, "dashes", counts)


def _dash(match: re.Match[str]) -> str:
    text, (start, end) = match.string, match.span()
    before = text[start - 1] if start else ""
    after = text[end : end + 1]
    if end - start > 3:
        return match[0]  # a rule
    dash = "–" if end - start == 2 else "—"
    if (after in tuple(">|") and after) or before in tuple("<!|"):
        return match[0]  # arrows and comments
    if not before or before.isspace() or before in "\"'`([{=/":
        # ` -- ` is a dash, `--flag` an option.
        return dash if before.isspace() and (not after or after.isspace()) else match[0]
    if not after or after.isspace():
        # `C-- ` and `i--` are code; `word-- ` is a dash.
        word = text[max(0, start - 2) : start]
        is_word = len(word) == 2 and (word.isalpha() or not word[1].isalnum() or word.isdigit())
        return dash if is_word or end - start == 3 else match[0]
    if after in "\"'”’`)]};,." and not before.isspace():
        word = text[max(0, start - 2) : start]
        return dash if len(word) == 2 and word.isalpha() and after not in ";)]}" else match[0]
    return dash
