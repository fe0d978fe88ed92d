r"""Commands before which a backslash stands, or behind whose bare name a brace stands.

Data flow: a text with `\textbf{a}`, `textit{b}`, `\cite{c}`, `\ours` -> the same without commands.

Names that stand alone without their backslash belong in bare_commands.py; dollars in formulas.py.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from paper_pipeline.clean.repair.commands import (
    ABBREVIATIONS,
    CITATIONS,
    DECORATIONS,
    FOOTNOTES,
    FRACTIONS,
    FUNCTIONS,
    SCRIPT_COMMANDS,
    SETTINGS,
    SPACES,
    STYLES,
    SWITCHES,
    TEXT_COMMANDS,
    rare_signs,
)
from paper_pipeline.clean.repair.edits import Edits, after_empty_group
from paper_pipeline.clean.repair.masks import MASK
from paper_pipeline.clean.repair.signs import SIGNS, replace_sign

_NUMBER_SETS = dict(zip("CNQRZ", "ℂℕℚℝℤ", strict=True))


_NAME = re.compile(
    r"(?<!\\)\\++(?:(?P<name>[A-Za-z]++)\*?|(?P<sign>[%&_#$])|(?P<bar>\|)|(?P<brace>[{}])"
    r"|(?P<gap>[,;:>])|(?P<nothing>[!/@-])|(?P<space>\s)|(?P<tie>[~^](?:\{\})?)|(?P<end>\Z))"
)
_OPTIONS = re.compile(r"\s?(?:\[[^\[\]{}]{0,200}\]){0,2}\s?(?=\{)")
# Commands known without their backslash too. Style names may be glued to what is before them; of
# them `st` and the colours are left out, which are words.
_BRACE_AFTER_LETTER = re.compile(r"\{(?<=[a-z]\{)")
_BARE_MACRO = re.compile(
    r"(?:(?<!\\)(?:text(?:it|bf|tt|sc|rm|sf|sl|up|md|normal)?|mbox|ensuremath|emph|underline"
    r"|math(?:it|bf|bb|cal|rm|sf|tt|frak|scr|ds)|operatorname|boldsymbol)"
    r"|(?<![A-Za-z\\])(?:footnote|citep?|citet|d?frac|sqrt|hat|widehat|tilde|widetilde|bar"
    r"|overline|vec|textcolor))\Z"
)
_LONGEST_BARE_MACRO = len("operatorname")
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z])")
_LEADING_ADDRESS = re.compile(rf"\s*(?:https?://|{MASK})\S*")


def repair_macros(text: str, counts: Counter[str]) -> str:
    """Commands with their backslash."""
    edits = Edits(text, counts)
    for match in _NAME.finditer(text):
        start, end = match.span()
        if name := match["name"]:
            _HANDLERS.get(name, _unknown)(edits, name, start, end)
        elif sign := match["sign"] or match["brace"]:
            edits.replace(start, end, sign, "escaped_sign")
        elif match["bar"]:
            edits.replace(start, end, "‖", "math_command")
        elif tie := match["tie"]:
            if tie.endswith("{}"):
                edits.replace(start, end, tie[0], "escaped_sign")
        elif match["nothing"]:
            if match["nothing"] != "-" or text[end : end + 1].isalpha():
                edits.replace(start, end, "", "spacing")
        else:
            edits.replace(start, end, " ", "spacing")
    return edits.apply()


def repair_bare_macros(text: str, counts: Counter[str]) -> str:
    """Commands that lost their backslash, before a brace."""
    edits = Edits(text, counts)
    for brace in _BRACE_AFTER_LETTER.finditer(text):
        end = brace.start()
        if match := _BARE_MACRO.search(text, max(0, end - _LONGEST_BARE_MACRO), end):
            _HANDLERS[match[0]](edits, match[0], match.start(), end)
    return edits.apply()


def _argument(edits: Edits, end: int) -> tuple[int, int | None] | None:
    """Places of the braces around the argument that follows, the closing one perhaps missing."""
    options = _OPTIONS.match(edits.text, end)
    if options is None:
        return None
    opening = options.end()
    return opening, edits.closing_brace(opening)


def _style(edits: Edits, name: str, start: int, end: int) -> None:
    text, argument = edits.text, _argument(edits, end)
    if argument is None:
        after = end + 1 if text[end : end + 1] == " " else end
        edits.replace(start, after, "", "style_command")
        return
    opening, closing = argument
    if closing is None:
        edits.replace(start, opening + 1, "", "style_command")
        return
    content = text[opening + 1 : closing] if closing - opening < 3 else ""
    if name in {"mathbb", "mathds"} and content in _NUMBER_SETS:
        edits.replace(start, closing + 1, _NUMBER_SETS[content], "style_command")
        return
    # What is set in roman or as an operator stands apart from what is before it.
    apart = name == "operatorname" and start and text[start - 1].isalnum()
    edits.replace(start, opening + 1, " " if apart else "", "style_command")
    edits.replace(closing, closing + 1, "")


def _replace_name(edits: Edits, name: str, start: int, end: int) -> None:
    edits.replace(start, after_empty_group(edits.text, end), TEXT_COMMANDS[name], "text_command")


def _expand(edits: Edits, name: str, start: int, end: int) -> None:
    """An abbreviation; the final full stop falls before another."""
    end = after_empty_group(edits.text, end)
    new = ABBREVIATIONS[name]
    is_stopped = edits.text[end : end + 1] == "."
    edits.replace(start, end, new[:-1] if is_stopped else new, "text_command")


def _named_sign(edits: Edits, name: str, start: int, end: int) -> None:
    replace_sign(edits, SIGNS[name], start, end)


def _script(edits: Edits, name: str, start: int, end: int) -> None:
    if edits.text[end : end + 1] == "{":
        edits.replace(start, end, SCRIPT_COMMANDS[name], "style_command")


def _switch(edits: Edits, name: str, start: int, end: int) -> None:
    end = after_empty_group(edits.text, end)
    if edits.text[end : end + 1] == " " and name not in {"xspace", "right", "bigr", "Bigr"}:
        end += 1
    edits.replace(start, end, "", "style_command")


def _space(edits: Edits, name: str, start: int, end: int) -> None:
    edits.replace(start, after_empty_group(edits.text, end), " ", "spacing")


def _function(edits: Edits, name: str, start: int, end: int) -> None:
    text = edits.text
    before = " " if start and text[start - 1].isalnum() else ""
    after = " " if text[end : end + 1].isalnum() or text[end : end + 1] == "\\" else ""
    edits.replace(start, end, before + name + after, "math_command")


def _footnote(edits: Edits, name: str, start: int, end: int) -> None:
    _bracketed(edits, start, end, "()", "footnote")


def _citation(edits: Edits, name: str, start: int, end: int) -> None:
    _bracketed(edits, start, end, "[]", "citation")


def _bracketed(edits: Edits, start: int, end: int, brackets: str, name: str) -> None:
    """A footnote or a citation becomes a remark in brackets."""
    text, argument = edits.text, _argument(edits, end)
    if argument is None:
        edits.replace(start, end, text[start:end].lstrip("\\"), name)
        return
    opening, closing = argument
    while start and text[start - 1] in " ~":
        start -= 1
    inner = opening + 1
    while text[inner : inner + 1] == " ":
        inner += 1
    before = "" if not start or text[start - 1] in "([{" else " "
    edits.replace(start, inner, before + brackets[0], name)
    if closing is None:
        _close_remark(edits, inner, brackets[1])
        return
    last = closing
    while last > inner and text[last - 1] in " .":
        last -= 1
    after = text[closing + 1 : closing + 2]
    space = " " if after.isalnum() or after in tuple("([{\\$~") else ""
    skipped = 2 if after == "~" else 1
    edits.replace(last, closing + skipped, brackets[1] + space)


def _close_remark(edits: Edits, inner: int, bracket: str) -> None:
    """Ends a remark whose brace was lost: after its address, its first sentence, or all."""
    text = edits.text
    if address := _LEADING_ADDRESS.match(text, inner):
        last = address.end()
        while last > inner and text[last - 1] in ".,;":
            last -= 1
        edits.replace(last, last, bracket)
    elif sentence := _SENTENCE_END.search(text, inner, inner + 1000):
        edits.replace(sentence.start(), sentence.start(), bracket)
    else:
        edits.replace(len(text), len(text), bracket)


def _setting(edits: Edits, name: str, start: int, end: int) -> None:
    argument = _argument(edits, end)
    if argument is None:
        edits.replace(start, end, "", "style_command")
        return
    opening, closing = argument
    if closing is None:
        edits.replace(start, opening + 1, "", "style_command")
        return
    edits.replace(start, closing + 1, "", "style_command")
    second = closing + 1
    if name not in {"begin", "end", "label"} and edits.text[second : second + 1] == "{":
        last = edits.closing_brace(second)
        if last is not None:
            edits.replace(second, second + 1, "")
            edits.replace(last, last + 1, "")


_LETTER = re.compile(r" ?([A-Za-z])(?![A-Za-z])")
_ONE_TERM = re.compile(r"(?:[\w.]|\\[A-Za-z]+ ?)*\Z")


def _fraction(edits: Edits, name: str, start: int, end: int) -> None:
    text, argument = edits.text, _argument(edits, end)
    middle = argument[1] if argument else None
    if argument is None or middle is None or text[middle + 1 : middle + 2] != "{":
        edits.replace(start, end, "", "math_command")
        return
    last = edits.closing_brace(middle + 1)
    if last is None:
        edits.replace(start, end, "", "math_command")
        return
    opening = argument[0]
    top = _is_one_term(text, opening + 1, middle)
    bottom = _is_one_term(text, middle + 2, last)
    edits.replace(start, opening + 1, "" if top else "(", "math_command")
    edits.replace(middle, middle + 2, ("" if top else ")") + "/" + ("" if bottom else "("))
    edits.replace(last, last + 1, "" if bottom else ")")


def _root(edits: Edits, name: str, start: int, end: int) -> None:
    text, argument = edits.text, _argument(edits, end)
    if argument is None or argument[1] is None:
        after = end + 1 if text[end : end + 1] == " " else end
        edits.replace(start, after, "√", "math_command")
        return
    opening, closing = argument[0], argument[1]
    one = _is_one_term(text, opening + 1, closing)
    edits.replace(start, opening + 1, "√" if one else "√(", "math_command")
    edits.replace(closing, closing + 1, "" if one else ")")


def _is_one_term(text: str, start: int, end: int) -> bool:
    return end - start <= 40 and _ONE_TERM.match(text[start:end]) is not None


def _decoration(edits: Edits, name: str, start: int, end: int) -> None:
    """An accent over a letter of a formula; over more, it goes."""
    text, argument, mark = edits.text, _argument(edits, end), DECORATIONS[name]
    if argument is None:
        letter = _LETTER.match(text, end)
        new = unicodedata.normalize("NFC", letter[1] + mark) if letter else ""
        edits.replace(start, letter.end() if letter else end, new, "math_command")
        return
    opening, closing = argument
    edits.replace(start, opening + 1, "", "math_command")
    if closing is not None and closing == opening + 2 and text[opening + 1].isalpha():
        new = unicodedata.normalize("NFC", text[opening + 1] + mark)
        edits.replace(opening + 1, closing + 1, new)
    elif closing is not None:
        edits.replace(closing, closing + 1, "")


def _unknown(edits: Edits, name: str, start: int, end: int) -> None:
    """A rare sign, or a macro that nobody defined, whose name stays."""
    text = edits.text
    if name == "S" and text[end : end + 2].lstrip(" ~")[:1].isdigit():
        edits.replace(start, end, "§", "text_command")
        return
    if len(name) > 1 and name in rare_signs():
        edits.replace(start, after_empty_group(text, end), rare_signs()[name], "math_command")
        return
    before = text[start - 1] if start else ""
    is_path = before.isalnum() or before in tuple("/:._")
    is_escape = name[0] in "ntrbfuxdwsDWS" and (len(name) == 1 or name[1].isupper())
    if len(name) == 1 or is_path or is_escape:
        return
    argument = _argument(edits, end)
    if argument is None or argument[1] is None:
        edits.replace(start, end, name, "macro")
    elif argument[1] == argument[0] + 1:
        edits.replace(start, argument[1] + 1, name, "macro")
    else:
        edits.replace(start, argument[0] + 1, name + " ", "macro")
        edits.replace(argument[1], argument[1] + 1, "")


_HANDLERS: dict[str, Callable[[Edits, str, int, int], None]] = {
    **dict.fromkeys(STYLES, _style),
    **dict.fromkeys(SIGNS, _named_sign),
    **dict.fromkeys(TEXT_COMMANDS, _replace_name),
    **dict.fromkeys(ABBREVIATIONS, _expand),
    **dict.fromkeys(SCRIPT_COMMANDS, _script),
    **dict.fromkeys(FOOTNOTES, _footnote),
    **dict.fromkeys(CITATIONS, _citation),
    **dict.fromkeys(SWITCHES, _switch),
    **dict.fromkeys(SPACES, _space),
    **dict.fromkeys(SETTINGS, _setting),
    **dict.fromkeys(FRACTIONS, _fraction),
    **dict.fromkeys(DECORATIONS, _decoration),
    **dict.fromkeys(FUNCTIONS, _function),
    "sqrt": _root,
}
