"""Subscripts and superscripts become Unicode where all of them exists there, or stay readable.

Data flow: a text with `x_1`, `10^{-3}`, `G_{stack}` -> x₁, 10⁻³, G_stack.

Names of commands in scripts belong in bare_commands.py.
"""

import re
from collections import Counter

from paper_pipeline.clean.repair.edits import substitute

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
LONG_WORD = re.compile(r"[A-Za-z]{3}")
_READABLE = re.compile(r"[\w.*]+\Z")


def repair_scripts(text: str, counts: Counter[str], in_formula: bool = False) -> str:
    """Scripts in braces, and those without that hang on a variable.

    Args:
        text: The text.
        counts: Counts of repairs, added to.
        in_formula: Whether anything may carry a script.

    Returns:
        The text with scripts of Unicode, or readable ones.
    """

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

    return substitute(_SCRIPT, script, text, "script", counts)


def _set_script(mark: str, content: str, found: str) -> str:
    if not content:
        return found
    if mark == "^":
        if content in _ORDINALS:
            return content
        if content in _RAISED_NAMES:
            return _RAISED_NAMES[content]
    table = _SUPERSCRIPTS if mark == "^" else _SUBSCRIPTS
    if LONG_WORD.search(content) is None:
        signs = [table.get(character) for character in content.replace(" ", "")]
        if None not in signs:
            return "".join(sign or "" for sign in signs)
    if _READABLE.match(content):
        return mark + content
    return f"{mark}({content})" if len(content) > 1 else mark + content
