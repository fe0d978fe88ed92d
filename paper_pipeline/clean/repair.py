r"""Mangled and intact LaTeX, and other damage, becomes text as its authors meant it.

Data flow: a title or an abstract -> Repaired (the text, and how often each repair was made).

Listing pages drop the dollars of a formula and the backslashes in it, so `$\sim$100B` arrives as
`sim100B` and `EN $\rightarrow$ DE` as `EN rightarrow DE`; what stands outside formulas arrives as
LaTeX. A bare name is read as a command only where nothing else makes sense of it: `le` before a
quantity, `times` between numbers or glued to one, `rightarrow` between words. Greek letters need a
backslash, dollars, a script, or a number that they equal, for "alpha" is a word.

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

Every pass takes time linear in the text: patterns have no two ways to match the same characters.
Folding of white space belongs in normalize.py, comparison in text.py.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

REPAIR_VERSION = 1

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
# A text longer than the contract's abstracts of which a sixteenth is signs of LaTeX is none that
# anybody wrote to be read: it stays, for it would take seconds.
_LONG, _DENSE = 50_000, 16


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
    if len(text) > _LONG and sum(map(text.count, "\\{}$^_~`")) > len(text) // _DENSE:
        return Repaired(text, {})
    repaired = text
    for _ in range(_MOST_ROUNDS):
        before, repaired = repaired, _repair_once(repaired, counts)
        if repaired == before:
            return Repaired(text, {}) if repaired == text else Repaired(repaired, dict(counts))
    return Repaired(text, {})


# --- one round -----------------------------------------------------------------------------------

_MARKS = ("\\", "{", "}", "$", "^", "_", "~", "--", "`", "''")
# Addresses, file paths, code in backticks, and the mask itself should a text hold it. Each pattern
# starts with its rarest sign, which makes it fast.
_MASK = "\ufdd0"
_ADDRESS_CHARACTERS = r"(?:[^\s{}<>\"\u201c\u201d|^`\\$,;~]|\\[_%&#~]|[,;~](?=[\w/]))++"
_MASKED = (
    ("\ufdd0", re.compile("\ufdd0")),
    ("http", re.compile(rf"https?://{_ADDRESS_CHARACTERS}")),
    (".", re.compile(rf"\.(?:com|org|io|ai|co|net|edu|dev|gov)/{_ADDRESS_CHARACTERS}")),
    (":\\", re.compile(r":(?<=\b[A-Za-z]:)\\[\w.\\-]++")),
    ("`", re.compile(r"`(?<![`\w]`)(?![`\s])[^`'\n]{1,200}+`(?!`)")),
)
_ESCAPED_IN_ADDRESS = re.compile(r"\\([_%&#~])")


def _repair_once(text: str, counts: Counter[str]) -> str:
    if not text.isascii() and _ODD_CHARACTERS.search(text):
        text = _repair_characters(text, counts)
    if "&" in text:
        text = _substitute(_ENTITY, _entity, text, "html_entity", counts)
    has_marks = any(mark in text for mark in _MARKS)
    plausible = set[str]() if has_marks else _plausible_commands(text)
    if not has_marks and not plausible:
        return text
    if "{" in text:
        text = _repair_links(text, counts)
    text, masked = _mask(text)
    before = text
    if has_marks:
        text = _repair_latex(text, counts)
        plausible = _plausible_commands(text) if text == before else set()
    if plausible:
        text = _repair_bare_commands(text, plausible, counts)
    if not masked:
        return text
    originals = iter(masked)
    return re.sub(_MASK, lambda _: _clean_address(next(originals), counts), text)


def _mask(text: str) -> tuple[str, list[str]]:
    """Puts a mask in place of what is not to be touched, and gives that."""
    spans = sorted(
        match.span()
        for hint, pattern in _MASKED
        if hint in text
        for match in pattern.finditer(text)
    )
    parts: list[str] = []
    masked: list[str] = []
    done = 0
    for start, end in spans:
        if start >= done:
            parts.append(text[done:start])
            masked.append(text[start:end])
            done = end
    parts.append(text[done:])
    return _MASK.join(parts), masked


def _clean_address(address: str, counts: Counter[str]) -> str:
    if "\\" not in address or "://" not in address:
        return address
    return _substitute(_ESCAPED_IN_ADDRESS, lambda m: m[1], address, "escaped_sign", counts)


def _repair_latex(text: str, counts: Counter[str]) -> str:
    if "\\" in text:
        text = _repair_accents(text, counts)
    if "$" in text or "\\" in text:
        text = _repair_formulas(text, counts)
    if "\\" in text:
        text = _repair_macros(text, counts)
    if "{" in text:
        text = _repair_bare_macros(text, counts)
    if "{" in text or "^" in text or "_" in text:
        clear = (_plausible_commands(text) | {"{"}) & _CLEAR
        text = _repair_bare_commands(text, clear, counts)
    if "^" in text or "_" in text:
        text = _repair_scripts(text, counts)
    if "{" in text or "}" in text:
        text = _repair_braces(text, counts)
    if "`" in text or "''" in text:
        text = _repair_quotes(text, counts)
    if "~" in text:
        text = _repair_tildes(text, counts)
    if "--" in text:
        text = _substitute(_DASHES, _dash, text, "dashes", counts)
    return text


def _substitute(
    pattern: re.Pattern[str],
    replacement: Callable[[re.Match[str]], str],
    text: str,
    name: str,
    counts: Counter[str],
) -> str:
    """pattern.sub that counts what it changed."""

    def replace(match: re.Match[str]) -> str:
        new = replacement(match)
        if new != match[0]:
            counts[name] += 1
        return new

    return pattern.sub(replace, text)


class _Edits:
    """Changes to one text, each found in the text as it was, made all at once."""

    def __init__(self, text: str, counts: Counter[str]):
        self.text = text
        self._counts = counts
        self._edits: list[tuple[int, int, str]] = []
        self._closing: dict[int, int] | None = None

    def replace(self, start: int, end: int, new: str, name: str = "") -> None:
        """Plans a change; one that belongs to another change needs no name."""
        self._edits.append((start, end, new))
        if name:
            self._counts[name] += 1

    def closing_brace(self, start: int) -> int | None:
        """Where the brace opened at `start` is closed."""
        if self._closing is None:
            self._closing, _ = _match_braces(self.text)
        return self._closing.get(start)

    def apply(self) -> str:
        """The changed text, with no space doubled where a change was made."""
        if not self._edits:
            return self.text
        parts: list[str] = []
        done, last = 0, ""
        for start, end, new in sorted(self._edits):
            if start < done:
                continue
            kept = self.text[done:start]
            if kept:
                parts.append(kept)
                last = kept[-1]
            at_gap = not last or last.isspace()
            if at_gap:
                new = new.lstrip(" ")
            if new:
                parts.append(new)
                last = new[-1]
            done = end
            if (last == " " or not last) and self.text[end : end + 1] == " ":
                done += 1
        parts.append(self.text[done:])
        changed = "".join(parts)
        return changed if self.text.endswith(" ") else changed.rstrip(" ")


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def _match_braces(text: str) -> tuple[dict[int, int], list[int]]:
    """Pairs of braces (opening -> closing), and the places of those without a partner."""
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    alone: list[int] = []
    for match in _BRACE.finditer(text):
        if match[0] == "{":
            waiting.append(match.start())
        elif match[0] == "}":
            if waiting:
                pairs[waiting.pop()] = match.start()
            else:
                alone.append(match.start())
    return pairs, alone + waiting


# --- characters ----------------------------------------------------------------------------------

_LIGATURES = dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))
_CHARACTER_REPAIRS = (
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
    "[\u00a0\u00ad\u00c2-\u00f4\u0102\u0103\u0412-\u0414\u0420\u0421\u0432\u2000-\u200d\u2010\u2011\u2028\u2029"
    "\u202f\u205f-\u2064\u3000\ufeffﬀ-ﬆ\U0001d400-\U0001d7ff]"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")


def _repair_characters(text: str, counts: Counter[str]) -> str:
    if _MOJIBAKE_HINT.search(text):
        import ftfy  # here, for few texts need it

        fixed = ftfy.fix_encoding(text)
        if fixed != text:
            counts["mojibake"] += 1
            text = fixed
    for name, pattern, replacement in _CHARACTER_REPAIRS:
        text = _substitute(pattern, replacement, text, name, counts)
    return text


def _entity(match: re.Match[str]) -> str:
    character = html.unescape(match[0])
    if character == match[0] or character == "\ufffd" or not character.isprintable():
        return " " if character == "\xa0" else match[0]
    return character


# --- links ---------------------------------------------------------------------------------------

_ADDRESS = r"https?://(?:[^\s{}<>\"|^`\\]|\\[_%&#~])++"
_LINK = re.compile(
    r"\\?\bhref\s?+\{(?P<to>[^{}\s]*+)\}\s?+\{(?P<text>(?:[^{}]|\{[^{}]*+\})*+)(?P<closed>\}?)"
    r"|\\?\b(?:url|nolinkurl|path|href)\s?+\{(?P<url>(?:[^{}\s]|\{[^{}\s]*+\})++)\}?"
    rf"|(?P<address>{_ADDRESS})\{{(?P<label>(?:[^{{}}]|\{{[^{{}}]*+\}})*+)(?P<ended>\}}?)"
    rf"|(?<![A-Za-z\]*\\])\{{(?P<braced>{_ADDRESS})(?:\}}|\Z|(?=\s))"
)
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?")


def _repair_links(text: str, counts: Counter[str]) -> str:
    if "http" not in text and "url" not in text and "href" not in text:
        return text
    return _substitute(_LINK, _link, text, "hyperlink", counts)


def _link(match: re.Match[str]) -> str:
    """One address, with the visible text before it when that is another."""
    if match["url"] is not None:
        return match["url"]
    if match["braced"] is not None:
        return match["braced"]
    address = match["to"] if match["address"] is None else match["address"]
    label = match["text"] if match["address"] is None else match["label"]
    closed = match["closed"] if match["address"] is None else match["ended"]
    rest = ""
    if not closed:
        # Nobody knows where the visible text ends; an address ends at the first space.
        if not label.lstrip().startswith(("http", "www.")):
            return f"{address} {label}" if label else address
        label, space, rest = label.partition(" ")
        rest = space + rest
    bare, shown = _bare_address(address), _bare_address(label)
    if not shown or shown == bare or (not closed and bare.startswith(shown)):
        return address + rest
    label = label.strip()
    return f"{label} ({address}){rest}" if address else label + rest


def _bare_address(address: str) -> str:
    """An address without what may differ between two spellings of it."""
    bare = re.sub(
        r"\\?(?:texttt|textit|textbf|underline|emph|url|nolinkurl|small|bf|tt)\b", "", address
    )
    bare = re.sub(r"[\\{}\s]", "", bare)
    return _SCHEME.sub("", bare).rstrip("/.").lower()


# --- accents -------------------------------------------------------------------------------------

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


def _repair_accents(text: str, counts: Counter[str]) -> str:
    text = _substitute(_ESCAPED_APOSTROPHE, lambda _: "'", text, "escaped_sign", counts)
    if _CLOSING_ESCAPED_QUOTE.search(text):
        text = _substitute(_CLOSING_ESCAPED_QUOTE, lambda _: '"', text, "escaped_sign", counts)
        text = _substitute(_OPENING_ESCAPED_QUOTE, lambda _: '"', text, "escaped_sign", counts)
    text = _substitute(_ACCENT, _accent, text, "accent", counts)
    return _substitute(_LETTER_COMMAND, _letter, text, "text_command", counts)


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


# --- commands and their signs --------------------------------------------------------------------

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ",
    "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "φ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
_ARROWS = {
    "rightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔", "Rightarrow": "⇒",
    "Leftarrow": "⇐", "Leftrightarrow": "⇔", "longrightarrow": "→", "longleftarrow": "←",
    "longleftrightarrow": "↔", "Longrightarrow": "⇒", "xrightarrow": "→", "hookrightarrow": "↪",
    "uparrow": "↑", "downarrow": "↓", "updownarrow": "↕", "Uparrow": "⇑", "Downarrow": "⇓",
    "nearrow": "↗", "searrow": "↘",
}  # fmt: skip
_RELATIONS = {
    "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "ne": "≠",
    "neq": "≠", "approx": "≈", "simeq": "≃", "cong": "≅", "equiv": "≡", "ll": "≪", "gg": "≫",
    "lt": "<", "gt": ">", "propto": "∝", "pm": "±", "mp": "∓", "to": "→", "gets": "←",
    "mapsto": "↦", "implies": "⇒", "iff": "⇔", "in": "∈", "notin": "∉", "subset": "⊂",
    "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇", "mid": "|", "lesssim": "≲", "gtrsim": "≳",
}  # fmt: skip
_PRODUCTS = {
    "times": "×", "cdot": "·", "div": "÷", "ast": "*", "star": "⋆", "oplus": "⊕", "otimes": "⊗",
    "odot": "⊙", "circ": "∘", "bullet": "•",
}  # fmt: skip
_OTHER_SIGNS = {
    "sim": "~", "infty": "∞", "cdots": "…", "ldots": "…", "dots": "…", "dotsc": "…",
    "textellipsis": "…", "lceil": "⌈", "rceil": "⌉", "lfloor": "⌊", "rfloor": "⌋", "langle": "⟨",
    "rangle": "⟩", "nabla": "∇", "partial": "∂", "forall": "∀", "exists": "∃", "emptyset": "∅",
    "varnothing": "∅", "ell": "ℓ", "sum": "∑", "prod": "∏", "int": "∫", "cup": "∪", "cap": "∩",
    "land": "∧", "lor": "∨", "wedge": "∧", "vee": "∨", "neg": "¬", "top": "⊤", "bot": "⊥",
    "perp": "⊥", "parallel": "∥", "Vert": "‖", "vert": "|", "lvert": "|", "rvert": "|",
    "lVert": "‖", "rVert": "‖", "prime": "′", "dagger": "†", "dag": "†", "ddagger": "‡",
    "colon": ":", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "sharp": "♯",
    "flat": "♭", "natural": "♮", "checkmark": "✓", "cmark": "✓", "xmark": "✗", "triangle": "△",
    "square": "□", "blacksquare": "■", "setminus": "∖", "degree": "°", "hbar": "ħ", "Re": "ℜ",
    "Im": "ℑ", "aleph": "ℵ", "angle": "∠",
}  # fmt: skip
_SIGNS = _GREEK | _ARROWS | _RELATIONS | _PRODUCTS | _OTHER_SIGNS
_SPACED_SIGNS = frozenset({*_ARROWS.values(), *_RELATIONS.values()})
_PRODUCT_SIGNS = frozenset(_PRODUCTS.values())
_FUNCTIONS = frozenset(
    "log ln lg exp sin cos tan tanh sinh cosh cot arctan arccos arcsin max min sup inf lim limsup "
    "liminf arg argmax argmin det dim ker deg gcd Pr mod bmod hom poly polylog softmax KL".split()
)
_TEXT_COMMANDS = {
    "textgreater": ">", "textless": "<", "textbar": "|", "textbackslash": "\\", "backslash": "\\",
    "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_", "textdollar": "$",
    "textdegree": "°", "textmu": "µ", "texttimes": "×", "textpm": "±", "texteuro": "€",
    "euro": "€", "pounds": "£", "textsterling": "£", "textyen": "¥", "textcent": "¢",
    "copyright": "©", "textcopyright": "©", "textregistered": "®", "texttrademark": "™",
    "textbullet": "•", "textendash": "–", "textemdash": "—", "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’", "lq": "‘", "rq": "’",
    "textquotesingle": "'", "textperiodcentered": "·", "textonehalf": "½", "textrightarrow": "→",
    "textleftarrow": "←", "textuparrow": "↑", "textdownarrow": "↓", "textbraceleft": "{",
    "textbraceright": "}", "slash": "/", "LaTeX": "LaTeX", "TeX": "TeX", "item": "•",
    "textnumero": "№", "textsection": "§", "textasteriskcentered": "*", "guillemotleft": "«",
    "guillemotright": "»", "percent": "%", "And": "&", "and": "and", "today": "today",
}  # fmt: skip
# Macros that authors define alike everywhere; the final full stop falls before another.
_ABBREVIATIONS = {
    "ie": "i.e.", "eg": "e.g.", "Ie": "I.e.", "Eg": "E.g.", "etal": "et al.", "etc": "etc.",
    "vs": "vs.", "cf": "cf.", "wrt": "w.r.t.", "iid": "i.i.d.", "aka": "a.k.a.",
}  # fmt: skip
_STYLES = frozenset(
    "text textit textbf texttt textsc textrm textsf textsl textup textmd textnormal textlf "
    "mathit mathbf mathbb mathcal mathrm mathsf mathtt mathfrak mathscr mathds mathnormal emph "
    "mbox hbox fbox underline uline underbar operatorname boldsymbol bm pmb ensuremath mathop "
    "mathbin mathrel bold uppercase lowercase MakeUppercase uwave sout st hl "
    "frak Bbb bold textquote red blue green cyan magenta orange purple teal violet brown gray grey "
    "overbrace underbrace smash phantom boxed mathversion vcenter centerline".split()
)
# The same without their backslash, before a brace. `text`, `st` and colours are words as well.
_BARE_STYLES = (
    r"text(?:it|bf|tt|sc|rm|sf|sl|up|md|normal)|math(?:it|bf|bb|cal|rm|sf|tt|frak|scr|ds)"
    r"|operatorname|boldsymbol|emph|underline|text|mbox|ensuremath"
)
_SWITCHES = frozenset(
    "bf it em tt sc rm sf sl bfseries itshape ttfamily scshape rmfamily sffamily slshape upshape "
    "mdseries normalfont tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge "
    "cal displaystyle textstyle scriptstyle scriptscriptstyle noindent indent centering protect "
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr middle limits nolimits xspace "
    "unboldmath boldmath nobreak leavevmode relax sloppy raggedright raggedleft null bigskip "
    "medskip smallskip hfill vfill clearpage newpage pagebreak nonumber notag hline maketitle "
    "doublespacing singlespacing allowbreak ignorespaces unskip".split()
)
_SPACES = frozenset("quad qquad enspace thinspace space par newline linebreak nobreakspace".split())
# Commands whose first argument says how, not what.
_SETTINGS = frozenset(
    "label vspace hspace begin end color textcolor colorbox fcolorbox fontsize selectlanguage "
    "foreignlanguage setlength vskip hskip phantom hphantom vphantom rotatebox raisebox scalebox "
    "resizebox pagestyle thispagestyle bibliographystyle".split()
)
_FOOTNOTES = frozenset("footnote footnotetext thanks".split())
_CITATIONS = frozenset(
    "cite citep citet citealp citealt citeauthor citeyear citeyearpar citenum parencite textcite "
    "autocite footcite Citet Citep ref eqref autoref cref Cref pageref nameref vref citeplink "
    "citetlink shortcite shortciteN citeA citeN supercite fullcite nocite".split()
)
_SCRIPT_COMMANDS = {"textsuperscript": "^", "textsubscript": "_"}
_FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac".split())
_DECORATIONS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303",
    "bar": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "check": "\u030c",
    "overline": "\u0304", "acute": "\u0301", "grave": "\u0300", "breve": "\u0306",
    "mathring": "\u030a",
}  # fmt: skip
_NUMBER_SETS = dict(zip("CNQRZ", "ℂℕℚℝℤ", strict=True))


@cache
def _rare_signs() -> Mapping[str, str]:
    """Further commands that stand for one character, as pylatexenc knows them."""
    from pylatexenc.latex2text import get_default_latex_context_db  # here, for few texts need it

    signs = {}
    for spec in get_default_latex_context_db().iter_macro_specs():
        sign = spec.simplify_repl
        if (
            isinstance(sign, str)
            and len(sign) == 1
            and sign.isprintable()
            and len(spec.macroname) > 2
        ):
            signs[spec.macroname] = sign
    return signs


# --- macros --------------------------------------------------------------------------------------

_NAME = re.compile(
    r"(?<!\\)\\++(?:(?P<name>[A-Za-z]++)\*?|(?P<sign>[%&_#$])|(?P<bar>\|)|(?P<brace>[{}])"
    r"|(?P<gap>[,;:>])|(?P<nothing>[!/@-])|(?P<space>\s)|(?P<tie>[~^](?:\{\})?)|(?P<end>\Z))"
)
_OPTIONS = re.compile(r"\s?(?:\[[^\[\]{}]{0,200}\]){0,2}\s?(?=\{)")
_BARE_MACRO = re.compile(
    rf"(?<!\\)(?:(?P<style>{_BARE_STYLES})"
    r"|(?<![A-Za-z\\])(?P<other>footnote|citep?|citet|d?frac|sqrt|hat|widehat|tilde|widetilde|bar"
    r"|overline|vec|textcolor))(?=\{)"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z])")
_LEADING_ADDRESS = re.compile(r"\s*(?:https?://|\ufdd0)\S*")


def _repair_macros(text: str, counts: Counter[str]) -> str:
    """Commands with their backslash."""
    edits = _Edits(text, counts)
    for match in _NAME.finditer(text):
        start, end = match.span()
        if name := match["name"]:
            _named(edits, name, start, end)
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


def _repair_bare_macros(text: str, counts: Counter[str]) -> str:
    """Commands that lost their backslash, before a brace."""
    edits = _Edits(text, counts)
    for match in _BARE_MACRO.finditer(text):
        name = match["style"] or match["other"]
        _named(edits, name, match.start(), match.end())
    return edits.apply()


def _named(edits: _Edits, name: str, start: int, end: int) -> None:
    """Plans the repair of the command `name` that stands at start:end."""
    text = edits.text
    if name in _STYLES:
        _style(edits, name, start, end)
    elif name in _SIGNS:
        _sign(edits, _SIGNS[name], start, end)
    elif name in _TEXT_COMMANDS:
        edits.replace(start, _after_empty(text, end), _TEXT_COMMANDS[name], "text_command")
    elif name in _ABBREVIATIONS:
        end = _after_empty(text, end)
        new = _ABBREVIATIONS[name]
        edits.replace(start, end, new[:-1] if text[end : end + 1] == "." else new, "text_command")
    elif name in _SCRIPT_COMMANDS:
        if text[end : end + 1] == "{":
            edits.replace(start, end, _SCRIPT_COMMANDS[name], "style_command")
    elif name in _FOOTNOTES:
        _bracketed(edits, start, end, "()", "footnote")
    elif name in _CITATIONS:
        _bracketed(edits, start, end, "[]", "citation")
    elif name in _SWITCHES:
        after = _after_empty(text, end)
        if text[after : after + 1] == " " and name not in {"xspace", "right", "bigr", "Bigr"}:
            after += 1
        edits.replace(start, after, "", "style_command")
    elif name in _SPACES:
        edits.replace(start, _after_empty(text, end), " ", "spacing")
    elif name in _SETTINGS:
        _setting(edits, name, start, end)
    elif name in _FRACTIONS:
        _fraction(edits, start, end)
    elif name == "sqrt":
        _root(edits, start, end)
    elif name in _DECORATIONS:
        _decoration(edits, name, start, end)
    elif name in _FUNCTIONS:
        before = " " if text[start - 1 : start].isalnum() and start else ""
        after = " " if text[end : end + 1].isalnum() or text[end : end + 1] == "\\" else ""
        edits.replace(start, end, before + name + after, "math_command")
    elif name == "S" and text[end : end + 2].lstrip(" ~")[:1].isdigit():
        edits.replace(start, end, "§", "text_command")
    elif len(name) > 1 and name in _rare_signs():
        edits.replace(start, _after_empty(text, end), _rare_signs()[name], "math_command")
    else:
        _unknown(edits, name, start, end)


def _after_empty(text: str, end: int) -> int:
    """The place after the `{}` that may end a command."""
    return end + 2 if text.startswith("{}", end) else end


def _argument(edits: _Edits, end: int) -> tuple[int, int | None] | None:
    """Places of the braces around the argument that follows, the closing one perhaps missing."""
    options = _OPTIONS.match(edits.text, end)
    if options is None:
        return None
    opening = options.end()
    return opening, edits.closing_brace(opening)


def _style(edits: _Edits, name: str, start: int, end: int) -> None:
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


def _sign(edits: _Edits, sign: str, start: int, end: int) -> None:
    """A sign in place of its command, spaced as it would be set."""
    text = edits.text
    end = _after_empty(text, end)
    before = text[start - 1] if start else ""
    after, beyond = text[end : end + 1], text[end + 1 : end + 3]
    glued = before.isalnum() or before in tuple(")]}%$")
    operand = beyond[:1].isdigit() or (
        beyond[:1].isalpha() and not beyond[1:2].isalpha() and beyond[:1] not in "aI"
    )
    if sign in "⌈⌊⟨":
        end += after == " "
    elif sign in "⌉⌋⟩":
        start -= before == " "
    elif sign in _SPACED_SIGNS:
        if glued and after == " ":
            sign = " " + sign
        elif before == " " and after.isalnum() and start > 1 and (text[start - 2].isalnum()):
            # `58.9 \rightarrow61.7`, but `of \geq90`.
            sign += " " if _is_operand_before(text, start - 1) else ""
    elif (
        (sign in _PRODUCT_SIGNS and glued and after == " " and operand)
        or (sign == "~" and after == " " and beyond[:1].isdigit()
            and not (before == " " and _is_operand_before(text, start - 1)))
    ):  # fmt: skip
        end += 1
    elif sign == "×" and before == after == " " and beyond.isalpha() and beyond.islower():
        start -= len(beyond) == 2 and text[start - 2 : start - 1].isdigit()  # `10× faster`
    edits.replace(start, end, sign, "math_command")


_OPERAND_BEFORE = re.compile(r"(?:(?<![^\W_])[^\W\d_]|\d[A-Za-z%]?|[)\]}])\Z")


def _is_operand_before(text: str, end: int) -> bool:
    """Whether a number, a variable or a bracket ends at `end`."""
    return _OPERAND_BEFORE.search(text, max(0, end - 3), end) is not None


def _bracketed(edits: _Edits, start: int, end: int, brackets: str, name: str) -> None:
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


def _close_remark(edits: _Edits, inner: int, bracket: str) -> None:
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


def _setting(edits: _Edits, name: str, start: int, end: int) -> None:
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


_ONE_TERM = re.compile(r"(?:[\w.]|\\[A-Za-z]+ ?)*\Z")


def _fraction(edits: _Edits, start: int, end: int) -> None:
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


def _root(edits: _Edits, start: int, end: int) -> None:
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


def _decoration(edits: _Edits, name: str, start: int, end: int) -> None:
    text, argument = edits.text, _argument(edits, end)
    if argument is None:
        letter = re.compile(r" ?([A-Za-z])(?![A-Za-z])").match(text, end)
        new = letter[1] + _DECORATIONS[name] if letter else ""
        edits.replace(
            start,
            letter.end() if letter else end,
            unicodedata.normalize("NFC", new),
            "math_command",
        )
        return
    opening, closing = argument
    edits.replace(start, opening + 1, "", "math_command")
    if closing is not None:
        mark = (
            _DECORATIONS[name]
            if text[opening + 1 : closing].isalpha() and closing - opening == 2
            else ""
        )
        if mark:
            new = unicodedata.normalize("NFC", text[opening + 1] + mark)
            edits.replace(opening + 1, closing + 1, new)
        else:
            edits.replace(closing, closing + 1, "")


def _unknown(edits: _Edits, name: str, start: int, end: int) -> None:
    """A macro that nobody defined: its name stays."""
    text = edits.text
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


# --- formulas ------------------------------------------------------------------------------------

_LONGEST_FORMULA = 600
_DELIMITER = re.compile(r"\\++[()\[\]$]?|\$")
# Two plain words in a row, which formulas do not hold but as an argument.
_PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
_MATHEMATICAL = re.compile(r"[\\^_={}<>]")
# Braces of a set, while those that group are taken away.
_SET_OPENS, _SET_CLOSES = "\ufdd1", "\ufdd2"
_LETTER_MACRO = re.compile(r"\\([A-Za-z])(?![A-Za-z])")
_GROUP = re.compile(r"(?<![\\_^])\{([^{}]*+)\}")


def _repair_formulas(text: str, counts: Counter[str]) -> str:
    r"""Takes dollars and `\(...\)` away, and renders what is between them."""
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
    if is_price and (after.isdigit() or _LONG_WORD.search(content)):
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
        content = _repair_macros(content, counts)
        content = _LETTER_MACRO.sub(r"\1", content)
    if "{" in content:
        content = _repair_bare_macros(content, counts)
    edits = _Edits(content, counts)
    for match in _NAMES_IN_FORMULA.finditer(content):
        _sign(edits, _SIGNS[match[0]], *match.span())
    content = _repair_scripts(edits.apply(), counts, in_formula=True)
    if "{" in content:
        content = _GROUP.sub(lambda m: m[0] if "," in m[1] and len(m[1]) > 1 else m[1], content)
    return content.replace(_SET_OPENS, "{").replace(_SET_CLOSES, "}")


# --- commands without backslash ------------------------------------------------------------------

_WORDS_TOO = frozenset(
    "in to top bot star ast int sum mid prime square natural flat sharp angle degree colon "
    "parallel triangle land bullet perp exists forall partial gets check implies neg div dag "
    "Re Im cup cap iff prod setminus vert and".split()
)


def _one_of(names: object) -> str:
    """A pattern for any of some names, longest first."""
    return "|".join(sorted(map(str, names), key=len, reverse=True))  # type: ignore[call-overload]


_NAMES_IN_FORMULA = re.compile(
    rf"(?<![A-Za-z\\])(?:{_one_of(set(_SIGNS) - _WORDS_TOO)})(?![A-Za-z])"
)
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
_VARIABLE = r"(?<![\w'’.-])[B-HJ-Zb-zα-ω](?:_\w|[₀-ₜᵢᵣᵤᵥⱼ²³⁰-⁹]{1,3})?"
_BETWEEN_VARIABLES = (
    *("leq", "geq", "le", "ge", "neq", "ll", "gg", "approx", "simeq", "equiv", "propto", "sim"),
)
# Names that are no words.
_RARE_NAMES = (
    *("infty", "cdot", "cdots", "ldots", "lceil", "rceil", "lfloor", "rfloor", "langle", "rangle"),
    *("simeq", "propto", "nabla", "oplus", "otimes", "odot", "subseteq", "supseteq", "emptyset"),
    *("varepsilon", "varphi", "lesssim", "gtrsim"),
)
# Hints of commands that braces or scripts make clear: they go before those signs do.
_CLEAR = {"{", "greek", "script", "infty"}
_NO_WORD = frozenset[str]()


@dataclass(frozen=True, slots=True)
class _BareCommand:
    """Where a name without backslash is a command.

    Attributes:
        hints: One of these must be plausible in a text for the pattern to be tried.
        pattern: The command is its last group, or all of it.
        not_after: Words before it that make it a word too.
    """

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    not_after: frozenset[str] = _NO_WORD


_BARE_COMMANDS = (
    _BareCommand(
        ("arrow",),
        re.compile(
            rf"(?<![\\\"'<_./-])(?P<c>{_one_of(_ARROWS)})(?![\"'>_]|s\b|ed\b)"
            r"(?! (?:key|symbol|sign|button|command|macro|operator|notation|token|icon)s?\b)"
        ),
        _DETERMINERS,
    ),
    # Glued to a number, a letter or a bracket, or between numbers.
    _BareCommand(
        ("times",),
        re.compile(
            r"(?P<c>times)(?:(?<=\dtimes)|(?<=\d[KMBGTk%]times)(?![a-z])|(?<=[)\]]times)(?=[\s\d(A-Z])"
            r"|(?<=\d times)(?= \d)|(?<=\d[KMBG] times)(?= \d)|(?<=\d times)(?= [B-HJ-Z](?![\w'’]))"
            r"|(?<=[^\w'’\\-][B-HJ-Zb-npqr-z]times)(?=[\s,.;:)]|\d))"
        ),
    ),
    _BareCommand(
        ("times",),
        re.compile(
            r"times(?:(?<=[^\w'’.-][B-HJ-Zb-zα-ω] times)|(?<=\A[B-HJ-Z] times)|(?<=_\w times)"
            r"|(?<=[₀-ₜᵢⱼ²³] times))(?= (?:\d|[A-Zb-z](?![\w'’])|\([A-Za-z0-9]{1,3} ?[-+*/^]))"
        ),
    ),
    # `sim` is a noun of its own: sim2real, "the sim 10 times".
    _BareCommand(
        ("sim",),
        re.compile(
            r"sim(?<![\w\\'-]sim)(?=\$?\d)"
            r"(?!2(?!ms\b|[KMGT]B\b|hours?\b|days?\b)[A-Za-z]{2}|\dD\b|\d(?![\w.%]| ?[A-Za-z%$]))"
        ),
    ),
    _BareCommand(
        ("sim",),
        re.compile(
            r"(?P<c>sim)(?:(?<=\dsim)(?= ?\d)|(?<=\d[%KMBTGx]sim)(?= ?\d)|(?<=\d sim)(?= \d))"
        ),
    ),
    _BareCommand(
        ("sim",), re.compile(r"sim(?<![\w\\'-]sim)(?= \$?\d[\d,.]*[\d%KMBTkx])"), _NOUN_SIM
    ),
    _BareCommand(
        ("le",),
        re.compile(
            r"(?<![\w\\'’./-])(?P<c>[gl]e(?:q(?:slant)?)?)(?= ?\$?\.?\d)"
            rf"(?! \d{{1,2}}(?:er)? (?:{_MONTHS}))"
        ),
        _FRENCH | _DETERMINERS,
    ),
    _BareCommand(
        ("le",),
        re.compile(
            r"(?P<c>[gl]e(?:q(?:slant)?)?)(?:(?<=\d[gl]eq)(?= ?[\d A-Z])|(?<=\d[gl]e)(?= ?\d)"
            r"|(?<=[^\w\\'’-][B-Zb-z][gl]eq)(?= ?[\dA-Za-z])|(?<=[^\w\\'’-][B-Z][gl]e)(?= ?\d)"
            r"|(?<=[)\]|] [gl]eq)(?= )"
            r"|(?:(?<=\d [gl]e)|(?<=\d [gl]eq))(?= [A-Zb-z](?![\w'’.-])))"
        ),
    ),
    _BareCommand(
        ("le", "neq", "approx", "sim", "infty"),
        re.compile(
            rf"{_VARIABLE} (?P<c>{_one_of(_BETWEEN_VARIABLES)})"
            r"(?= (?:(?!a )[A-Za-z](?![\w'’-])|-?\d))"
        ),
    ),
    _BareCommand(("sim",), re.compile(rf"{_VARIABLE} (?P<c>sim)(?= [A-Za-z]{{1,2}}[(_])")),
    _BareCommand(("approx",), re.compile(r"approx(?<![\w\\'’./-]approx)(?= ?\$?\.?\d)")),
    _BareCommand(("neq",), re.compile(r"neq(?<![\w\\'’./-]neq)(?= ?\d)"), _DETERMINERS),
    _BareCommand(
        ("pm",),
        re.compile(
            r"(?<![\d:.])\d++(?:(?<=[^\d][2-9]\d)|(?<=1[3-9])|(?<=\d\d\d)|\.\d++)%?"
            r" (?P<c>pm)(?= \d)"
            r"|(?<=\d) (?P<d>pm)(?= \d++\.\d)|(?<=[\d%])(?P<f>pm)(?=\d| \d++\.\d)"
            r"|(?<=[(\[=])(?P<g>pm)(?= ?\d)"
        ),
    ),
    _BareCommand(
        ("infty",),
        re.compile(rf"(?<![A-Za-z0-9\\'\"./<])(?P<c>{_one_of(_RARE_NAMES)})(?![\w'\">(])"),
        _DETERMINERS,
    ),
    _BareCommand(("Delta",), re.compile(r"(?<![\w\\-])(?P<c>Delta)(?=\d++(?:\.\d++)?%)")),
    _BareCommand(("circ",), re.compile(r"(?<=\d)(?P<c>circ)(?![a-z])")),
    # Braces around it, bars around it, a script or a relation after it.
    _BareCommand(("{",), re.compile(rf"\{{(?P<c>{_one_of(set(_SIGNS) - _WORDS_TOO)})(?=\}})")),
    _BareCommand(("greek",), re.compile(rf"\|(?P<c>{_one_of(_GREEK)})(?=\|)")),
    _BareCommand(
        ("greek",),
        re.compile(
            rf"(?<![\w\\'\"./-])(?P<c>{_one_of([*_GREEK, 'ell'])})"
            r"(?: ?[=<>≤≥] ?[-.]?\d|[_^]\{|\^[\d*]|_[A-Za-z0-9](?![A-Za-z0-9_])"
            rf"|[_^](?:{_one_of([*_GREEK, 'ell'])})(?![A-Za-z0-9_]))"
        ),
    ),
    # `p_theta`, `n^epsilon`, `Omega(n)`.
    _BareCommand(
        ("script",),
        re.compile(
            rf"(?:(?<=[^\w./-][A-Za-zα-ω][_^])|(?<=[)\]Α-ω][_^]))(?P<c>{_one_of([*_GREEK, 'ell'])})"
            r"(?![A-Za-z0-9_])|(?<![\w\\'\"./-])(?P<d>Omega|Theta)(?=\((?:n|[a-z]\^|log|sqrt|√|1\)))"
        ),
    ),
)
_ADDED_BARE = re.compile(
    r"(?<![A-Za-z\\])(?:(?P<sign>text(?:greater|less|asciitilde|degree|bullet|trademark|registered"
    r"|rightarrow|uparrow|downarrow))(?![a-z])"
    r"|(?P<face>math(?:bb|cal|bf|rm|frak|scr|sf)) ?(?=[A-Z](?![A-Za-z]))"
    r"|(?P<log>(?<=\bO\()(?:[A-Za-z](?:\^\d)?|\d)log)(?=[\w( ]))"
)


# What a word must hold for the patterns of its hint to be tried.
_SUSPECT_WORDS = (
    ("times", re.compile(r"(?<![A-Za-z])[A-Za-z]?times|[A-Z)\]%]times")),
    ("sim", re.compile(r"sim(?![a-z])")),
    ("le", re.compile(r"(?<![A-Za-z])[gl]e(?![A-Za-z])|[gl]eq|[B-Z][gl]e\d?(?![a-z])")),
    ("approx", re.compile(r"approx(?![a-z])")),
    ("pm", re.compile(r"(?<![A-Za-z])pm(?![A-Za-z])")),
    ("neq", re.compile(r"(?<![A-Za-z])(?:neq|ll|gg|equiv)(?![A-Za-z])")),
    ("arrow", re.compile(_one_of(_ARROWS))),
    ("infty", re.compile(rf"(?<![A-Za-z])(?:{_one_of(_RARE_NAMES)})(?![A-Za-z])")),
    ("Delta", re.compile(r"Delta\d")),
    ("circ", re.compile(r"\dcirc")),
    ("greek", re.compile(rf"(?<![A-Za-z])(?:{_one_of([*_GREEK, 'ell'])})(?![A-Za-z])")),
    ("script", re.compile(rf"[_^](?:{_one_of([*_GREEK, 'ell'])})(?![A-Za-z])|(?:Omega|Theta)\(")),
    (
        "added",
        re.compile(
            r"math(?:bb|cal|bf|rm|frak|scr|sf)"
            r"|text(?:gr|le|asc|deg|bul|tra|reg|rig|upa|dow)|O\(.{1,3}log"
        ),
    ),
)


# Words found to hold no command, so that each is searched once: most words were met before.
_innocent_words: set[str] = set()
_MOST_INNOCENT_WORDS = 100_000
_LONGEST_WORD_KEPT = 40


@lru_cache(maxsize=4096)
def _hints_of(word: str) -> tuple[str, ...]:
    return tuple(hint for hint, pattern in _SUSPECT_WORDS if pattern.search(word))


def _plausible_commands(text: str) -> set[str]:
    """Hints of the bare commands that a text may hold, found by its words."""
    words = text.split()
    hints: set[str] = set()
    if _innocent_words.issuperset(words):
        return hints
    if len(_innocent_words) > _MOST_INNOCENT_WORDS:
        _innocent_words.clear()
    for word in set(words) - _innocent_words:
        found = _hints_of(word)
        hints.update(found)
        if not found and len(word) < _LONGEST_WORD_KEPT:
            _innocent_words.add(word)
    return hints


def _repair_bare_commands(text: str, plausible: set[str], counts: Counter[str]) -> str:
    """Commands that lost their backslash and stand alone."""
    edits = _Edits(text, counts)
    for command in _BARE_COMMANDS:
        if plausible.isdisjoint(command.hints):
            continue
        for match in command.pattern.finditer(text):
            start, end = match.span(match.lastgroup or 0)
            if command.not_after:
                before = text[max(0, start - 16) : start].lower().split()
                if before and text[start - 1] == " " and before[-1] in command.not_after:
                    continue
            _sign(edits, _SIGNS[text[start:end]], start, end)
    if "added" in plausible:
        for match in _ADDED_BARE.finditer(text):
            start, end = match.span()
            if match["sign"]:
                edits.replace(start, end, _TEXT_COMMANDS[match["sign"]], "text_command")
            elif match["face"]:
                edits.replace(start, end, "", "style_command")
            else:
                space = " " if text[end] not in " (_" else ""
                edits.replace(end - 3, end, " log" + space, "math_command")
    return edits.apply()


# --- scripts -------------------------------------------------------------------------------------

_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδφχ′°†‡™®*",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᵠᵡ′°†‡™®*",
        strict=True,
    )
)
del _SUPERSCRIPTS["*"]
_SUBSCRIPTS = dict(
    zip(
        "0123456789+-−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_RAISED_NAMES = {
    "circ": "°", "∘": "°", "prime": "′", "top": "ᵀ", "⊤": "ᵀ", "intercal": "ᵀ", "dagger": "†",
    "TM": "™", "tm": "™", "ast": "^*", "star": "^*", "⋆": "^*", "degree": "°", "o": "ᵒ",
}  # fmt: skip
_SCRIPT = re.compile(
    r"(?P<mark>[_^])(?:\{(?P<braced>[^{}]{1,80})\}"
    r"|(?P<name>(?:circ|prime|top|ast|star|dagger)(?![a-z])|[∘⊤⋆′°†‡])"
    r"|(?P<number>-?\d++(?:\.\d++)?(?![a-z_]))|(?P<digit>\d)|(?P<letter>[A-Za-zα-ω+*])(?![A-Za-z0-9_]))"
)
_BASE_UP = re.compile(r"[\w)\]}|%′²³°ℝ]\Z")
# What a subscript without braces may hang on: a variable of one letter, or a function.
_BASE_DOWN = re.compile(
    r"(?:(?<![\w\\./-])(?:[^\W\d_]|log|max|min|argmax|argmin|CO|NO|SO|N)|[)\]|‖⟩])\Z"
)
_LONG_WORD = re.compile(r"[A-Za-z]{3}")
_READABLE = re.compile(r"[\w.*]+\Z")


def _repair_scripts(text: str, counts: Counter[str], in_formula: bool = False) -> str:
    def script(match: re.Match[str]) -> str:
        mark, start = match["mark"], match.start()
        content = match["braced"]
        if content is None:
            content = match["name"] or match["number"] or match["digit"] or match["letter"]
            # Ten characters reach to the head of every base there is.
            base = text[max(0, start - 10) : start]
            if mark == "^":
                is_base = _BASE_UP.search(base) is not None or (in_formula and not base)
            else:
                is_base = match["digit"] is None and (
                    in_formula or _BASE_DOWN.search(base) is not None
                )
                # `H_2O`, not `top_2x` nor `f_1score`.
            if not is_base or (mark == "_" and match["name"]):
                return match[0]
        return _set_script(mark, content.strip(), match[0])

    return _substitute(_SCRIPT, script, text, "script", counts)


def _set_script(mark: str, content: str, found: str) -> str:
    if not content:
        return found
    if mark == "^":
        if content in _ORDINALS:
            return content
        if content in _RAISED_NAMES:
            return _RAISED_NAMES[content]
    table = _SUPERSCRIPTS if mark == "^" else _SUBSCRIPTS
    if _LONG_WORD.search(content) is None:
        signs = [table.get(character) for character in content.replace(" ", "")]
        if None not in signs:
            return "".join(sign or "" for sign in signs)
    if _READABLE.match(content):
        return mark + content
    return f"{mark}({content})" if len(content) > 1 else mark + content


# --- braces --------------------------------------------------------------------------------------

# A text with more of them is no LaTeX that lost a brace.
_MOST_STRAY_BRACES = 50
_INNERMOST = re.compile(r"\{([^{}]*+)\}")
_NUMBER_IN_BRACES = re.compile(r"\d{1,3}(?:,\d{3})+\Z")
_FIELD = re.compile(r"[a-z][a-z0-9]*\Z")
_FIELDS_NEAR = re.compile(
    r"template|placeholder|slot|f-string|variable|format|prompt|field|token|regex", re.I
)
_VARIABLE_IN_SET = re.compile(r"[A-Za-z]?[^A-Za-z\s]{0,4}\Z")
_ESCAPED_BRACE = re.compile(r"\\[{}]")


def _repair_braces(text: str, counts: Counter[str]) -> str:
    def group(match: re.Match[str]) -> str:
        return match[1] if _is_group(text, match) else match[0]

    edits = _Edits(text, counts)
    _, alone = _match_braces(text)
    for place in alone if len(alone) <= _MOST_STRAY_BRACES else ():
        before, after = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
        if text[place] == "{":
            is_left = (after.isalpha() or after == _MASK) and before not in tuple("\"'`:;-=)$%#")
        else:
            is_left = (before.isalnum() or before in tuple(".)!?%" + _MASK)) and after not in tuple(
                "\"'`;"
            )
            is_left = is_left and bool(before)
        if is_left:
            edits.replace(place, place + 1, "", "braces")
    changed = edits.apply()
    if changed != text:
        return changed  # the rest is for the next round
    return _substitute(_INNERMOST, group, text, "braces", counts)


def _is_group(text: str, match: re.Match[str]) -> bool:
    """Whether braces only group, as around a title's capitals or what once was bold.

    Not those around a set, JSON, code, a repetition in a pattern or the field of a template.
    """
    content, (start, end) = match[1], match.span()
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    is_glued = before.isalnum() or after.isalnum()
    if (before in tuple("\\$%#@_^") and before) or not content:
        return False
    if len(content) == 1 and not content.isalnum():
        return (
            content in "=-+,:/~.*<>|" and (is_glued or not content.isascii())
        ) or not content.isascii()
    if not content.isascii() and len(content) == 1:
        return True
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
    if "_" in content and before != "_":
        return False
    if before == "{" and after == "}" and _FIELD.match(content):
        return False
    if not is_glued:
        if _VARIABLE_IN_SET.match(content) and not (before == "-" or after == "-"):
            return False
        if _FIELD.match(content):
            return _FIELDS_NEAR.search(text, max(0, start - 60), start) is None
    return True


# --- quotes, tildes, dashes ----------------------------------------------------------------------

_DOUBLE_QUOTES = re.compile("``+|''+")
_SINGLE_QUOTES = re.compile(r"`(?<![`\w]`)(\w[^`'\n]{0,80}+)'(?!\w)")
_STRAIGHT_CLOSE = re.compile(r"(“[^“”\"\n]{1,200}+)\"(?=[\s.,;:!?)]|\Z)")
_TILDE = re.compile(r"~+")


def _repair_quotes(text: str, counts: Counter[str]) -> str:
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

    repaired = _substitute(_DOUBLE_QUOTES, quote, text, "quotes", counts)
    if "`" in repaired:
        repaired = _substitute(_SINGLE_QUOTES, lambda m: f"‘{m[1]}’", repaired, "quotes", counts)
    if repaired != text and '"' in repaired:
        repaired = _STRAIGHT_CLOSE.sub(r"\1”", repaired)
    return repaired


_NUMBER_BEFORE = re.compile(r"(?<![A-Za-z\d])\$?\d[\d.,]*[A-Za-z%]{0,2}\Z")


def _repair_tildes(text: str, counts: Counter[str]) -> str:
    """Ties between words become spaces; what says "about", a range or a home folder stays."""
    edits = _Edits(text, counts)
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
