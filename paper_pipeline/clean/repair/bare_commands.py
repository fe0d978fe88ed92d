r"""Commands that lost their backslash and stand alone: `sim100B`, `EN rightarrow DE`, `lambda=1`.

Data flow: a text -> the places where a name is a command -> the same with signs in their stead.

One automaton looks for all names at once, spelled out as far as is needed to be rare; what stands
around a name then decides. Greek letters are so often parts of words that they are looked for only
where a script, a relation, bars or braces stand.

Names before a brace belong in macros.py.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from paper_pipeline.clean.repair.commands import TEXT_COMMANDS
from paper_pipeline.clean.repair.edits import Edits
from paper_pipeline.clean.repair.signs import ARROWS, FORMULA_NAMES, GREEK, SIGNS, replace_sign

# Words before a name that make it a word too.
_DETERMINERS = frozenset(
    "the a an this that these each every any our their its his her my your one per called "
    "named".split()
)
_NOUN_SIM = _DETERMINERS | frozenset(
    "in and or vs to from real new same first second third into between "
    "cos cosine jaccard semantic text image average mean max".split()
)
_FRENCH = frozenset(
    "et de dans avec pour sur que est par à en vers tous depuis avant après entre ou il elle on se "
    "ne qui où comme contre sans chez".split()
)
_MONTHS = (
    "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|"
    "décembre|decembre"
)
# Names that are no words.
_RARE_NAMES = (
    "infty cdot cdots ldots lceil rceil lfloor rfloor langle rangle simeq propto nabla oplus "
    "otimes odot subseteq supseteq emptyset varepsilon varphi lesssim gtrsim"
).split()
_GREEK_NAMES = frozenset({*GREEK, "ell"})
_RELATIONS = "leq geq le ge neq ll gg approx simeq equiv propto sim".split()
_FACES = [f"math{face}" for face in ("bb", "cal", "bf", "rm", "frak", "scr", "sf")]
_TEXT_SIGNS = [
    *("textgreater", "textless", "textasciitilde", "textdegree", "textbullet", "texttrademark"),
    *("textregistered", "textrightarrow", "textuparrow", "textdownarrow"),
]
# Letters but A, a and I, which are words.
_VARIABLE_BEFORE = re.compile(r"(?<![\w'’.-])[B-HJ-Zb-zα-ω](?:_\w|[₀-ₜᵢᵣᵤᵥⱼ²³⁰-⁹]{1,3})? \Z")
_NO_HOUR_BEFORE = re.compile(
    r"(?<![\d:.])\d++(?:(?<=[^\d][2-9]\d)|(?<=1[3-9])|(?<=\d\d\d)|\.\d++)%? \Z"
)
_LONGEST_BEFORE = 16


@dataclass(frozen=True, slots=True)
class _Reading:
    """What must stand around a name that is a command.

    Attributes:
        names: The names.
        pattern: Matches where the name starts, with a look at what is before it; the command is
            its group, or all of it.
        before: What else must end there.
        not_after: Words before it that make it a word too.
    """

    names: tuple[str, ...]
    pattern: re.Pattern[str]
    before: re.Pattern[str] | None = None
    not_after: frozenset[str] = frozenset()

    def match(self, text: str, start: int) -> re.Match[str] | None:
        """The name at `start`, if it is a command."""
        match = self.pattern.match(text, start)
        if match is None:
            return None
        first = max(0, start - _LONGEST_BEFORE)
        if self.before and not self.before.search(text, first, start):
            return None
        if self.not_after and text[start - 1 : start] == " ":
            words = text[first:start].lower().split()
            if words and words[-1] in self.not_after:
                return None
        return match


def _reading(
    names: Iterable[str],
    *contexts: str,
    before: re.Pattern[str] | None = None,
    not_after: frozenset[str] = frozenset(),
) -> _Reading:
    """A reading of which NAME in each context stands for any of the names."""
    names = tuple(names)
    any_name = f"(?:{'|'.join(sorted(names, key=len, reverse=True))})"
    pattern = "|".join(contexts).replace("NAME", any_name)
    return _Reading(names, re.compile(pattern), before, not_after)


def _readings() -> tuple[_Reading, ...]:
    """All readings, a single table; made when first needed, for it takes long to compile."""
    return (
        _reading(
            ARROWS,
            r"(?<![\\\"'<_./-])NAME(?![\"'>_]|s\b|ed\b)"
            r"(?! (?:key|symbol|sign|button|command|macro|operator|notation|token|icon)s?\b)",
            not_after=_DETERMINERS,
        ),
        # Glued to a number, a letter or a bracket, or between numbers.
        _reading(
            ["times"],
            r"(?<=\d)NAME",
            r"(?<=\d[KMBGTk%])NAME(?![a-z])",
            r"(?<=[)\]])NAME(?=[\s\d(A-Z])",
            r"(?<=\d )NAME(?= \d| [B-HJ-Z](?![\w'’]))",
            r"(?<=\d[KMBG] )NAME(?= \d)",
            r"(?<=[^\w'’\\-][B-HJ-Zb-npqr-z])NAME(?=[\s,.;:)]|\d)",
            r"(?:(?<=[^\w'’.-][B-HJ-Zb-zα-ω] )|(?<=\A[B-HJ-Z] )|(?<=_\w )|(?<=[₀-ₜᵢⱼ²³] ))NAME"
            r"(?= (?:\d|[A-Zb-z](?![\w'’])|\([A-Za-z0-9]{1,3} ?[-+*/^]))",
        ),
        # `sim` is a noun of its own: sim2real, "the sim 10 times".
        _reading(
            ["sim"],
            r"(?<![\w\\'-])NAME(?=\$?\d)"
            r"(?!2(?!ms\b|[KMGT]B\b|hours?\b|days?\b)[A-Za-z]{2}|\dD\b|\d(?![\w.%]| ?[A-Za-z%$]))",
            r"(?:(?<=\d)|(?<=\d[%KMBTGx]))NAME(?= ?\d)",
            r"(?<=\d )NAME(?= \d)",
        ),
        _reading(["sim"], r"(?<![\w\\'-])NAME(?= \$?\d[\d,.]*[\d%KMBTkx])", not_after=_NOUN_SIM),
        _reading(["sim"], r"NAME(?= [A-Za-z]{1,2}[(_])", before=_VARIABLE_BEFORE),
        _reading(
            ["le", "ge", "leq", "geq", "leqslant", "geqslant"],
            r"(?<![\w\\'’./-])NAME(?= ?\$?\.?\d)" rf"(?! \d{{1,2}}(?:er)? (?:{_MONTHS}))",
            not_after=_FRENCH | _DETERMINERS,
        ),
        _reading(
            ["leq", "geq"],
            r"(?<=\d)NAME(?= ?[\d A-Z])",
            r"(?<=[^\w\\'’-][B-Zb-z])NAME(?= ?[\dA-Za-z])",
            r"(?<=[)\]|] )NAME(?= )",
        ),
        _reading(["le", "ge"], r"(?:(?<=\d)|(?<=[^\w\\'’-][B-Z]))NAME(?= ?\d)"),
        _reading(["le", "ge", "leq", "geq"], r"(?<=\d )NAME(?= [A-Zb-z](?![\w'’.-]))"),
        _reading(
            _RELATIONS, r"NAME(?= (?:(?!a )[A-Za-z](?![\w'’-])|-?\d))", before=_VARIABLE_BEFORE
        ),
        _reading(["approx"], r"(?<![\w\\'’./-])NAME(?= ?\$?\.?\d)"),
        _reading(["neq"], r"(?<![\w\\'’./-])NAME(?= ?\d)", not_after=_DETERMINERS),
        _reading(
            ["pm"],
            r"(?<=\d )NAME(?= \d++\.\d)",
            r"(?<=[\d%])NAME(?=\d| \d++\.\d)",
            r"(?<=[(\[=])NAME(?= ?\d)",
        ),
        _reading(["pm"], r"NAME(?= \d)", before=_NO_HOUR_BEFORE),
        _reading(_RARE_NAMES, r"(?<![A-Za-z0-9\\'\"./<])NAME(?![\w'\">(])", not_after=_DETERMINERS),
        _reading(["Delta"], r"(?<![\w\\-])NAME(?=\d++(?:\.\d++)?%)"),
        _reading(["circ"], r"(?<=\d)NAME(?![a-z])"),
        # `|rho|`, `lambda=1`, `pi_0`, `p_theta`, `n^epsilon`.
        _reading(
            _GREEK_NAMES,
            r"(?<=\|)NAME(?=\|)",
            r"(?<![\w\\'\"./-])NAME(?= ?[=<>≤≥] ?[-.]?\d|[_^]\{|\^[\d*]"
            r"|_[A-Za-z0-9](?![A-Za-z0-9_])|[_^]NAME(?![A-Za-z0-9_]))",
            r"(?:(?<=[^\w./-][A-Za-zα-ω][_^])|(?<=[)\]Α-ω][_^]))NAME(?![A-Za-z0-9_])",
        ),
        _reading(["Omega", "Theta"], r"(?<![\w\\'\"./-])NAME(?=\((?:n|[a-z]\^|log|sqrt|√|1\)))"),
        _reading(_TEXT_SIGNS, r"(?<![A-Za-z\\])NAME(?![a-z])", r"(?<![A-Za-z\\])NAME(?=https?:)"),
        _reading(_FACES, r"(?<![A-Za-z\\])NAME ?(?=[A-Z](?![A-Za-z]))"),
        _reading(["log"], r"\bO\((?:[A-Za-z](?:\^\d)?|\d)(?P<command>NAME)(?=[\w( ])"),
    )


# How a name is spelled out where it alone is found in too many words; `?` is any foreign character.
_SPELLINGS = {
    "ll": (" ll ",),
    "gg": (" gg ",),
    "log": ("O(",),
    **{
        name: (
            f" {name} ",
            *(f"{name}{gap}{digit}" for gap in ("", " ", ".", " .") for digit in range(10)),
            *(f"{name}{gap}$" for gap in ("", " ")),
        )
        for name in ("le", "ge")
    },
    **{
        name: (*(before + name for before in "|_^"), *(name + after for after in " =<>_^(?"))
        for name in _GREEK_NAMES.difference(_RARE_NAMES)
    },
    "Delta": ("Delta",),
}
# These go before braces and scripts do, which make them clear or need them as signs.
_EARLY_NAMES = _GREEK_NAMES | {*_RARE_NAMES}

_BRACED_NAMES = FORMULA_NAMES - set(_RARE_NAMES)
_BRACED = re.compile(r"\{([A-Za-z]++)(?=\})")


@cache
def _automaton() -> tuple[AhoCorasick, list[tuple[int, str, tuple[_Reading, ...]]]]:
    """Finds spellings; for each, where the name starts in it, the name, and its readings."""
    readings: dict[str, list[_Reading]] = {}
    for reading in _readings():
        for name in reading.names:
            readings.setdefault(name, []).append(reading)
    spellings: list[str] = []
    found: list[tuple[int, str, tuple[_Reading, ...]]] = []
    for name, of_name in readings.items():
        for spelling in _SPELLINGS.get(name, (name,)):
            spellings.append(spelling)
            found.append((int(spelling[0] in " |_^"), name, tuple(of_name)))
    automaton = AhoCorasick(
        spellings, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA
    )
    return automaton, found


def holds_bare_commands(text: str) -> bool:
    """Whether anything in a text reads as a command without backslash."""
    return any(True for _ in _find(text, early=False))


def repair_bare_commands(text: str, counts: Counter[str], early: bool = False) -> str:
    """Commands that lost their backslash and stand alone.

    Args:
        text: The text.
        counts: Counts of repairs, added to.
        early: Only those that braces or scripts make clear, to be repaired before these are.

    Returns:
        The text with signs.
    """
    edits = Edits(text, counts)
    for start, end, name in _find(text, early):
        if name in SIGNS:
            replace_sign(edits, SIGNS[name], start, end)
        elif name in TEXT_COMMANDS:
            edits.replace(start, end, TEXT_COMMANDS[name], "text_command")
        elif name == "log":
            edits.replace(start, end, " log" + ("" if text[end] in " (_" else " "), "math_command")
        else:
            edits.replace(start, end, "", "style_command")
    return edits.apply()


def _find(text: str, early: bool) -> Iterator[tuple[int, int, str]]:
    """Start, end and name of each command."""
    automaton, spelled = _automaton()
    # All spellings are ASCII, and of ASCII places need not be converted.
    for index, start, _ in automaton.find_matches_as_indexes(_as_ascii(text)):
        offset, name, readings = spelled[index]
        if early and name not in _EARLY_NAMES:
            continue
        for reading in readings:
            if match := reading.match(text, start + offset):
                yield *match.span(match.lastgroup or 0), name
                break
    if "{" in text:
        for match in _BRACED.finditer(text):
            if match[1] in _BRACED_NAMES:
                yield *match.span(1), match[1]


def _as_ascii(text: str) -> str:
    """A text as long with `?` for each foreign character."""
    return text if text.isascii() else text.encode("ascii", "replace").decode("ascii")
