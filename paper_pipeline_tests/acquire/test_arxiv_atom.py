"""What an answer of arXiv says, and what is no answer."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paper_pipeline.acquire.arxiv_atom import ArxivPaper, AtomError, Feed, parse_feed
from paper_pipeline_tests.corpus import ROOT
from paper_pipeline_tests.replay import ATOM_ERROR, OUTAGE_PAGE, atom_feed, generate_arxiv_entry

REAL = ROOT.parent / "shared" / "samples" / "arxiv_atom"
NO_REAL = "arXiv's real answers are not beside this checkout (../shared/samples/arxiv_atom)"

FULL = """<entry>
  <id>http://arxiv.org/abs/2501.00042v3</id>
  <title>Sparse  Rivers:\n    Routing &lt;$k$&gt; Tokens</title>
  <updated>2025-05-02T08:00:00Z</updated>
  <published>2025-01-01T09:30:00+02:00</published>
  <link href="https://arxiv.org/abs/2501.00042v3" rel="alternate" type="text/html"/>
  <summary>Not kept.</summary>
  <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
  <category term="cond-mat.dis-nn" scheme="http://arxiv.org/schemas/atom"/>
  <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
  <category term="68T07" scheme="http://arxiv.org/schemas/atom"/>
  <category term="I.2.7" scheme="http://arxiv.org/schemas/atom"/>
  <category scheme="http://arxiv.org/schemas/atom"/>
  <arxiv:primary_category term="cs.LG"/>
  <arxiv:comment>This paper has been withdrawn:\n an error in Lemma 2</arxiv:comment>
  <arxiv:journal_ref>J. Rivers 12 (2025)</arxiv:journal_ref>
  <arxiv:doi>10.1000/RIVERS.7 10.1000/other</arxiv:doi>
  <author><name>Zoë  Lund</name><arxiv:affiliation>Quarry Labs</arxiv:affiliation></author>
  <author><name>Qwen</name></author>
  <author><name> </name></author>
  <author/>
