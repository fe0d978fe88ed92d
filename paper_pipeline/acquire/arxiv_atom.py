"""arXiv's Atom: reads an answer of the export API.

Data flow: bytes of an answer -> Feed (papers as arXiv describes them, or what it complains of).

Pure: who is asked, how often and what becomes of the papers stands in arxiv_metadata.py. The
format is that of https://info.arxiv.org/help/api/user-manual.html, section 3.3.

The parser is the standard library's. What makes XML from outside dangerous are declared entities,
and those need a document type: no feed has one, so an answer that does is refused unread, in the
one encoding that arXiv uses, before any parser sees it. defusedxml does no more, and its last
release is of 2021; lxml would be a large dependency for one small format.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from paper_pipeline.identifiers import normalise_doi, parse_arxiv_id
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.columns import MOST_AUTHORS, MOST_TITLE_CHARACTERS

NAMESPACES = {
    "": "http://www.w3.org/2005/Atom",
    "arxiv": "http://arxiv.org/schemas/atom",
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
}
FEED = f"{{{NAMESPACES['']}}}feed"
# In place of papers, an error comes as an entry with an id such as
# https://arxiv.org/api/errors#incorrect_id_format_for_x.
ERRORS = "/api/errors#"
# Comments and journal references of real papers are under 1,000 characters, names under 100.
MOST_CHARACTERS = 2_000
_CATEGORY = re.compile(BY_NAME["arxiv_metadata"].column("primary_category").pattern or "")


class AtomError(ValueError):
    """An answer is no Atom feed that may be read."""


@dataclass(frozen=True, slots=True)
class ArxivPaper:
    """A paper as arXiv describes it; what an answer leaves out or gives unreadably is missing.

    The fields are columns of arxiv_metadata.

    Attributes:
        arxiv_id: Without version.
        arxiv_version: The version described, the newest unless another was asked for.
        title: White space folded, LaTeX as it was entered.
        authors: Names, in order.
        primary_category: For example `cs.CL`.
        categories: All categories, the primary one among them.
        submitted_at: Of the first version.
        updated_at: Of the version described.
        doi: Of the published article, in lower case; the first where there are several.
        journal_reference: Where it was published, in words.
        comment: The authors' comment.
    """

    arxiv_id: str
    arxiv_version: int | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    primary_category: str | None = None
    categories: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    updated_at: datetime | None = None
    doi: str | None = None
    journal_reference: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What an answer holds.

    Attributes:
        papers: By arXiv id; of two entries for one id, the newer version.
        total_count: How many papers arXiv says there are, 0 where it does not say.
        unreadable_count: Entries without an arXiv id.
        refusal: What arXiv says is wrong with the request; empty where nothing is.
    """

    papers: dict[str, ArxivPaper]
    total_count: int = 0
    unreadable_count: int = 0
    refusal: str = ""


def parse_feed(body: bytes) -> Feed:
    """Reads an answer.

    Args:
        body: The answer, whole. Its size is for who fetches it to limit.

    Raises:
        AtomError: It is no feed (an outage page, half a feed, nothing), not in UTF-8, or has a
            document type.
    """
    feed = _parse_xml(body)
    if feed.tag != FEED:
        raise AtomError(f"expected an Atom feed, found <{feed.tag[:80]}>")
    papers: dict[str, ArxivPaper] = {}
    unreadable_count = 0
    for entry in feed.iterfind("entry", NAMESPACES):
        address = _text(entry, "id") or ""
        if ERRORS in address:
            return Feed({}, refusal=_text(entry, "summary") or address)
        paper = _read_paper(entry, address)
        if paper is None:
            unreadable_count += 1
            continue
        other = papers.get(paper.arxiv_id)
        if other is None or (other.arxiv_version or 0) < (paper.arxiv_version or 0):
            papers[paper.arxiv_id] = paper
    total = _text(feed, "opensearch:totalResults") or ""
    total_count = int(total) if re.fullmatch("[0-9]{1,9}", total) else 0
    return Feed(papers, total_count, unreadable_count)


def _parse_xml(body: bytes) -> ElementTree.Element:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AtomError(f"expected UTF-8, found {error.object[error.start :][:4]!r}") from None
    if "<!DOCTYPE" in text:
        raise AtomError("expected no document type, found one: it could declare entities")
    # Without a document type there are no entities but the five of XML itself. The encoding is
    # given, so that none the answer declares can make other text of what was just looked at.
    parser = ElementTree.XMLParser(encoding="utf-8")  # noqa: S314
    try:
        parser.feed(text.encode())
        return parser.close()
    except (ElementTree.ParseError, ValueError) as error:
        raise AtomError(f"expected whole XML, found {body[:40]!r}...: {error}") from None


def _read_paper(entry: ElementTree.Element, address: str) -> ArxivPaper | None:
    found = parse_arxiv_id(address)
    if found is None:
        return None
    names = [_folded(name.text) for name in entry.iterfind("author/name", NAMESPACES)]
    primary = _categories(entry, "arxiv:primary_category")
    dois = (_text(entry, "arxiv:doi") or "").split()
    return ArxivPaper(
        found.canonical,
        arxiv_version=found.version,
        title=_text(entry, "title", MOST_TITLE_CHARACTERS),
        authors=tuple(name for name in names if name)[:MOST_AUTHORS],
        primary_category=primary[0] if primary else None,
        categories=_categories(entry, "category"),
        submitted_at=_moment(entry, "published"),
        updated_at=_moment(entry, "updated"),
        doi=next(filter(None, map(normalise_doi, dois)), None),
        journal_reference=_text(entry, "arxiv:journal_ref"),
        comment=_text(entry, "arxiv:comment"),
    )


def _text(element: ElementTree.Element, path: str, most: int = MOST_CHARACTERS) -> str | None:
    return _folded(element.findtext(path, None, NAMESPACES), most)


def _folded(text: str | None, most: int = MOST_CHARACTERS) -> str | None:
    """The text, white space folded, cut where it is absurdly long; None where nothing is left."""
    return " ".join((text or "").split())[:most].rstrip() or None


def _categories(entry: ElementTree.Element, path: str) -> tuple[str, ...]:
    """Categories of arXiv, each once: entries carry classes of other schemes too (MSC, ACM)."""
    terms = [category.get("term", "") for category in entry.iterfind(path, NAMESPACES)]
    return tuple(dict.fromkeys(term for term in terms if _CATEGORY.fullmatch(term)))


def _moment(entry: ElementTree.Element, path: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(entry, path) or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
