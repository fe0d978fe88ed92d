"""Changes to one text, planned one by one and made at once; each repair counted by its name.

Data flow: a text, and what a pass finds in it -> the changed text.

What is to be changed is known by the passes, none of it here.
"""

import re
from collections import Counter
from collections.abc import Callable

Replacement = Callable[[re.Match[str]], str]


def substitute(
    pattern: re.Pattern[str],
    replacement: Replacement,
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


class Edits:
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
            self._closing, _ = match_braces(self.text)
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


def match_braces(text: str) -> tuple[dict[int, int], list[int]]:
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


def after_empty_group(text: str, end: int) -> int:
    """The place after the `{}` that may end a command."""
    return end + 2 if text.startswith("{}", end) else end
