"""Braces that only group go; those of a set, JSON, code or a template stay.

Data flow: a text in which all else is repaired -> the same without braces that mean nothing.

Braces of a command's argument belong to the pass that repairs the command.
"""

import re
from collections import Counter

from paper_pipeline.clean.repair.edits import Edits, match_braces, substitute
from paper_pipeline.clean.repair.masks import MASK

# A text with more of them is no LaTeX that lost a brace.
_MOST_STRAY_BRACES = 50
_INNERMOST = re.compile(r"\{([^{}]++)\}")
_NUMBER_IN_BRACES = re.compile(r"\d{1,3}(?:,\d{3})+\Z")
_FIELD = re.compile(r"[a-z][a-z0-9]*\Z")
_FIELDS_NEAR = re.compile(
    r"template|placeholder|slot|f-string|variable|format|prompt|field|token|regex", re.I
)
_VARIABLE_IN_SET = re.compile(r"[A-Za-z]?[^A-Za-z\s]{0,4}\Z")


def repair_braces(text: str, counts: Counter[str]) -> str:
    """Braces without a partner go where one was lost, then those that group."""

    def group(match: re.Match[str]) -> str:
        return match[1] if _is_group(text, match) else match[0]

    edits = Edits(text, counts)
    _, alone = match_braces(text)
    for place in alone if len(alone) <= _MOST_STRAY_BRACES else ():
        before, after = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
        if text[place] == "{":
            is_left = (after.isalpha() or after == MASK) and before not in tuple("\"'`:;-=)$%#")
        else:
            is_left = (before.isalnum() or before in tuple(".)!?%" + MASK)) and after not in tuple(
                "\"'`;"
            )
            is_left = is_left and bool(before)
        if is_left:
            edits.replace(place, place + 1, "", "braces")
    changed = edits.apply()
    if changed != text:
        return changed  # the rest is for the next round
    return substitute(_INNERMOST, group, text, "braces", counts)


def _is_group(text: str, match: re.Match[str]) -> bool:
    """Whether braces only group, as around a title's capitals or what once was bold.

    Not those around a set, JSON, code, a repetition in a pattern or the field of a template.
    """
    content, (start, end) = match[1], match.span()
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    is_glued = before.isalnum() or after.isalnum()
    if before in tuple("\\$%#@_^"):
        return False
    if len(content) == 1 and not (content.isascii() and content.isalnum()):
        return not content.isascii() or (content in "=-+,:/~.*<>|" and is_glued)
    if content.isdigit() or content != content.strip() or content[0] in "\"'[(<":
        return False
    if any(sign in content for sign in ('"', ";", "|", "=", "\\", "..", "\n", "::", "()", "->")):
        return False
    is_all = start == 0 and end == len(text)
    words = content.split()
    if ":" in content.rstrip(":") and not is_all and len(words) < 4:
        return False
    if "," in content:
        if _NUMBER_IN_BRACES.match(content):
            return is_glued
        if content[0] in "-+0123456789":
            return False
        return (" and " in content or " or " in content or is_all) and len(words) > 3
    if len(words) > 1 or is_all:
        return True
    if "_" in content:
        return False
    if before == "{" and after == "}" and _FIELD.match(content):
        return False
    if not is_glued:
        if _VARIABLE_IN_SET.match(content) and not (before == "-" or after == "-"):
            return False
        if _FIELD.match(content):
            return _FIELDS_NEAR.search(text, max(0, start - 60), start) is None
    return True
