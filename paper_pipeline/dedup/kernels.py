"""Kernels: folding, hashing and sketching of texts at machine speed. The only module with numba.

Data flow: Arrow string buffers -> word hashes -> keys and sketches.

Imported inside functions, never at the top of a module: numba takes half a second to import. The
compiled code is cached beside this file. What folds to what is decided in text.py; `fold_table`
only lays it out for the machine. What the numbers mean belongs in signatures.py.
"""

import unicodedata
from functools import cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from paper_pipeline.text import LATEX_STYLES, fold_character

# What its elements are says the signature that a kernel is compiled for.
Array = npt.NDArray[Any]

# Classes of code points in the table; anything larger is the folded code point itself.
VANISH, PART = 0, 1
# A code point that folds to several: FEW + place in the spelled-out table.
FEW = 1 << 24
# Beyond the table every character is a letter, and a word of its own (Chinese, Japanese ...).
TABLE_SIZE = 0x3100
# The other blocks that fold: compatibility forms, mathematical letters, and pictures.
OTHER_BLOCKS = ((0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F000, 0x1FB00))
FIRST_IDEOGRAPH = 0x2E80

_P1, _P2 = np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)
_SEED1, _SEED2 = np.uint64(0xCBF29CE484222325), np.uint64(0x2545F4914F6CDD1D)
_P3, _P4 = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F)
_P5 = np.uint64(0xE7037ED1A0B428DB)
_MASK = 0xFFFFFFFFFFFFFFFF
# Words of so many letters say what a text is about; with 50 of them a filter of 512 bits errs on 1
# word in 90, with 100 on 1 in 12.
TELLING_LETTERS, VOCABULARY_BITS = 5, 512
# One character of three bytes can fold to eighteen of two (U+FDFA).
FEW_BYTES = 13
# How much of a title's beginning and end makes a key; and where at the latest a colon ends a name.
EDGE, MOST_HEAD_BYTES = 16, 40
_ONE_OF_ASCII = 128

# Signs that LaTeX writes as words.
_NAMED = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψω∞×",
        (
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma "
            "tau upsilon phi chi psi omega infty times"
        ).split(),
        strict=True,
    )
)

# What ASCII characters do. KEPT characters are letters, digits and "+".
_KEPT, _PARTS, _VANISHES, _BACKSLASH, _BRACE, _HYPHEN, _POINT, _COMMA, _BEYOND = range(9)


@cache
def fold_table() -> tuple[Array, Array]:
    """The folding of text.py as arrays.

    Returns:
        For the code points of TABLE_SIZE and then of OTHER_BLOCKS what each folds to (uint32:
        VANISH, PART, a code point, or FEW + a place); and the spelled-out ones, each as its length
        and its code points.
    """
    codes = [*range(TABLE_SIZE), *(c for low, high in OTHER_BLOCKS for c in range(low, high))]
    table = np.zeros(len(codes), np.uint32)
    few = [0]
    for place, code in enumerate(codes):
        pieces = map(fold_character, unicodedata.normalize("NFKD", chr(code)))
        folded = "".join(_NAMED.get(piece, piece) for piece in pieces)
        folded = folded.replace(" ", "") or folded[:1]
        if not folded:
            table[place] = VANISH
        elif folded == " ":
            table[place] = PART
        elif len(folded) == 1:
            table[place] = ord(folded)
        else:
            table[place] = FEW + len(few)
            few += [len(folded), *map(ord, folded)]
    for code in (0x2019, 0x2018, 0x2010, 0x2011):
        table[code] = VANISH
    return table, np.array(few, np.uint32)


def _classes() -> Array:
    classes = np.full(256, _PARTS, np.uint8)
    classes[_ONE_OF_ASCII:] = _BEYOND
    for code in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+":
        classes[code] = _KEPT
    for code in b"}$^_'`":
        classes[code] = _VANISHES
    for code, kind in zip(b"\\{-.,", (_BACKSLASH, _BRACE, _HYPHEN, _POINT, _COMMA), strict=True):
        classes[code] = kind
    return classes


_CLASSES = _classes()


def _run_hash(name: str) -> int:
    h = int(_SEED1)
    for code in name.encode():
        h = ((h ^ code) * int(_P1)) & _MASK
    return h


_STYLES = np.sort(np.array([_run_hash(name) for name in LATEX_STYLES], np.uint64))
_LOWER = np.array([c + 32 if 65 <= c <= 90 else c for c in range(256)], np.uint8)
# The letter that a byte is, 0 where it is none.
_KEPT_AS = np.where(_CLASSES == _KEPT, _LOWER, 0).astype(np.uint8)


