"""Identifiers of papers and repositories: parse, validate, canonical form.

Data flow: a string that claims to be an identifier, or a URL of one -> a canonical identifier, or
None.

Every function takes the whole string: finding identifiers inside running text belongs to
enrich/links.py. Damaged ones are refused; repair_float_arxiv_id is for who knows that an id went
through a float (`2503.0213` for `2503.02130`). Nothing here looks at the clock or the network, so
that a rebuild years later parses the same.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import unquote


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The last month an id may claim unless the caller knows better (say, the day a dump was captured).
# Fixed rather than read from the clock: an id must not become valid because the pipeline ran later.
LAST_ARXIV_MONTH = date(2039, 12, 1)

# Archives that issued old-style ids between 1991 and March 2007 (https://arxiv.org/archive, and
# those since merged).
OLD_ARXIV_ARCHIVES = _words(
    """
    acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas
    cond-mat cs dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin
    nucl-ex nucl-th patt-sol physics plasm-ph q-alg q-bio quant-ph solv-int supr-con
    """
)

# First path segments of huggingface.co that are pages of the site and never the owner of a
# repository.
HUGGINGFACE_RESERVED_OWNERS = _words(
    """
    api blog brand chat collections datasets docs enterprise front inference inference-endpoints
    join jobs learn login logout models new notifications organizations papers posts pricing
    privacy search settings spaces storage support tasks terms-of-service tags welcome
    """
)

# The same for github.com.
GITHUB_RESERVED_OWNERS = _words(
    """
    about apps blog collections contact customer-stories enterprise events explore features
    issues join login logout marketplace new notifications orgs pricing pulls readme search
    security settings signup site sponsors stars team topics trending users
    """
)

# No identifier or address of one is longer, in characters; longer text is refused unread.
LONGEST_IDENTIFIER = 2048

RepositoryKind = Literal["model", "dataset", "space"]

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_OPENING = "([{<\"'`"
_CLOSING = ")]}>\"'`.,;:!?"
_FLAGS = re.ASCII | re.IGNORECASE

# What may stand before an arXiv id: a label, or the address of a page that is about exactly one
# paper.
_ARXIV_PREFIX = re.compile(
    r"""(?:https?://)?(?:
        (?:[a-z]{2,6}\.|lanl\.)?arxiv\.org/(?:abs|pdf|html|format|ps|src|e-print|tb)/
      | xxx\.lanl\.gov/(?:abs|pdf|ps)/
      | ar5iv\.(?:labs\.arxiv\.)?org/(?:abs|html|pdf)/
      | (?:www\.)?(?:huggingface\.co|hf\.co)/papers/
      | (?:www\.)?alphaxiv\.org/(?:[a-z]{2}/)?(?:abs|pdf|overview|html|audio|resources)/
      | (?:dx\.|www\.)?doi\.org/10\.48550/arxiv\.
      )
    | (?:doi:\s{0,4})?10\.48550/arxiv\.
    | arxiv\s{0,4}[:.]\s{0,4}
    """,
    _FLAGS | re.VERBOSE,
)
_ARXIV_NEW = re.compile(r"(\d\d)(\d\d)\.(\d{4,5})", re.ASCII)
_ARXIV_FLOAT = re.compile(r"(\d{3,4})\.(\d{1,5})", re.ASCII)
_FIRST_FIVE_DIGIT_MONTH = "1501"
_ARXIV_OLD = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:\.[a-z]{2})?/(\d\d)(\d\d)(\d{3})", _FLAGS)
_ARXIV_VERSION = re.compile(r"v([1-9]\d{0,2})$", _FLAGS)
_ARXIV_TAIL = re.compile(
    r"(?:\s{1,4}\[[a-z-]{1,12}(?:\.[a-z-]{1,12})?\]?|[?#]\S{0,500}|/)$", _FLAGS
)

_DOI_URL_PREFIX = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/", _FLAGS)
_DOI_LABEL = re.compile(r"(?:info:)?doi\s{0,4}[:/]?\s{0,4}(?=10\.)", _FLAGS)
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d{1,9}){0,4}/[\x21-\x7e]{1,500}", re.ASCII)

_HUGGINGFACE_PREFIX = re.compile(r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/", _FLAGS)
_HUGGINGFACE_NAME = re.compile(r"\w(?:[\w.-]{0,94}\w)?", re.ASCII)
_HUGGINGFACE_FOLDERS: dict[str, RepositoryKind] = {"datasets": "dataset", "spaces": "space"}
_HUGGINGFACE_PATHS: dict[RepositoryKind, str] = {
    "model": "",
    "dataset": "datasets/",
    "space": "spaces/",
}

_GITHUB_PREFIX = re.compile(
    r"(?:(?:git\+)?(?:https?|git|ssh)://(?:git@)?)?(?:www\.)?(?:github\.com|raw\.githubusercontent\.com)/"
    r"|git@github\.com:",
    _FLAGS,
)
_GITHUB_OWNER = re.compile(r"[a-z0-9][a-z0-9-]{0,38}", _FLAGS)
_GITHUB_NAME = re.compile(r"[a-z0-9._-]{1,100}", _FLAGS)


@dataclass(frozen=True, slots=True)
class ArxivId:
    """An arXiv paper, and the version that was named with it.

    Attributes:
        canonical: `2501.12345` or `math/0309136`: without version, prefix or subject class.
        version: The version named, None when the paper was meant.
    """

    canonical: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class HuggingFaceRepository:
    """A repository on the Hugging Face Hub.

    Attributes:
        kind: What the repository holds.
        owner: User or organisation, spelled as found; None for the oldest datasets
            (`datasets/squad`).
        name: Name of the repository, spelled as found.
    """

    kind: RepositoryKind
    owner: str | None
    name: str

    @property
    def canonical(self) -> str:
        """`owner/name` for a model, with `datasets/` or `spaces/` before it for the others."""
        owner = f"{self.owner}/" if self.owner else ""
        return f"{_HUGGINGFACE_PATHS[self.kind]}{owner}{self.name}"


def parse_arxiv_id(text: str, last_month: date = LAST_ARXIV_MONTH) -> ArxivId | None:
    """Reads an arXiv id, however it is written.

    Understands bare ids, `arXiv:` labels, DOIs of arXiv, and addresses of arxiv.org and its
    mirrors, ar5iv, alphaXiv and huggingface.co/papers. The rules are those of
    https://info.arxiv.org/help/arxiv_identifier.html: old style until March 2007, then four digits
    after the dot until December 2014, five since.

    Args:
        text: The whole of what claims to be an id.
        last_month: Ids of later months are refused.

    Returns:
        The id, or None when the text is anything else.
    """
    bare = _strip_wrapping(text)
    prefix = _ARXIV_PREFIX.match(bare)
    if prefix:
        bare = unquote(bare[prefix.end() :])
    bare = _strip_wrapping(_ARXIV_TAIL.sub("", bare))
    if prefix and bare[-4:].lower() == ".pdf":
        bare = bare[:-4]
    version = _ARXIV_VERSION.search(bare)
    if version:
        bare = bare[: version.start()]
    canonical = _canonical_new_arxiv_id(bare, last_month) or _canonical_old_arxiv_id(bare)
    if canonical is None:
        return None
    return ArxivId(canonical, int(version[1]) if version else None)


def repair_float_arxiv_id(text: str, last_month: date = LAST_ARXIV_MONTH) -> str | None:
    """Gives an arXiv id that went through a float the zeros back that it lost.

    A float drops zeros at the end (`2503.0213` for `2503.02130`), and in ids of 2007 to 2009 at
    the start as well (`704.0001` for `0704.0001`). How many digits an id has follows from its
    month, so there is never more than one way back.

    Args:
        text: The float as text.
        last_month: Ids of later months are refused.

    Returns:
        The id, or None where adding zeros makes none.
    """
    match = _ARXIV_FLOAT.fullmatch(text.strip())
    if match is None:
        return None
    month = match[1].zfill(4)
    number = match[2].ljust(4 if month < _FIRST_FIVE_DIGIT_MONTH else 5, "0")
    return _canonical_new_arxiv_id(f"{month}.{number}", last_month)


def normalise_doi(text: str) -> str | None:
    """Reads a DOI: in lower case, without resolver, label or the punctuation around it.

    DOIs ignore the case of ASCII letters (ISO 26324), hence lower case. Crossref issues printable
    ASCII only, and so nothing else is taken. The DOI of an arXiv paper stays a DOI here;
    parse_arxiv_id turns it into an arXiv id.

    Args:
        text: The whole of what claims to be a DOI.

    Returns:
        For example `10.1016/s0140-6736(20)30183-5`, or None when the text is anything else.
    """
    bare = _strip_wrapping(text, closing="")
    prefix = _DOI_URL_PREFIX.match(bare)
    if prefix:
        bare = unquote(bare[prefix.end() :])
    elif label := _DOI_LABEL.match(bare):
        bare = bare[label.end() :]
    bare = _strip_sentence_end(bare)
    return bare.translate(_ASCII_LOWER) if _DOI.fullmatch(bare) else None


def parse_huggingface_repository(text: str) -> HuggingFaceRepository | None:
    """Reads a repository of the Hugging Face Hub, as an id or an address of any page inside it.

    Names follow huggingface_hub's validate_repo_id: word characters, `-` and `.`, at most 96, no
    `--` or `..`, not ending in `.git`. Case is kept, as the Hub shows it.

    Args:
        text: `owner/name`, `datasets/owner/name`, `spaces/owner/name`, or an address of
            huggingface.co or hf.co.

    Returns:
        The repository, or None for anything else, among it pages of the site and of an
        organisation.
    """
    bare = _strip_wrapping(text)
    prefix = _HUGGINGFACE_PREFIX.match(bare)
    segments = _path_segments(bare[prefix.end() :] if prefix else bare)
    if not segments or (prefix is None and len(segments) > 3):
        return None
    kind = _HUGGINGFACE_FOLDERS.get(segments[0].lower(), "model")
    names = segments if kind == "model" else segments[1:]
    if kind == "dataset" and len(names) == 1:
        return (
            HuggingFaceRepository(kind, None, names[0]) if _is_huggingface_name(names[0]) else None
        )
    if len(names) < 2 or (prefix is None and len(names) > 2):
        return None
    owner, name = names[0], names[1]
    if owner.lower() in HUGGINGFACE_RESERVED_OWNERS:
        return None
    if (
        not (_is_huggingface_name(owner) and _is_huggingface_name(name))
        or len(owner) + len(name) > 95
    ):
        return None
    return HuggingFaceRepository(kind, owner, name)


def normalise_github_repository(text: str) -> str | None:
    """Reads a GitHub repository, as `owner/name`, a clone address, or any address inside it.

    GitHub ignores case but shows it, so case is kept: compare with `.lower()`.

    Args:
        text: The whole of what claims to be a repository.

    Returns:
        `owner/name` without `.git`, or None for anything else, among it pages of an owner and of
        the site.
    """
    bare = _strip_wrapping(text)
    prefix = _GITHUB_PREFIX.match(bare)
    segments = _path_segments(bare[prefix.end() :] if prefix else bare)
    if len(segments) < 2 or (prefix is None and len(segments) > 2):
        return None
    owner, name = segments[0], _strip_git_suffix(segments[1])
    if owner.lower() in GITHUB_RESERVED_OWNERS or not _GITHUB_OWNER.fullmatch(owner):
        return None
    if name in {"", ".", ".."} or not _GITHUB_NAME.fullmatch(name):
        return None
    return f"{owner}/{name}"


def _canonical_new_arxiv_id(bare: str, last_month: date) -> str | None:
    match = _ARXIV_NEW.fullmatch(bare)
    if match is None:
        return None
    year, month, number = 2000 + int(match[1]), int(match[2]), match[3]
    if not 1 <= month <= 12 or not (2007, 4) <= (year, month) <= (
        last_month.year,
        last_month.month,
    ):
        return None
    if len(number) != (4 if year < 2015 else 5) or int(number) == 0:
        return None
    return bare


def _canonical_old_arxiv_id(bare: str) -> str | None:
    match = _ARXIV_OLD.fullmatch(bare)
    if match is None or match[1].lower() not in OLD_ARXIV_ARCHIVES:
        return None
    year, month, number = int(match[2]), int(match[3]), match[4]
    year += 1900 if year >= 91 else 2000
    if not 1 <= month <= 12 or (year, month) > (2007, 3) or int(number) == 0:
        return None
    return f"{match[1].lower()}/{match[2]}{match[3]}{number}"


def _strip_wrapping(text: str, closing: str = _CLOSING) -> str:
    """Drops white space, invisible characters, brackets, quotes and punctuation at both ends.

    Text too long to be an identifier comes back empty, which keeps every parser's time bounded.
    """
    if len(text) > LONGEST_IDENTIFIER:
        return ""
    outer = "".join((_INVISIBLE, " \t\r\n\f\v\xa0"))
    return text.strip(outer).lstrip(_OPENING + outer).rstrip(closing + outer).strip(outer)


def _strip_sentence_end(text: str) -> str:
    """Drops closing punctuation, but only those brackets that were opened outside the text."""
    end = len(text)
    surplus = {
        close: text.count(close) - text.count(opening)
        for opening, close in ("()", "[]", "{}", "<>")
    }
    while end:
        last = text[end - 1]
        if last in surplus:
            if surplus[last] <= 0:
                break
            surplus[last] -= 1
        elif last not in ".,;:!?\"'`":
            break
        end -= 1
    return text[:end]


def _path_segments(path: str) -> list[str]:
    """Segments of a path, without query and fragment; at most the first five."""
    return [
        segment for segment in re.split(r"[?#]", path, maxsplit=1)[0].split("/", 5)[:5] if segment
    ]


def _is_huggingface_name(name: str) -> bool:
    return (
        _HUGGINGFACE_NAME.fullmatch(name) is not None
        and "--" not in name
        and ".." not in name
        and not name.lower().endswith((".git", ".ipynb"))
    )


def _strip_git_suffix(name: str) -> str:
    while name[-4:].lower() == ".git":
        name = name[:-4]
    return name
