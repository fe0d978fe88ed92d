"""Brings the bytes of a dump to UTF-8 without losing where each byte came from.

Data flow: bytes of a dump -> decode_dump -> Decoded (UTF-8 bytes, and the way back to the dump's).

Parsers work on UTF-8 bytes, so that a clean UTF-8 dump is never copied and its offsets are the
dump's own. What a line means belongs in the format modules; repairing or folding text belongs in
normalize.py.
"""

import codecs
import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field

CUT_OFF_CHARACTER = "cut_off_character"
LATIN_1_FALLBACK = "latin-1 fallback"
NUL_BYTES = "nul_bytes"
REPLACED_CHARACTERS = "replaced_characters"

# What shows nothing on a page, over UTF-8: any white space, NUL, zero-width space, BOM.
BLANK = (
    rb"(?:[\s\0\x1c-\x1f]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8b\xa8\xa9\xaf]"
    rb"|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf)"
)
_BLANKS = re.compile(BLANK + rb"*+")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHECKED_AT_ONCE = 1 << 16  # bytes of UTF-8: what is decoded to check it stays small
_TRANSCODED_AT_ONCE = 1 << 12  # bytes between checkpoints: few to keep, and cheap to count from
_LOOKED_AT_FOR_NULS = 1 << 12
_CUT_OFF_IN_UTF8 = b"\xc2"  # the first byte of a two-byte character


@dataclass(frozen=True, slots=True)
class Decoded:
    """A dump as UTF-8.

    Attributes:
        text: UTF-8 bytes. Where the dump ends inside a character, they end inside one too: spans
            hold what is there of it, and ``read_text`` drops it.
        start: Where the text starts in ``text``: behind the byte order mark.
        encoding: The encoding of the dump.
        note: What was not clean, "" when all was; several marks are joined with ", ".
    """

    text: bytes
    start: int
    encoding: str
    note: str = ""
    _source_length: int = 0
    _text_marks: "array[int]" = field(default_factory=lambda: array("Q"))
    _source_marks: "array[int]" = field(default_factory=lambda: array("Q"))

    @property
    def is_blank(self) -> bool:
        """Whether the dump shows nothing at all."""
        return _BLANKS.fullmatch(self.text, self.start) is not None

    def read_text(self, start: int, end: int) -> str:
        """Returns the characters of a span of ``text``, without NULs and a cut off character."""
        return self.text[start:end].decode("utf-8", "ignore").replace("\0", "")

    def find_source_offset(self, offset: int) -> int:
        """Returns where the character at an offset of ``text`` starts in the bytes of the dump."""
        if (
            not self._text_marks
        ):  # as found; or nothing but a mark, and then it ends where that does
            return offset if self.text else self._source_length
        if offset >= len(self.text):
            return self._source_length
        mark = bisect_right(self._text_marks, offset) - 1
        characters = self.text[self._text_marks[mark] : offset].decode("utf-8")
        return self._source_marks[mark] + len(characters.encode(self.encoding))


def decode_dump(data: bytes) -> Decoded:
    """Finds the encoding of a dump and brings it to UTF-8.

    Anything that is not UTF-8 or UTF-16 is read as Latin-1, in which every byte is a character, so
    this never fails. Windows-1252 is not guessed: it leaves five bytes undefined, and nothing in a
    dump tells it from Latin-1 for sure.

    Args:
        data: The bytes of a dump, or of its beginning.

    Returns:
        The dump as UTF-8: the same object as ``data``, uncopied, where it is UTF-8 already.
    """
    encoding, start = _find_encoding(data)
    if encoding != "utf-8":
        return _transcode(data, start, encoding)
    try:
        checked = _check_utf8(data)
    except UnicodeDecodeError:
        return _transcode(data, 0, "latin-1", LATIN_1_FALLBACK)
    notes = [CUT_OFF_CHARACTER] if checked < len(data) else []
    return Decoded(data, start, encoding, _join_notes(notes, data))


def _find_encoding(data: bytes) -> tuple[str, int]:
    """Returns the encoding the first bytes speak for, and the length of the byte order mark."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    even, odd = data[0:_LOOKED_AT_FOR_NULS:2], data[1:_LOOKED_AT_FOR_NULS:2]
    if _is_mostly_nul(odd) and not _has_many_nuls(even):
        return "utf-16-le", 0
    if _is_mostly_nul(even) and not _has_many_nuls(odd):
        return "utf-16-be", 0
    return "utf-8", 0


def _is_mostly_nul(data: bytes) -> bool:
    return len(data) > 1 and data.count(0) * 2 > len(data)


def _has_many_nuls(data: bytes) -> bool:
    return data.count(0) * 20 > len(data)


def _check_utf8(data: bytes) -> int:
    """Returns where the last whole character ends.

    Raises:
        UnicodeDecodeError: If the bytes are not UTF-8, other than by ending inside a character.
    """
    view, checked = memoryview(data), 0
    while checked < len(data):
        _, used = codecs.utf_8_decode(view[checked : checked + _CHECKED_AT_ONCE], "strict", False)
        if not used:
            break
        checked += used
    return checked


def _transcode(data: bytes, start: int, encoding: str, note: str = "") -> Decoded:
    """Brings other encodings to UTF-8, keeping a pair of offsets every few thousand bytes.

    A lone surrogate becomes U+FFFD, which takes two bytes of UTF-16 as well, so offsets hold.
    """
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text, text_marks, source_marks = bytearray(), array("Q"), array("Q")
    is_replaced = False
    for position in range(start, len(data), _TRANSCODED_AT_ONCE):
        text_marks.append(len(text))
        source_marks.append(position - len(decoder.getstate()[0]))
        characters = decoder.decode(data[position : position + _TRANSCODED_AT_ONCE])
        is_replaced = is_replaced or "\ufffd" in characters
        text += characters.encode("utf-8")
    notes = [note] if note else []
    if decoder.getstate()[0]:
        notes.append(CUT_OFF_CHARACTER)
        text += _CUT_OFF_IN_UTF8
    if is_replaced:
        notes.append(REPLACED_CHARACTERS)
    utf8 = bytes(text)
    return Decoded(utf8, 0, encoding, _join_notes(notes, utf8), len(data), text_marks, source_marks)


def _join_notes(notes: list[str], text: bytes) -> str:
    return ", ".join([*notes, NUL_BYTES] if b"\0" in text else notes)