@numba.njit(inline="always")
def _mix(h: np.uint64) -> np.uint64:
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@numba.njit(inline="always")
def _word(h: np.uint64, letters: int) -> np.uint64:
    """The hash of a word; its last bit says whether the word is long enough to say something."""
    h ^= h >> np.uint64(32)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    mixed = h ^ (h >> np.uint64(29))
    if letters >= TELLING_LETTERS:
        return mixed | np.uint64(1)
    return mixed & ~np.uint64(1)


@numba.njit(inline="always")
def _rotate(h: np.uint64, bits: int) -> np.uint64:
    return (h << np.uint64(bits)) | (h >> np.uint64(64 - bits))


@numba.njit(inline="always")
def _fold(code: int, table: Array) -> int:
    if code < TABLE_SIZE:
        return table[code]
    if 0xF900 <= code < 0x10000:
        return table[TABLE_SIZE + code - 0xF900]
    if 0x1D400 <= code < 0x1D800:
        return table[TABLE_SIZE + 0x10000 - 0xF900 + code - 0x1D400]
    if 0x1F000 <= code < 0x1FB00:
        return table[TABLE_SIZE + 0x10000 - 0xF900 + 0x1D800 - 0x1D400 + code - 0x1F000]
    return code


@numba.njit(inline="always")
def _is_digit(byte: int) -> bool:
    return 48 <= byte <= 57


@numba.njit(inline="always")
def _is_letter(byte: int) -> bool:
    return 97 <= (byte | 32) <= 122


@numba.njit
def _is_style(run: np.uint64, styles: Array) -> bool:
    place = np.searchsorted(styles, run)
    return bool(place < len(styles) and styles[place] == run)


@numba.njit
def _put(out: Array, at: int, code: int) -> int:
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at], out[at + 1] = 0xC0 | (code >> 6), 0x80 | (code & 63)
        return at + 2
    if code < 0x10000:
        out[at], out[at + 1] = 0xE0 | (code >> 12), 0x80 | ((code >> 6) & 63)
        out[at + 2] = 0x80 | (code & 63)
        return at + 3
    out[at], out[at + 1] = 0xF0 | (code >> 18), 0x80 | ((code >> 12) & 63)
    out[at + 2], out[at + 3] = 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)
    return at + 4


