"""The signs that commands stand for, and how a sign is spaced when it takes a command's place.

Data flow: name of a command, without backslash -> SIGNS -> its sign; replace_sign plans the change.

Commands that are no sign belong in commands.py; where a name is a command, in the passes.
"""

import re

from paper_pipeline.clean.repair.edits import Edits, after_empty_group

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ",
    "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "φ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
ARROWS = {
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
SIGNS = GREEK | ARROWS | _RELATIONS | _PRODUCTS | _OTHER_SIGNS
_SPACED_SIGNS = frozenset({*ARROWS.values(), *_RELATIONS.values()})
_PRODUCT_SIGNS = frozenset(_PRODUCTS.values())


_WORDS_TOO = frozenset(
    "in to top bot star ast int sum mid prime square natural flat sharp angle degree colon "
    "parallel triangle land bullet perp exists forall partial gets check implies neg div dag "
    "Re Im cup cap iff prod setminus vert and".split()
)
# Names that in a formula need no backslash.
FORMULA_NAMES = frozenset(SIGNS) - _WORDS_TOO

_ENDS_OF_TERMS = frozenset(")]}%$")


def replace_sign(edits: Edits, sign: str, start: int, end: int) -> None:
    """A sign in place of its command, spaced as it would be set."""
    text = edits.text
    end = after_empty_group(text, end)
    before, after = text[start - 1] if start else "", text[end : end + 1]
    is_glued = before.isalnum() or before in _ENDS_OF_TERMS
    if sign in "⌈⌊⟨":
        end += after == " "
    elif sign in "⌉⌋⟩":
        start -= before == " "
    elif sign in _SPACED_SIGNS:
        if is_glued and after == " ":
            sign = " " + sign
        elif before == " " and after.isalnum() and start > 1 and text[start - 2].isalnum():
            # `58.9 \rightarrow61.7`, but `of \geq90`.
            sign += " " if _is_operand_before(text, start - 1) else ""
    elif after == " ":
        beyond = text[end + 1 : end + 3]
        if sign in _PRODUCT_SIGNS and is_glued:
            end += _is_operand(beyond)
        elif sign == "~":
            is_between = before == " " and _is_operand_before(text, start - 1)
            end += beyond[:1].isdigit() and not is_between
        elif sign == "×" and before == " " and beyond.isalpha() and beyond.islower():
            start -= len(beyond) == 2 and text[start - 2 : start - 1].isdigit()  # `10× faster`
    edits.replace(start, end, sign, "math_command")


def _is_operand(beyond: str) -> bool:
    """Whether two characters begin a number, or are a variable and not the word `a` or `I`."""
    first, second = beyond[:1], beyond[1:2]
    return first.isdigit() or (first.isalpha() and not second.isalpha() and first not in "aI")


_OPERAND_BEFORE = re.compile(r"(?:(?<![^\W_])[^\W\d_]|\d[A-Za-z%]?|[)\]}])\Z")


def _is_operand_before(text: str, end: int) -> bool:
    """Whether a number, a variable or a bracket ends at `end`."""
    return _OPERAND_BEFORE.search(text, max(0, end - 3), end) is not None
