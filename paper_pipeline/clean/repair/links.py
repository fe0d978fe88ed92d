r"""Links of LaTeX, whole or mangled: `https://x.org{https://x.org}`, `\href{address}{text}`.

Data flow: a text -> the same with each link as `text (address)`, or the address alone.

Finding an address that stands by itself belongs to masks.py.
"""

import re
from collections import Counter

from paper_pipeline.clean.repair.edits import substitute

_ADDRESS = r"https?://(?:[^\s{}<>\"|^`\\]++|\\[_%&#~])++"
_LINK = re.compile(
    r"\\?\bhref\s?+\{(?P<to>[^{}\s]*+)\}\s?+\{(?P<text>(?:[^{}]|\{[^{}]*+\})*+)(?P<closed>\}?)"
    r"|\\?\b(?:url|nolinkurl|path|href)\s?+\{(?P<url>(?:[^{}\s]|\{[^{}\s]*+\})++)\}?"
    rf"|(?P<address>{_ADDRESS})\{{(?P<label>(?:[^{{}}]|\{{[^{{}}]*+\}})*+)(?P<ended>\}}?)"
    rf"|(?<![A-Za-z\]*\\])\{{(?P<braced>{_ADDRESS})(?:\}}|\Z|(?=\s))"
)
# What all of these hold, quicker to look for.
_NAME_BEFORE_BRACE = re.compile(r"\{(?:http|(?<=(?:ref|url|ath)\{)|(?<=(?:ref|url|ath)\s\{))")
_ADDRESS_BEFORE_BRACE = re.compile(r"http[^\s{}]*+\{")
_STYLE = re.compile(r"\\?(?:texttt|textit|textbf|underline|emph|url|nolinkurl|small|bf|tt)\b")
_SPELLING = re.compile(r"[\\{}\s]")
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?")


def repair_links(text: str, counts: Counter[str]) -> str:
    """Each link becomes `text (address)`, or its address alone."""
    if not (_NAME_BEFORE_BRACE.search(text) or _ADDRESS_BEFORE_BRACE.search(text)):
        return text
    return substitute(_LINK, _link, text, "hyperlink", counts)


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
    bare = _SPELLING.sub("", _STYLE.sub("", address))
    return _SCHEME.sub("", bare).rstrip("/.").lower()