@numba.njit
def _scan(
    data: Array,
    start: int,
    end: int,
    table: Array,
    few: Array,
    classes: Array,
    lower: Array,
    styles: Array,
    words: Array,
    out: Array,
    at: int,
) -> tuple[int, np.uint64, np.uint64, int, int]:
    """Folds one text: fills `words` with hashes, `out` from `at` on with the folded bytes.

    Returns:
        Count of words, two hashes over all that is kept without the spaces, count of what is kept,
        and the end of the folded bytes; `out` is left alone where it is empty.
    """
    writes = len(out) > 0
    first = at
    a, b, kept = _SEED1, _SEED2, 0
    h, letters, count = _SEED1, 0, 0
    # The run of ASCII letters we are in, and how all stood before it: a style macro is undone.
    run, run_letters = _SEED1, 0
    a0, b0, kept0, h0, letters0, at0 = a, b, 0, h, 0, at
    i = start
    while i < end:
        byte: int = data[i]
        parts = False
        code = 0
        if byte < 128:
            kind = classes[byte]
            if kind == _KEPT:
                code = lower[byte]
                i += 1
            else:
                if kind == _BACKSLASH:
                    following = data[i + 1] if i + 1 < end else 32
                    if _is_letter(following):
                        run_letters = 0
                        i += 1
                        run, a0, b0, kept0, h0, letters0, at0 = _SEED1, a, b, kept, h, letters, at
                        # The letters of the command's name are taken here, in one go.
                        j = i
                        while j < end and _is_letter(data[j]):
                            run = (run ^ np.uint64(data[j])) * _P1
                            j += 1
                        if _is_style(run, styles) or (j - i == 1 and j < end and data[j] == 123):
                            i = j
                        run_letters = 0
                        continue
                    # Of a sign of several bytes only the backslash before it goes.
                    i += 1 if following >= 128 else 2
                    if following == 92 or following == 44 or following == 59 or following == 32:
                        parts = True
                    else:
                        run_letters = 0
                        continue
                elif kind == _BRACE:
                    if run_letters > 3 and _is_style(run, styles):
                        a, b, kept, h, letters, at = a0, b0, kept0, h0, letters0, at0
                    run_letters = 0
                    i += 1
                    continue
                elif kind == _VANISHES:
                    run_letters = 0
                    i += 1
                    continue
                elif kind == _HYPHEN:
                    run_letters = 0
                    following = data[i + 1] if i + 1 < end else 32
                    i += 1
                    if following == 45:
                        parts = True
                        i += 1
                    elif letters and (following == 32 or following == 10):
                        after = data[i + 1] if i + 1 < end else 32
                        if 97 <= after <= 122:
                            i += 1
                            continue
                        parts = True
                    elif letters:
                        continue
                    else:
                        parts = True
                elif kind == _POINT or kind == _COMMA:
                    run_letters = 0
                    inside = (
                        letters > 0
                        and i + 1 < end
                        and _is_digit(data[i - 1])
                        and _is_digit(data[i + 1])
                    )
                    i += 1
                    if inside:
                        if kind == _COMMA:
                            continue
                        code = 46
                    else:
                        parts = True
                else:
                    parts = True
                    i += 1
        else:
            if byte < 0xE0:
                point = (byte & 0x1F) << 6 | (data[i + 1] & 63)
                i += 2
            elif byte < 0xF0:
                point = (byte & 0x0F) << 12 | (data[i + 1] & 63) << 6 | (data[i + 2] & 63)
                i += 3
            else:
                point = (
                    (byte & 0x07) << 18
                    | (data[i + 1] & 63) << 12
                    | (data[i + 2] & 63) << 6
                    | (data[i + 3] & 63)
                )
                i += 4
            folded = _fold(point, table)
            run_letters = 0
            if folded == VANISH:
                continue
            if folded == PART:
                parts = True
            elif folded >= FEW:
                place = folded - FEW
                for j in range(few[place]):
                    piece = few[place + 1 + j]
                    h = (h ^ np.uint64(piece)) * _P1
                    a = (a ^ np.uint64(piece)) * _P1
                    b = (b + np.uint64(piece)) * _P2
                    if writes:
                        if letters == 0 and at > first:
                            out[at] = 32
                            at += 1
                        at = _put(out, at, piece)
                    letters += 1
                    kept += 1
                continue
            elif FIRST_IDEOGRAPH <= folded < 0xA000 or folded >= 0x20000:
                if letters:
                    words[count] = _word(h, letters)
                    count += 1
                    h, letters = _SEED1, 0
                code = folded
            else:
                code = folded
        if parts:
            run_letters = 0
            if letters:
                words[count] = _word(h, letters)
                count += 1
                h, letters = _SEED1, 0
            continue
        if code < 128 and _is_letter(code):
            if run_letters == 0:
                run, a0, b0, kept0, h0, letters0, at0 = _SEED1, a, b, kept, h, letters, at
            run = (run ^ np.uint64(code)) * _P1
            run_letters += 1
        else:
            run_letters = 0
        if writes:
            if letters == 0 and at > first:
                out[at] = 32
                at += 1
            at = _put(out, at, code)
        h = (h ^ np.uint64(code)) * _P1
        a = (a ^ np.uint64(code)) * _P1
        b = (b + np.uint64(code)) * _P2
        letters += 1
        kept += 1
        if code >= FIRST_IDEOGRAPH:
            words[count] = _word(h, letters)
            count += 1
            h, letters = _SEED1, 0
    if letters:
        words[count] = _word(h, letters)
        count += 1
    return count, _mix(a), _mix(b), kept, at


@numba.njit
def _scan_words(
    data: Array,
    start: int,
    end: int,
    table: Array,
    few: Array,
    classes: Array,
    lower: Array,
    kept_as: Array,
    styles: Array,
    words: Array,
    none: Array,
) -> int:
    """The words that _scan finds in a text, found faster where it is plain ASCII.

    Returns:
        Count of words.
    """
    h, letters, count = _SEED1, 0, 0
    word = start
    i = start
    while i < end:
        if letters == 0:
            word = i
        while i < end and kept_as[data[i]]:
            h = (h ^ np.uint64(kept_as[data[i]])) * _P1
            letters += 1
            i += 1
        if i == end:
            break
        kind = classes[data[i]]
        if kind == _BACKSLASH or kind == _BRACE or kind == _BEYOND:
            # _scan takes over from the beginning of the word to the next space. At a space it
            # remembers nothing but a hyphen before it.
            while i < end and (data[i] != 32 or data[i - 1] == 45):
                i += 1
            count += _scan(
                data, word, i, table, few, classes, lower, styles, words[count:], none, 0
            )[0]
            h, letters = _SEED1, 0
            continue
        i += 1
        if kind == _VANISHES:
            continue
        if letters and i < end:
            following = data[i]
            if kind == _HYPHEN and following != 45:
                if following != 32 and following != 10:
                    continue
                after = data[i + 1] if i + 1 < end else 32
                if 97 <= after <= 122:
                    i += 1
                    continue
            elif (
                (kind == _POINT or kind == _COMMA)
                and _is_digit(data[i - 2])
                and _is_digit(following)
            ):
                if kind == _POINT:
                    h = (h ^ np.uint64(46)) * _P1
                    letters += 1
                continue
        if letters:
            words[count] = _word(h, letters)
            count += 1
            h, letters = _SEED1, 0
    if letters:
        words[count] = _word(h, letters)
        count += 1
    return count


