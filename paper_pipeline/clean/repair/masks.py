"""Addresses, file paths and code in backticks stand aside while the passes run.

Data flow: a text -> mask -> the text with one sign in place of each, and what they hold ->
unmask -> the repaired text with all of them in place.

Links that LaTeX built around an address belong in links.py.
"""

import re
from collections import Counter

from paper_pipeline.clean.repair.edits import substitute

# Addresses, file paths, code in backticks, and the mask itself should a text hold it. Each pattern
# starts with its rarest sign, which makes it fast.
MASK = "\ufdd0"
_ADDRESS_CHARACTERS = r"(?:[^\s{}<>\"\u201c\u201d|^`\\$,;~]++|\\[_%&#~]|[,;~](?=[\w/]))++"
_MASKED = (
    ("\ufdd0", re.compile("\ufdd0")),
    ("http", re.compile(rf"https?://{_ADDRESS_CHARACTERS}")),
    ("/", re.compile(rf"\.(?:com|org|io|ai|co|net|edu|dev|gov)/{_ADDRESS_CHARACTERS}")),
    (":\\", re.compile(r":(?<=\b[A-Za-z]:)\\[\w.\\-]++")),
    ("`", re.compile(r"`(?<![`\w]`)(?![`\s])[^`'\n]{1,200}+`(?!`)")),
)
_ESCAPED_IN_ADDRESS = re.compile(r"\\([_%&#~])")


def mask(text: str) -> tuple[str, list[str]]:
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
    return MASK.join(parts), masked


def unmask(text: str, masked: list[str], counts: Counter[str]) -> str:
    """Puts back what `mask` gave, addresses without the backslashes before their signs."""
    if not masked:
        return text
    originals = iter(masked)
    return re.sub(MASK, lambda _: _clean_address(next(originals), counts), text)


def _clean_address(address: str, counts: Counter[str]) -> str:
    if "\\" not in address or "://" not in address:
        return address
    return substitute(_ESCAPED_IN_ADDRESS, lambda m: m[1], address, "escaped_sign", counts)