</entry>"""


def entry(address: str, inside: str = "") -> str:
    return f"<entry><id>{address}</id>{inside}</entry>"


def test_a_whole_entry() -> None:
    assert parse_feed(atom_feed(FULL)) == Feed(
        {
            "2501.00042": ArxivPaper(
                arxiv_id="2501.00042",
                arxiv_version=3,
                title="Sparse Rivers: Routing <$k$> Tokens",
                authors=("Zoë Lund", "Qwen"),
                primary_category="cs.LG",
                categories=("cs.LG", "cond-mat.dis-nn"),
                submitted_at=datetime(2025, 1, 1, 7, 30, tzinfo=UTC),
                updated_at=datetime(2025, 5, 2, 8, 0, tzinfo=UTC),
                doi="10.1000/rivers.7",
                journal_reference="J. Rivers 12 (2025)",
                comment="This paper has been withdrawn: an error in Lemma 2",
            )
        },
        total_count=1,
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://arxiv.org/abs/2501.00042v1", ArxivPaper("2501.00042", 1)),
        ("https://arxiv.org/abs/2501.00042v12", ArxivPaper("2501.00042", 12)),
        ("http://arxiv.org/abs/2501.00042", ArxivPaper("2501.00042")),
        ("http://arxiv.org/abs/hep-th/9901001v2", ArxivPaper("hep-th/9901001", 2)),
        ("http://arxiv.org/abs/math.GT/0309136v1", ArxivPaper("math/0309136", 1)),
    ],
)
def test_a_bare_entry_is_a_paper_of_which_little_is_known(
    address: str, expected: ArxivPaper
) -> None:
    assert parse_feed(atom_feed(entry(address))).papers == {expected.arxiv_id: expected}


@pytest.mark.parametrize(
    ("inside", "field", "expected"),
    [
        ("<title/>", "title", None),
        ("<title> \n </title>", "title", None),
        ("<title>0</title>", "title", "0"),
        (f"<title>{'x' * 5000}</title>", "title", "x" * 1000),
        ("<title xmlns='http://other.example/'>Elsewhere</title>", "title", None),
        ("<a:title xmlns:a='http://www.w3.org/2005/Atom'>Here</a:title>", "title", "Here"),
        ("<title><![CDATA[A <b> & c]]></title>", "title", "A <b> & c"),
        ("<published>yesterday</published>", "submitted_at", None),
        ("<published>0001-01-01T00:00:00+09:00</published>", "submitted_at", None),
        ("<published>2025-01-01T00:00:00</published>", "submitted_at", datetime(2025, 1, 1)),
        ("<arxiv:doi>see the journal</arxiv:doi>", "doi", None),
        ("<arxiv:doi>in press 10.1000/a</arxiv:doi>", "doi", "10.1000/a"),
        ("<arxiv:comment> </arxiv:comment>", "comment", None),
        ("<comment>of no namespace of arXiv's</comment>", "comment", None),
        ("<category term=''/>", "categories", ()),
        ("<arxiv:primary_category/>", "primary_category", None),
        ("<arxiv:primary_category term='q-bio.QM'/>", "primary_category", "q-bio.QM"),
    ],
)
def test_fields_that_are_missing_or_odd(inside: str, field: str, expected: object) -> None:
    feed = parse_feed(atom_feed(entry("http://arxiv.org/abs/2501.00042v1", inside)))
    if isinstance(expected, datetime):
        expected = expected.replace(tzinfo=UTC)
    assert getattr(feed.papers["2501.00042"], field) == expected


def test_several_entries_in_any_order_the_newer_version_of_two() -> None:
    addresses = [f"http://arxiv.org/abs/{i}" for i in ("2501.00042v2", "1501.00001v1")]
    addresses += [f"http://arxiv.org/abs/2501.00042{v}" for v in ("v4", "v3", "")]
    for order in (addresses, addresses[::-1]):
        papers = parse_feed(atom_feed(*map(entry, order))).papers
        assert {i: p.arxiv_version for i, p in papers.items()} == {
            "2501.00042": 4,
            "1501.00001": 1,
        }


@pytest.mark.parametrize("bad", [entry("http://arxiv.org/abs/none"), "<entry/>", entry("")])
def test_entries_without_an_arxiv_id_are_counted(bad: str) -> None:
    feed = parse_feed(atom_feed(bad, generate_arxiv_entry("2501.00042")))
    assert (list(feed.papers), feed.unreadable_count) == (["2501.00042"], 1)


@pytest.mark.parametrize(
    ("total", "expected"), [("7", 7), (" 7\n", 7), ("", 0), ("-1", 0), ("many", 0), ("9" * 99, 0)]
)
def test_the_number_of_papers_that_arxiv_counts(total: str, expected: int) -> None:
    feed = atom_feed().replace(b">0<", f">{total}<".encode())
    assert parse_feed(feed) == Feed({}, total_count=expected)


def test_an_error_entry_is_a_refusal_whatever_else_is_there() -> None:
    feed = parse_feed(atom_feed(generate_arxiv_entry("2501.00042"), ATOM_ERROR.format("x")))
    assert feed == Feed({}, refusal="incorrect id format for x")
    bare = parse_feed(atom_feed(entry("http://arxiv.org/api/errors#start_must_be_an_integer")))
    assert bare.refusal == "http://arxiv.org/api/errors#start_must_be_an_integer"


WHOLE = atom_feed(FULL)
# Each name is ten of the one before: a billion of them from a kilobyte.
BOMB = "<!DOCTYPE feed [<!ENTITY e0 'ha'>" + "".join(
    f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "whole XML"),
        (b"null", "whole XML"),
        (b'{"error": "x"}', "whole XML"),
        (OUTAGE_PAGE, "whole XML"),
        (OUTAGE_PAGE.replace(b"doctype", b"DOCTYPE"), "no document type"),
        (b"<html><body/></html>", "Atom feed, found <html>"),
        (b"<feed/>", "Atom feed, found <feed>"),  # of no namespace
        (b"<rss version='2.0'/>", "Atom feed, found <rss>"),
        (WHOLE[: len(WHOLE) // 2], "whole XML"),
        (WHOLE[:-9], "whole XML"),
        (WHOLE + WHOLE, "whole XML"),
        (WHOLE.replace(b"Sparse", b"\xff\xfe"), "expected UTF-8"),
        (WHOLE.decode().encode("utf-16"), "expected UTF-8"),
        (WHOLE.replace(b"Sparse", b"\0"), "whole XML"),
        (WHOLE.replace(b"Sparse", b"&nbsp;"), "undefined entity"),
        (WHOLE.replace(b"Sparse", b"R & D"), "whole XML"),
        (WHOLE.replace(b"arxiv:doi", b"other:doi"), "unbound prefix"),
        ((BOMB + "]>" + WHOLE.decode().partition("?>")[2]).encode(), "no document type"),
        (
            b"<!DOCTYPE feed [<!ENTITY f SYSTEM 'file:///etc/hostname'>]>"
            + WHOLE.partition(b"?>")[2].replace(b"Sparse", b"&f;"),
            "no document type",
        ),
        (b"<!DOCTYPE feed SYSTEM 'http://other.example/a.dtd'><feed/>", "no document type"),
        # A document type in an encoding that only the declaration tells of.
        (b"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE feed+AD4-<feed/>", "whole XML"),
    ],
)
def test_what_is_no_feed(body: bytes, words: str) -> None:
    before = time.monotonic()
    with pytest.raises(AtomError, match=words):
        parse_feed(body)
    assert time.monotonic() - before < 1


def test_a_declared_encoding_is_not_believed() -> None:
    declared = WHOLE.replace(b'"UTF-8"', b'"ISO-8859-1"')
    assert parse_feed(declared) == parse_feed(WHOLE) == parse_feed(b"\xef\xbb\xbf" + WHOLE)


def test_depth_is_no_danger() -> None:
    deep = b"<a>" * 200_000 + b"</a>" * 200_000
    feed = parse_feed(atom_feed(entry("http://arxiv.org/abs/2501.00042v1", deep.decode())))
    assert list(feed.papers) == ["2501.00042"]


@given(st.integers(0, len(WHOLE) - 2))
def test_half_an_answer_is_never_an_answer(end: int) -> None:
    with pytest.raises(AtomError):
        parse_feed(WHOLE[:end].rstrip())


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=12))
@example(0, b"\xfe\xff")
def test_damage_is_named_or_harmless(at: int, bytes_: bytes) -> None:
    try:
        papers = parse_feed(WHOLE[:at] + bytes_ + WHOLE[at + len(bytes_) :]).papers
    except AtomError:
        return
    assert len(papers) <= 1


@pytest.mark.skipif(not REAL.is_dir(), reason=NO_REAL)
@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("0000.0000", {}),
        ("0808.05394", {}),
        ("0808.05394_1707.08567", {"1707.08567": 1}),
        ("1605.08386", {"1605.08386": 1}),
        ("1707.08567", {"1707.08567": 1}),
        ("2104.12255v1", {"2104.12255": 1}),
        ("astro-ph_0601001", {"astro-ph/0601001": 1}),
        ("quant-ph_0201082v1", {"quant-ph/0201082": 1}),
    ],
)
def test_real_answers(name: str, versions: dict[str, int]) -> None:
    feed = parse_feed((REAL / f"{name}_s0_m100.xml").read_bytes())
    assert {i: p.arxiv_version for i, p in feed.papers.items()} == versions
    assert (feed.total_count, feed.unreadable_count, feed.refusal) == (len(versions), 0, "")
    for paper in feed.papers.values():
        assert paper.title
        assert paper.authors
        assert paper.primary_category in paper.categories
        assert paper.submitted_at
        assert paper.updated_at
        assert paper.submitted_at <= paper.updated_at


@pytest.mark.skipif(not REAL.is_dir(), reason=NO_REAL)
def test_real_fields_and_a_real_refusal() -> None:
    paper = parse_feed((REAL / "1605.08386_s0_m100.xml").read_bytes()).papers["1605.08386"]
    assert paper.categories == ("math.CO", "math.ST")
    assert len(paper.authors) == 2
    assert paper.comment == "20 pages, 3 figures"
    assert paper.updated_at == datetime(2016, 5, 26, 17, 59, 46, tzinfo=UTC)
    assert parse_feed((REAL / "abc_s0_m100.xml").read_bytes()).refusal == (
        "incorrect id format for abc"
    )
