r"""Formulas between dollars or `\(...\)`, as opposed to prices and shell variables.

Data flow: a text -> the same with each formula in Unicode, its delimiters gone.

Scripts and commands belong in scripts.py and macros.py, which this module calls.
"""

import re
from collections import Counter

from paper_pipeline.clean.repair.edits import Edits
from paper_pipeline.clean.repair.macros import repair_bare_macros, repair_macros
from paper_pipeline.clean.repair.scripts import LONG_WORD, repair_scripts
from paper_pipeline.clean.repair.signs import FORMULA_NAMES, SIGNS, replace_sign

_LONGEST_FORMULA = 600
# A text with more of them holds no formulas that anybody wrote.
_MOST_DOLLARS = 10_000
_DELIMITER = re.compile(r"\\++[()\[\]$]?|\$")
# Two plain words in a row, which formulas do not hold but as an argument.
_PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
_MATHEMATICAL = re.compile(r"[\\^_={}<>]")
# Braces of a set, while those that group are taken away.
_SET_OPENS, _SET_CLOSES = "\ufdd1", "\ufdd2"
_WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]++")
_LETTER_MACRO = re.compile(r"\\([A-Za-z])(?![A-Za-z])")
_GROUP = re.compile(r"(?<![\\_^])\{([^{}]*+)\}")


def repair_formulas(text: str, counts: Counter[str]) -> str:
    r"""Takes dollars and `\(...\)` away, and renders what is between them."""
    if text.count("$") > _MOST_DOLLARS:
        return text
    found = [m for m in _DELIMITER.finditer(text) if m[0] == "$" or m[0][-1] in "()[]"]
    if not found:
        return text
    has_displays = text.count("$$") > 1
    parts: list[str] = []
    done = index = 0
    while index < len(found):
        opening = found[index]
        closing = found[index + 1] if index + 1 < len(found) else None
        index += 1
        if closing is not None and _encloses_formula(text, opening, closing, has_displays):
            content = _render_formula(text[opening.end() : closing.start()], counts)
            parts += (text[done : opening.start()], content)
            done = closing.end()
            index += 1
        elif opening[0] == "$" and _is_stray_dollar(text, opening.start()):
            parts.append(text[done : opening.start()])
            done = opening.end()
        else:
            continue
        counts["math_delimiter"] += 1
    parts.append(text[done:])
    return "".join(parts)


def _encloses_formula(
    text: str, opening: re.Match[str], closing: re.Match[str], has_displays: bool
) -> bool:
    """Whether two delimiters hold a formula between them, and not prose between two prices."""
    start, end = opening.end(), closing.start()
    if end - start > _LONGEST_FORMULA:
        return False
    if opening[0] != "$":
        return (opening[0][-1], closing[0][-1]) in {("(", ")"), ("[", "]")}
    if closing[0] != "$":
        return False
    content, after = text[start:end], text[closing.end() : closing.end() + 1]
    if not content:
        return has_displays
    is_mathematical = _MATHEMATICAL.search(content) is not None
    if content.isspace():
        return False
    if content[0].isspace() or content[-1].isspace():
        # `$ \sim $` is a formula; `$5 and $10` holds none.
        return is_mathematical and not content.strip()[0].isdigit() and "\\$" not in content
    is_price = content[0].isdigit() and "\\" not in content
    if is_price and (after.isdigit() or LONG_WORD.search(content)):
        return False
    if content.startswith(("HOME", "PATH", "USER", "PWD")):
        return False
    return is_mathematical or _PROSE.search(content) is None


def _is_stray_dollar(text: str, place: int) -> bool:
    """Whether a dollar without a partner is what is left of a formula."""
    before, after = text[max(0, place - 3) : place], text[place + 1 : place + 3]
    if after[:1] == "\\":
        return after[1:2].isalpha()
    if not after[:1] or after[0] in " .,;:)":
        return bool(before) and ((before[-3:].islower() and before.isalpha()) or before[-1] in "})")
    return False


def _render_formula(content: str, counts: Counter[str]) -> str:
    content = content.strip().replace("\\{", _SET_OPENS).replace("\\}", _SET_CLOSES)
    if "\\" in content:
        content = repair_macros(content, counts)
        content = _LETTER_MACRO.sub(r"\1", content)
    if "{" in content:
        content = repair_bare_macros(content, counts)
    edits = Edits(content, counts)
    for match in _WORD.finditer(content):
        if match[0] in FORMULA_NAMES:
            replace_sign(edits, SIGNS[match[0]], *match.span())
    content = repair_scripts(edits.apply(), counts, in_formula=True)
    if "{" in content:
        content = _GROUP.sub(lambda m: m[0] if "," in m[1] and len(m[1]) > 1 else m[1], content)
    return content.replace(_SET_OPENS, "{").replace(_SET_CLOSES, "}")
