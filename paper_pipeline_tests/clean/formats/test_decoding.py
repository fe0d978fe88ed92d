"""What every encoding comes to, and that offsets lead back to the bytes of the dump."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paper_pipeline.clean.formats.decoding import decode_dump

TEXT = "Größe · 5 authors • 日本 𝔘 end\n"


@pytest.mark.parametrize(
    ("data", "encoding", "note", "text"),
    [
        pytest.param(b"", "utf-8", "", "", id="empty"),
        pytest.param(TEXT.encode(), "utf-8", "", TEXT, id="utf-8"),
        pytest.param(b"\xef\xbb\xbf" + TEXT.encode(), "utf-8", "", TEXT, id="utf-8 mark"),
        pytest.param(b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le", "", TEXT, id="le mark"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be", "", TEXT, id="be mark"),
        pytest.param(TEXT.encode("utf-16-le"), "utf-16-le", "", TEXT, id="le without mark"),
        pytest.param(TEXT.encode("utf-16-be"), "utf-16-be", "", TEXT, id="be without mark"),
        pytest.param(b"Gr\xf6\xdfe", "latin-1", "latin-1 fallback", "Größe", id="latin-1"),
        pytest.param("5 •".encode()[:-1], "utf-8", "cut_off_character", "5 ", id="utf-8 cut"),
        pytest.param("5 𝔘".encode()[:-3], "utf-8", "cut_off_character", "5 ", id="utf-8 cut more"),
        pytest.param(
            "ab\n".encode("utf-16")[:-1], "utf-16-le", "cut_off_character", "ab", id="utf-16 odd"
        ),
        pytest.param(
            "abc𝔘".encode("utf-16")[:-2], "utf-16-le", "cut_off_character", "abc", id="half a pair"
        ),
        pytest.param(
            b"\xff\xfea\0\0\xd8b\0", "utf-16-le", "replaced_characters", "a\ufffdb", id="lone half"
        ),
        pytest.param(b"a\0b", "utf-8", "nul_bytes", "ab", id="nul in utf-8"),
        pytest.param(
            b"a\0\xf6", "latin-1", "latin-1 fallback, nul_bytes", "aö", id="nul in latin-1"
        ),
        pytest.param(b"\0\0\0\0", "utf-8", "nul_bytes", "", id="only nuls"),
        pytest.param(b"\xc3(", "latin-1", "latin-1 fallback", "Ã(", id="not a cut off character"),
    ],
)
def test_reads_encoding(data: bytes, encoding: str, note: str, text: str) -> None:
    decoded = decode_dump(data)
    assert (decoded.encoding, decoded.note) == (encoding, note)
    assert decoded.read_text(decoded.start, len(decoded.text)) == text
    assert decoded.find_source_offset(len(decoded.text)) == len(data)


def test_does_not_copy_utf8() -> None:
    data = TEXT.encode()
    assert decode_dump(data).text is data


def test_checks_utf8_across_its_chunks() -> None:
    data = b"x" * 65_535 + "é".encode() * 100_000
    assert decode_dump(data).encoding == "utf-8"
    assert decode_dump(data + b"\xff.").encoding == "latin-1"


@pytest.mark.parametrize(
    "blank", [b"", b" \r\n\t", b"\0\0\0", b"\xc2\xa0\n", b"\xef\xbb\xbf", b"\xff\xfe \0"]
)
def test_blank(blank: bytes) -> None:
    assert decode_dump(blank).is_blank
    assert not decode_dump(blank + "a\n".encode("utf-16-le")).is_blank


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_offsets_lead_back(encoding: str) -> None:
    text = ("Größe und Maß, " * 40 + "ÿ\n") * 60
    if encoding.startswith("utf"):
        text = text.replace("Maß", "数 𝔘")
    data = text.encode(encoding)
    decoded = decode_dump(data)
    for place in range(0, len(text), 97):
        offset = decoded.start + len(text[:place].encode())
        expected = len(text[:place].encode(encoding))
        if not place and encoding in {"utf-8-sig", "utf-16"}:
            continue  # the mark stands before the first character
        assert decoded.find_source_offset(offset) == expected


@example(b"\xfe\xff")
@example(b"")
@given(st.binary())
def test_any_bytes_decode(data: bytes) -> None:
    decoded = decode_dump(data)
    assert decoded.find_source_offset(len(decoded.text)) == len(data)
    decoded.read_text(decoded.start, len(decoded.text))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-8-sig", "utf-16"]))
def test_marked_text_comes_back(text: str, encoding: str) -> None:
    decoded = decode_dump(text.encode(encoding))
    assert decoded.read_text(decoded.start, len(decoded.text)) == text.replace("\0", "")