@numba.njit
def _sort_uniform(values: Array, count: int, ordered: Array, buckets: Array) -> None:
    """Sorts hashes, which spread evenly: by their first six bits, then each into its place."""
    buckets[:] = 0
    for i in range(count):
        buckets[(values[i] >> np.uint32(26)) + 1] += 1
    for i in range(64):
        buckets[i + 1] += buckets[i]
    for i in range(count):
        bucket = values[i] >> np.uint32(26)
        ordered[buckets[bucket]] = values[i]
        buckets[bucket] += 1
    for i in range(1, count):
        value = ordered[i]
        place = i
        while place > 0 and ordered[place - 1] > value:
            ordered[place] = ordered[place - 1]
            place -= 1
        ordered[place] = value


_BYTES = numba.types.Array(numba.uint8, 1, "C", readonly=True)
_OFFSETS = numba.types.Array(numba.int32, 1, "C", readonly=True)


@numba.njit(inline="always")
def _key(h: np.uint64, kind: int) -> np.uint32:
    """A block key; 0 stands for none."""
    key = np.uint32(_mix(h ^ (np.uint64(kind) * _P3)) >> np.uint64(32))
    return key if key else np.uint32(1)


@numba.njit
def _widest(offsets: Array) -> int:
    widest = 0
    for r in range(len(offsets) - 1):
        widest = max(widest, offsets[r + 1] - offsets[r])
    return widest + 1


def find_bits(word: str) -> tuple[int, ...]:
    """The bits that a folded word sets in a vocabulary of VOCABULARY_BITS."""
    h = int(_SEED1)
    for code in word.encode() if word.isascii() else map(ord, word):
        h = ((h ^ code) * int(_P1)) & _MASK
    h = ((h ^ (h >> 32)) * 0xC4CEB9FE1A85EC53) & _MASK
    h = (h ^ (h >> 29)) | 1
    return tuple((((h >> 16 * i) & 0xFFFF) * VOCABULARY_BITS) >> 16 for i in range(4))


