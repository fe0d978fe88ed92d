r"""Mangled and intact LaTeX, and other damage, becomes text as its authors meant it.

Data flow: a title or an abstract -> Repaired (the text, and how often each repair was made).

Listing pages drop the dollars of a formula and the backslashes in it, so `$\sim$100B` arrives as
`sim100B` and `EN $\rightarrow$ DE` as `EN rightarrow DE`; what stands outside formulas arrives as
LaTeX. A bare name is read as a command only where nothing else makes sense of it: `le` before a
quantity, `times` between numbers or glued to one, `rightarrow` between words. Greek letters need a
backslash, dollars, a script, or a number that they equal, for "alpha" is a word.

One round of passes, each a module, in this order:

    characters      broken encodings, ligatures, invisible characters, entities
    links           `\href{address}{text}`, `address{address}`
    masks           addresses, paths and code in backticks stand aside until the end
    accents         `\'e`
    formulas        what stands between dollars or `\(...\)`
    macros          commands with their backslash, or before a brace
    bare_commands   commands that lost their backslash: first those that scripts or braces show;
                    the others once no pass finds anything else
    scripts         `x_1`, `10^{-3}`
    braces          those that group
    punctuation     quotation marks, tildes, dashes

signs.py and commands.py hold the tables, edits.py what all passes change texts with.

What is decided here:

- `\sim` becomes `~`, the sign that people type and readers of numbers know.
- Scripts become Unicode where all of them exists there (`10⁻³`, `xₜ₊₁`). Others, and words of three
  letters or more, which nobody would find again, stay readable: `G_stack`, `x^(3/2)`.
- A macro that nobody defined leaves its name: `\ours` reads `ours`. One of a single letter (`\n`)
  stays, for it is an escape sequence.
- Nothing that is written is lost: footnotes and citation keys stand in brackets, a link reads
  `text (address)`. Dropped is only what sets a typeface, a place or a colour.
- Braces go where they group, not where they hold a set, JSON, code or a template's field.
- Addresses, file paths and code in backticks are not touched, but for the backslashes before
  signs.

Repairs are made in rounds until one changes nothing, so repairing twice is repairing once. A text
that has not settled after `_MOST_ROUNDS` was made to annoy, and stays as it was.

Every pass takes time linear in the text, for patterns have no two ways to match the same
characters: a megabyte of nothing but signs takes a second or two. Braces without a partner and
dollars stay where there are more of them than anybody wrote (braces.py, formulas.py).
Folding of white space belongs in normalize.py, comparison in text.py.
"""

from collections import Counter
from dataclasses import dataclass

from paper_pipeline.clean.repair.accents import repair_accents
from paper_pipeline.clean.repair.bare_commands import holds_bare_commands, repair_bare_commands
from paper_pipeline.clean.repair.braces import repair_braces
from paper_pipeline.clean.repair.characters import repair_characters, repair_entities
from paper_pipeline.clean.repair.formulas import repair_formulas
from paper_pipeline.clean.repair.links import repair_links
from paper_pipeline.clean.repair.macros import repair_bare_macros, repair_macros
from paper_pipeline.clean.repair.masks import mask, unmask
from paper_pipeline.clean.repair.punctuation import repair_dashes, repair_quotes, repair_tildes
from paper_pipeline.clean.repair.scripts import repair_scripts

REPAIR_VERSION = 2

REPAIRS: dict[str, str] = {
    "mojibake": "text decoded with the wrong encoding is decoded again",
    "ligature": "a typographic ligature becomes its letters",
    "math_alphabet": "a mathematical bold, italic or script letter becomes a plain one",
    "soft_hyphen": "a soft hyphen vanishes, with a space after it",
    "zero_width": "an invisible character vanishes",
    "odd_space": "a no-break or typographic space becomes a space",
    "odd_hyphen": "a no-break hyphen becomes a hyphen",
    "html_entity": "an HTML entity becomes its character",
    "hyperlink": "a link's address and text stand once each: `text (address)`",
    "math_delimiter": "dollars, or brackets with backslashes, around a formula go",
    "math_command": "a command, with or without backslash, becomes its sign",
    "script": "a subscript or superscript becomes Unicode, or readable",
    "style_command": "a command or switch that sets typeface, colour or place goes",
    "accent": "an accent command and its letter become the accented letter",
    "text_command": "a command for a letter, sign or abbreviation of text becomes that",
    "footnote": "a footnote stands in parentheses",
    "citation": "citation keys and references stand in square brackets",
    "macro": "a macro nobody defined leaves its name",
    "escaped_sign": "a sign loses the backslash before it",
    "spacing": "a spacing command or line break becomes a space or goes",
    "quotes": "quotation marks as LaTeX has them become curly",
    "tilde": "a tilde that only ties words becomes a space",
    "dashes": "two or three hyphens become a dash",
    "braces": "braces that group go",
}

_MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text after repair.

    Attributes:
        text: The text; the very object that was given when nothing was repaired.
        repairs: Name of a repair (of REPAIRS) -> how often it was made; only those that were.
    """

    text: str
    repairs: dict[str, int]


def repair_text(text: str) -> Repaired:
    """Repairs a title or an abstract.

    Args:
        text: Any string, lone surrogates included. New lines stay, unless a command ate them.

    Returns:
        The text and its repairs. Repairing that text again changes nothing.
    """
    counts: Counter[str] = Counter()
    repaired = text
    for _ in range(_MOST_ROUNDS):
        before, repaired = repaired, _repair_once(repaired, counts)
        if repaired == before:
            return Repaired(text, {}) if repaired == text else Repaired(repaired, dict(counts))
    return Repaired(text, {})


_MARKS = ("\\", "{", "}", "$", "^", "_", "~", "--", "`", "''")


def _repair_once(text: str, counts: Counter[str]) -> str:
    text = repair_characters(text, counts)
    if "&" in text:
        text = repair_entities(text, counts)
    has_marks = any(map(text.__contains__, _MARKS))
    if not has_marks and not holds_bare_commands(text):
        return text
    if "{" in text:
        text = repair_links(text, counts)
    before, masked = mask(text)
    repaired = _repair_marks(before, counts) if has_marks else before
    if repaired == before:
        repaired = repair_bare_commands(before, counts)
    return unmask(repaired, masked, counts)


def _repair_marks(text: str, counts: Counter[str]) -> str:
    """All passes between `mask` and `unmask` that a sign calls for."""
    if "\\" in text:
        text = repair_accents(text, counts)
    if "$" in text or "\\" in text:
        text = repair_formulas(text, counts)
    if "\\" in text:
        text = repair_macros(text, counts)
    if "{" in text:
        text = repair_bare_macros(text, counts)
    if "{" in text or "^" in text or "_" in text:
        text = repair_bare_commands(text, counts, early=True)
    if "^" in text or "_" in text:
        text = repair_scripts(text, counts)
    if "{" in text or "}" in text:
        text = repair_braces(text, counts)
    if "`" in text or "''" in text:
        text = repair_quotes(text, counts)
    if "~" in text:
        text = repair_tildes(text, counts)
    if "--" in text:
        text = repair_dashes(text, counts)
    return text