@numba.njit(
    numba.void(
        _BYTES, _OFFSETS, numba.uint32[::1], numba.uint32[::1],
        numba.uint64[:, ::1], numba.uint16[:, ::1], numba.uint8[::1], numba.uint16[::1],
        numba.uint32[:, ::1], numba.uint8[:, ::1],
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def sketch_texts(
    data: Array,
    offsets: Array,
    table: Array,
    few: Array,
    hashes: Array,
    sketches: Array,
    lengths: Array,
    counts: Array,
    keys: Array,
    vocabulary: Array,
) -> None:
    """Hashes and sketches texts.

    Args:
        data, offsets: Buffers of an Arrow string array of length n.
        table, few: As fold_table returns them.
        hashes: (n, 2), filled with a hash of the folded words; 0 where there are none.
        sketches: (n, k), filled with the first 16 bits of the k smallest 3-word shingles, rising.
        lengths: (n,), filled with how many of them there are.
        counts: (n,), filled with the count of distinct shingles, 65,535 at most.
        keys: (n, m), filled with the m smallest 5-word shingles; 0 where there are fewer.
        vocabulary: (n, VOCABULARY_BITS / 8), filled with a Bloom filter of the words that have
            TELLING_LETTERS or more: four bits a word, bit i in byte i // 8.
    """
    width = _widest(offsets)
    words = np.empty(width, np.uint64)
    shingles, ordered = np.empty(width, np.uint32), np.empty(width, np.uint32)
    buckets = np.empty(65, np.int32)
    none = np.empty(0, np.uint8)
    k, m = sketches.shape[1], keys.shape[1]
    for r in range(len(offsets) - 1):
        start, end = offsets[r], offsets[r + 1]
        count = _scan_words(
            data, start, end, table, few, _CLASSES, _LOWER, _KEPT_AS, _STYLES, words, none
        )
        if count == 0:
            continue
        a, b = _SEED1, _SEED2
        for w in range(count):
            a = (a ^ words[w]) * _P1
            b = (_rotate(b, 31) + words[w]) * _P2
        hashes[r, 0], hashes[r, 1] = _mix(a), _mix(b)
        for w in range(count):
            if words[w] & np.uint64(1):
                for i in range(4):
                    piece = (words[w] >> np.uint64(16 * i)) & np.uint64(0xFFFF)
                    bit = (piece * np.uint64(VOCABULARY_BITS)) >> np.uint64(16)
                    vocabulary[r, bit >> np.uint64(3)] |= np.uint8(1) << np.uint8(
                        bit & np.uint64(7)
                    )
        # Three words, or all there are; five words are two threes that share the middle one.
        span = min(3, count)
        found = count - span + 1
        # Sums of odd multiples of well mixed words: their upper halves spread evenly.
        if span == 3:
            for w in range(found):
                words[w] = words[w] * _P2 + words[w + 1] * _P3 + words[w + 2] * _P4
                shingles[w] = words[w] >> np.uint64(32)
        else:
            if span == 2:
                words[0] = words[0] * _P2 + words[1] * _P3
            shingles[0] = words[0] >> np.uint64(32)
        _sort_uniform(shingles, found, ordered, buckets)
        distinct, length = 0, 0
        for w in range(found):
            if w and ordered[w] == ordered[w - 1]:
                continue
            distinct += 1
            if length < k:
                top = np.uint16(ordered[w] >> np.uint32(16))
                if length == 0 or sketches[r, length - 1] != top:
                    sketches[r, length] = top
                    length += 1
        counts[r], lengths[r] = min(distinct, 65_535), length
        for w in range(max(found - 2, 1)):
            h = words[w] * _P5
            if found > 2:
                h += words[w + 2] * _P4
            key = max(np.uint32(h >> np.uint64(32)), np.uint32(1))
            if keys[r, m - 1] and key >= keys[r, m - 1]:
                continue
            place = 0
            while keys[r, place] and keys[r, place] < key:
                place += 1
            if keys[r, place] != key:
                for j in range(m - 1, place, -1):
                    keys[r, j] = keys[r, j - 1]
                keys[r, place] = key


@numba.njit
def _hash_ends(folded: Array, start: int, end: int, length: int) -> tuple[np.uint64, np.uint64]:
    """Hashes of the first and the last `length` bytes, spaces left out; 0 where there are fewer."""
    first, last = _SEED1, _SEED1
    seen = 0
    at = start
    while at < end and seen < length:
        if folded[at] != 32:
            first = (first ^ np.uint64(folded[at])) * _P1
            seen += 1
        at += 1
    if seen < length:
        return np.uint64(0), np.uint64(0)
    seen = 0
    at = end - 1
    while seen < length:
        if folded[at] != 32:
            last = (last ^ np.uint64(folded[at])) * _P1
            seen += 1
        at -= 1
    return first, last


@numba.njit(
    numba.int64(
        _BYTES, _OFFSETS, numba.uint32[::1], numba.uint32[::1], numba.uint8[::1],
        numba.int32[::1], numba.uint64[:, ::1], numba.uint8[::1], numba.uint32[:, ::1],
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def fold_titles(
    data: Array,
    offsets: Array,
    table: Array,
    few: Array,
    folded: Array,
    ends: Array,
    hashes: Array,
    counts: Array,
    keys: Array,
) -> int:
    """Folds and hashes titles.

    Args:
        data, offsets: Buffers of an Arrow string array of length n.
        table, few: As fold_table returns them.
        folded: Filled with the folded titles; FEW_BYTES times as long as the titles.
        ends: (n + 1,), filled with their offsets.
        hashes: (n, 2), filled with a hash of the folded title, spaces left out.
        counts: (n,), filled with the count of words, 255 at most.
        keys: (n, 6), filled with keys of: the whole title; its first and its last EDGE bytes; what
            stands before a colon; its two longest runs of three words. 0 where there is none.

    Returns:
        Length of `folded` in use.
    """
    width = _widest(offsets)
    words, none = np.empty(width, np.uint64), np.empty(0, np.uint8)
    starts = np.empty(width + 1, np.int64)
    at = 0
    ends[0] = 0
    for r in range(len(offsets) - 1):
        first = at
        start, end = offsets[r], offsets[r + 1]
        count, a, b, kept, at = _scan(
            data, start, end, table, few, _CLASSES, _LOWER, _STYLES, words, folded, at
        )
        ends[r + 1] = at
        counts[r] = min(count, 255)
        if kept == 0:  # signs alone: what distinguishes them is how they are written
            a, b = _SEED1, _SEED2
            for i in range(start, end):
                a = (a ^ np.uint64(data[i])) * _P1
                b = (b + np.uint64(data[i])) * _P2
            a, b = _mix(a), _mix(b)
        hashes[r, 0], hashes[r, 1] = a, b
        keys[r, 0] = _key(a, 1)
        prefix, suffix = _hash_ends(folded, first, at, EDGE)
        if prefix:
            keys[r, 1], keys[r, 2] = _key(prefix, 2), _key(suffix, 3)
        for i in range(start + 2, min(end - 1, start + MOST_HEAD_BYTES)):
            if data[i] == 58 and data[i + 1] == 32:
                _, a, _, kept, _ = _scan(
                    data, start, i, table, few, _CLASSES, _LOWER, _STYLES, words[count:], none, 0
                )
                if kept > 2:
                    keys[r, 3] = _key(a, 4)
                break
        # Words as they stand in `folded`: ideographs are words without spaces between them.
        found = 0
        starts[0] = first
        for i in range(first, at):
            if folded[i] == 32:
                found += 1
                starts[found] = i + 1
        found += 1
        starts[found] = at + 1
        best, second = 0, 0
        best_key, second_key = np.uint32(0), np.uint32(0)
        for w in range(found - 2 if found > 3 else 0):
            length = starts[w + 3] - starts[w]
            h = _SEED1
            for i in range(starts[w], starts[w + 3] - 1):
                h = (h ^ np.uint64(folded[i])) * _P1
            key = _key(h, 5)
            if length > best or (length == best and key < best_key):
                second, second_key = best, best_key
                best, best_key = length, key
            elif length > second or (length == second and key < second_key):
                second, second_key = length, key
        keys[r, 4], keys[r, 5] = best_key, second_key
    return at


@numba.njit(
    numba.void(
        _BYTES, _OFFSETS, _OFFSETS, numba.uint32[::1], numba.uint32[::1],
        numba.uint16[:, ::1], numba.uint8[::1],
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def hash_surnames(
    data: Array,
    offsets: Array,
    lists: Array,
    table: Array,
    few: Array,
    surnames: Array,
    counts: Array,
) -> None:
    """Hashes the surnames of authors: the last word of a name, or the first before a comma.

    Args:
        data, offsets: Buffers of an Arrow array of names.
        lists: Offsets into the names, of an Arrow list array of length n.
        table, few: As fold_table returns them.
        surnames: (n, k), filled with the k smallest hashes, rising.
        counts: (n,), filled with how many there are.
    """
    words, none = np.empty(_widest(offsets), np.uint64), np.empty(0, np.uint8)
    k = surnames.shape[1]
    for r in range(len(lists) - 1):
        length = 0
        for name in range(lists[r], lists[r + 1]):
            start, end = offsets[name], offsets[name + 1]
            for i in range(start, end):
                if data[i] == 44:
                    end = i
                    break
            count = _scan(data, start, end, table, few, _CLASSES, _LOWER, _STYLES, words, none, 0)[
                0
            ]
            if count == 0:
                continue
            value = np.uint16(words[count - 1] >> np.uint64(48))
            place = 0
            while place < length and surnames[r, place] < value:
                place += 1
            if place == k or (place < length and surnames[r, place] == value):
                continue
            length = min(length + 1, k)
            for j in range(length - 1, place, -1):
                surnames[r, j] = surnames[r, j - 1]
            surnames[r, place] = value
        counts[r] = length


@numba.njit(
    numba.void(_BYTES, _OFFSETS, numba.uint64[:, ::1]), nogil=True, cache=True
)  # fmt: skip
def hash_strings(data: Array, offsets: Array, hashes: Array) -> None:
    """Hashes strings as they stand into (n, 2); an empty string gives 0."""
    for r in range(len(offsets) - 1):
        if offsets[r] == offsets[r + 1]:
            continue
        a, b = _SEED1, _SEED2
        for i in range(offsets[r], offsets[r + 1]):
            a = (a ^ np.uint64(data[i])) * _P1
            b = (b + np.uint64(data[i])) * _P2
        hashes[r, 0], hashes[r, 1] = _mix(a), _mix(b)


@numba.njit(
    numba.int64(
        numba.int64[::1], numba.int64[::1], numba.uint32[::1], numba.boolean[::1], numba.uint64[::1]
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def pair_groups(starts: Array, ends: Array, nodes: Array, is_seed: Array, pairs: Array) -> int:
    """Pairs within groups of nodes.

    Args:
        starts, ends: Where each group begins and ends in `nodes`.
        nodes: Node numbers, group by group.
        is_seed: For every place in `nodes`: of a pair, one at least must be a seed.
        pairs: Filled with pairs, the smaller number in the upper half; when empty, only counted.

    Returns:
        The count of pairs.
    """
    count = 0
    for g in range(len(starts)):
        for i in range(starts[g], ends[g]):
            for j in range(i + 1, ends[g]):
                if (is_seed[i] or is_seed[j]) and nodes[i] != nodes[j]:
                    if len(pairs):
                        low, high = min(nodes[i], nodes[j]), max(nodes[i], nodes[j])
                        pairs[count] = (np.uint64(low) << np.uint64(32)) | np.uint64(high)
                    count += 1
    return count


@numba.njit(
    numba.int64(numba.uint32[:, ::1], numba.uint32[::1], numba.uint64[::1]), nogil=True, cache=True
)  # fmt: skip
def list_keys(keys: Array, nodes: Array, entries: Array) -> int:
    """Puts the keys of nodes, 0 left out, into entries: the key in the upper half.

    Returns:
        The count of entries; there may be as many as keys.
    """
    count = 0
    for r in range(len(nodes)):
        for k in range(keys.shape[1]):
            if keys[r, k]:
                entries[count] = (np.uint64(keys[r, k]) << np.uint64(32)) | np.uint64(nodes[r])
                count += 1
    return count


@numba.njit(
    numba.types.UniTuple(numba.int64, 2)(
        numba.uint64[::1], numba.uint32[::1], numba.int64[::1], numba.uint32[::1]
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def group_keys(entries: Array, keys: Array, bounds: Array, nodes: Array) -> tuple[int, int]:
    """Groups entries as list_keys makes them, sorted, by their keys.

    Args:
        entries: (e,) a key and a node each; of equal ones all but the first are left out.
        keys: Filled with the keys, each once.
        bounds: Filled with the places in `nodes` where those of each key begin, and the last ends.
        nodes: Filled with the nodes, key by key.

    Returns:
        The counts of keys and of nodes.
    """
    groups, count = 0, 0
    for e in range(len(entries)):
        if e and entries[e] == entries[e - 1]:
            continue
        key = np.uint32(entries[e] >> np.uint64(32))
        if groups == 0 or keys[groups - 1] != key:
            keys[groups], bounds[groups] = key, count
            groups += 1
        nodes[count] = np.uint32(entries[e])
        count += 1
    bounds[groups] = count
    return groups, count


@numba.njit(inline="always")
def _find_root(parents: Array, node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@numba.njit(
    numba.void(numba.int64[::1], numba.int64[::1], numba.int64[::1]), nogil=True, cache=True
)  # fmt: skip
def label_components(left: Array, right: Array, labels: Array) -> None:
    """Fills `labels` with the component of every node of a graph, numbered by their first nodes."""
    parents = np.arange(len(labels))
    for e in range(len(left)):
        one, other = _find_root(parents, left[e]), _find_root(parents, right[e])
        parents[max(one, other)] = min(one, other)
    count = 0
    for node in range(len(labels)):
        root = _find_root(parents, node)
        if root == node:
            labels[node] = count
            count += 1
        else:
            labels[node] = labels[root]


@numba.njit(inline="always")
def _count_bits(v: np.uint64) -> np.uint64:
    v -= (v >> np.uint64(1)) & np.uint64(0x5555555555555555)
    v = (v & np.uint64(0x3333333333333333)) + ((v >> np.uint64(2)) & np.uint64(0x3333333333333333))
    v = (v + (v >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (v * np.uint64(0x0101010101010101)) >> np.uint64(56)


# What a Bloom filter with so many bits set holds, in units of its size.
_CONTENT = np.append(-np.log(1.0 - np.arange(VOCABULARY_BITS) / VOCABULARY_BITS), np.inf)


@numba.njit
def _share_words(one: Array, other: Array) -> float:
    """The Jaccard similarity of two Bloom filters' contents (Swamidass and Baldi, 2007)."""
    ours, theirs, both = 0, 0, 0
    for i in range(len(one)):
        ours += _count_bits(one[i])
        theirs += _count_bits(other[i])
        both += _count_bits(one[i] | other[i])
    if ours == 0 or theirs == 0 or both == VOCABULARY_BITS:
        return 0.0
    union = _CONTENT[both]
    shared = _CONTENT[ours] + _CONTENT[theirs] - union
    return max(0.0, shared / union)


@numba.njit(
    numba.void(_BYTES, _OFFSETS, numba.int64[::1], numba.int64[::1], numba.float32[::1]),
    nogil=True,
    cache=True,
)  # fmt: skip
def bound_titles(data: Array, offsets: Array, left: Array, right: Array, bounds: Array) -> None:
    """Fills (p,) `bounds` with how alike titles can be at most, whatever the order of the words.

    Two texts have no longer common subsequence than they have letters in common, so this is no
    less than their normalised Indel similarity. Beyond ASCII it is 1.

    Args:
        data, offsets: Buffers of an Arrow array of folded titles.
        left, right: (p,) places in it.
        bounds: (p,), to be filled.
    """
    counts = np.zeros(256, np.int32)
    for p in range(len(left)):
        ours, theirs = offsets[left[p]], offsets[right[p]]
        our_end, their_end = offsets[left[p] + 1], offsets[right[p] + 1]
        shared, is_ascii = 0, True
        for i in range(ours, our_end):
            counts[data[i]] += 1
            is_ascii &= data[i] < 128
        for i in range(theirs, their_end):
            shared += counts[data[i]] > 0
            counts[data[i]] -= 1
            is_ascii &= data[i] < 128
        counts[:] = 0
        length = our_end - ours + their_end - theirs
        bounds[p] = 2.0 * shared / length + 1e-6 if is_ascii and length else 1.0


@numba.njit
def _count_shared(one: Array, other: Array, first: int, second: int) -> int:
    """How many values two rising lists share."""
    i, j, shared = 0, 0, 0
    while i < first and j < second:  # without branches: nobody could predict them
        a, b = one[i], other[j]
        shared += a == b
        i += a <= b
        j += b <= a
    return shared


@numba.njit
def _count_below(values: Array, count: int, limit: np.uint16) -> int:
    """How many values of a rising list are not above a limit."""
    found = 0
    while found < count and values[found] <= limit:
        found += 1
    return found


@numba.njit(
    numba.void(
        numba.int64[::1], numba.int64[::1],
        numba.uint16[:, ::1], numba.uint8[::1], numba.uint64[:, ::1],
        numba.uint16[:, ::1], numba.uint8[::1], numba.float32[:, ::1],
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def compare_sketches(
    left: Array,
    right: Array,
    sketches: Array,
    lengths: Array,
    vocabularies: Array,
    surnames: Array,
    name_counts: Array,
    features: Array,
) -> None:
    """Compares pairs by their sketches.

    Args:
        left, right: (p,), rows of the arrays that follow.
        sketches, lengths: As sketch_texts fills them.
        surnames, name_counts: As hash_surnames fills them.
        vocabularies: As sketch_texts fills them, eight bytes in one.
        features: (p, 7), filled with: the share of shingles in common (Jaccard), the share of the
            smaller text's shingles that the other holds (containment), how many shingles of the
            smaller text that rests on; the share of the shorter list's surnames in common (-1 when
            either has none); the share of all longer words that both texts use; the
            share of all surnames that both lists hold, and how many that is.
    """
    k = sketches.shape[1]
    for p in range(len(left)):
        x: int = left[p]
        y: int = right[p]
        n, m = lengths[x], lengths[y]
        features[p, :3] = 0.0
        if n and m:
            # A sketch that is full was cut off: it says nothing of what lies beyond its end.
            limit = np.uint16(65_535)
            if n == k:
                limit = min(limit, sketches[x, k - 1])
            if m == k:
                limit = min(limit, sketches[y, k - 1])
            i = _count_below(sketches[x], n, limit)
            j = _count_below(sketches[y], m, limit)
            shared = _count_shared(sketches[x], sketches[y], i, j)
            smaller = min(i, j)
            features[p, 0] = shared / (i + j - shared) if shared else 0.0
            features[p, 1] = shared / smaller if shared else 0.0
            features[p, 2] = smaller
        features[p, 3], features[p, 5], features[p, 6] = -1.0, -1.0, 0.0
        features[p, 4] = _share_words(vocabularies[x], vocabularies[y])
        if name_counts[x] and name_counts[y]:
            shared = _count_shared(surnames[x], surnames[y], name_counts[x], name_counts[y])
            features[p, 3] = shared / min(name_counts[x], name_counts[y])
            features[p, 5] = shared / (np.int64(name_counts[x]) + name_counts[y] - shared)
            features[p, 6] = shared
