r"""Finds the links in an abstract and says what each leads to.

Data flow: a text -> links, each with a normal form of its address, a kind, a repository, and the
span that proves it.

Reads what abstracts hold: plain addresses, addresses without a scheme where the host makes them
certain (`github.com/a/b`), LaTeX (`\href{u}{u}`, `\url{u}`, `\_`, `\%`), LaTeX that a listing page
mangled (`u{u}`, `u{here}`), Markdown, and addresses with punctuation or the next sentence glued to
them. An address that occurs twice is one link.

Judging from the address and the words before it only: whether the page exists is not asked.
Identifiers are parsed in identifiers.py. Text is taken as found, so spans fit the column they were
found in; repairing it belongs in clean/.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from paper_pipeline.identifiers import (
    GITHUB_RESERVED_OWNERS,
    normalise_doi,
    normalise_github_repository,
    parse_arxiv_id,
    parse_huggingface_repository,
)

LinkKind = Literal["code", "model", "dataset", "demo", "project_page", "paper", "other"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link found in a text.

    Attributes:
        url: The address in normal form: with scheme, host in lower case, LaTeX escapes, closing
            slash and `.git` gone; well-known hosts under their one name and https.
        kind: What it leads to.
        repository: `owner/name` where the address is that of a repository or inside one, spelled as
            found.
        start: Where the address starts in the text.
        end: Where it ends: `text[start:end]` is the address as written.
    """

    url: str
    kind: LinkKind
    repository: str | None
    start: int
    end: int


# Hosts that stand in running text without a scheme and are addresses all the same, when a path
# follows.
_BARE_HOSTS = """
    github.com gist.github.com gitlab.com bitbucket.org codeberg.org huggingface.co hf.co
    modelscope.cn kaggle.com anonymous.4open.science arxiv.org doi.org dx.doi.org openreview.net
    aclanthology.org zenodo.org sites.google.com drive.google.com docs.google.com
    colab.research.google.com youtube.com youtu.be bit.ly aka.ms
""".split()
# Hosts of pages that are certain without a path.
_PAGES = r"(?:git(?:hub|lab)\.io|hf\.space|vercel\.app|netlify\.app|pages\.dev)"
# What every address holds, and how far before it the address may start. Most texts hold none, and
# patterns that start with a literal say so quickly.
_HINTS = (
    (re.compile(r":(?=//)"), len("https")),
    (
        re.compile(
            "/(?:" + "|".join(rf"(?<={re.escape(host)}/)" for host in _BARE_HOSTS) + ")",
            re.IGNORECASE | re.ASCII,
        ),
        len("www.") + max(map(len, _BARE_HOSTS)),
    ),
    (re.compile(rf"\.(?:(?<=www\.)|{_PAGES})", re.IGNORECASE | re.ASCII), 63),
)
# One pattern for the start and the rest of an address, so that no character is read twice: the rest
# stops where another scheme begins, unless that one is part of the address (web archives). Only an
# h can begin one.
_ADDRESS = re.compile(
    rf"""(?:(?:https?://)+
        |(?<![\w./@-])(?:(?:www\.)?(?:{"|".join(map(re.escape, _BARE_HOSTS))})/
                       |www\.(?=[a-z0-9-]{{1,63}}\.[a-z])
                       |[a-z0-9-]{{1,63}}\.{_PAGES}(?![a-z0-9-])))
    (?:[a-gi-z0-9\-._~:/?\#\[\]@!&()+,;=%]++
      |(?:(?<=[/=])|(?!https?://))h
      |\\~\{{\}}|\\[_%\#&~-])*
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_LATEX_ESCAPE = re.compile(r"\\~\{\}|\\(.)", re.ASCII)
_SCHEMES = re.compile(r"(?:https?://)+", re.IGNORECASE)
# Words that begin sentences in abstracts: `.../Repo.We show` ends at the point, `.../Next.js` does
# not.
_GLUED_SENTENCE = re.compile(
    r"""[.:!](?:A|Access|Additionally|All|Also|An|And|At|Both|By|Check|Code|Codes|Data|Dataset
    |Datasets|Demo|Demos|Experiments|Extensive|Finally|For|From|Furthermore|Here|Homepage|However
    |If|In|It|Its|Keywords|Model|Models|Moreover|On|Our|Page|Please|Project|Results|See|Source|The
    |There|These|They|This|Through|To|Using|Video|Videos|Visit|We|Website|When|While|With
    )(?=$|[,:;.])
    |[,;](?=[A-Za-z])""",
    re.VERBOSE | re.ASCII,
)
_AUTHORITY = re.compile(
    r"(?P<host>(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}|(?:\d{1,3}\.){3}\d{1,3})"
    r"(?P<port>:\d{0,5})?(?=[/?#]|\Z)",
    re.ASCII | re.IGNORECASE,
)
_QUERY_OR_FRAGMENT = re.compile(r"[?#]")
_DEFAULT_PORTS = frozenset({"", ":", ":80", ":443"})
_PROJECT_CUE = re.compile(
    r"(?<![a-z])(?:(?:project|home|web)[\s-]{0,2}(?:web)?(?:pages?|sites?)\b|project\s{0,2}:)[^.!?]{0,40}\Z",
    re.IGNORECASE | re.ASCII,
)
_CUE_LENGTH = 60
_CLOSING_PUNCTUATION = ".,;:!?&\\"
_BRACKET = re.compile(r"[()\[\]]")
_PARTNERS = {")": "(", "]": "["}

_HOST_ALIASES = {
    "hf.co": "huggingface.co",
    "dx.doi.org": "doi.org",
    "export.arxiv.org": "arxiv.org",
}
# Hosts known well enough to say that http leads to https and www to nothing else.
_CANONICAL_HOSTS = frozenset(
    {
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "codeberg.org",
        "huggingface.co",
        "arxiv.org",
        "doi.org",
        "openreview.net",
        "aclanthology.org",
        "zenodo.org",
        "kaggle.com",
        "sites.google.com",
        "alphaxiv.org",
    }
)
_KIND_BY_HOST: dict[str, LinkKind] = {
    "github.com": "code",
    "gist.github.com": "code",
    "raw.githubusercontent.com": "code",
    "gitlab.com": "code",
    "bitbucket.org": "code",
    "codeberg.org": "code",
    "gitee.com": "code",
    "sourceforge.net": "code",
    "anonymous.4open.science": "code",
    "sites.google.com": "project_page",
    "zenodo.org": "dataset",
    "figshare.com": "dataset",
    "physionet.org": "dataset",
    "openslr.org": "dataset",
    "data.mendeley.com": "dataset",
    "colab.research.google.com": "demo",
    "replicate.com": "demo",
    "arxiv.org": "paper",
    "ar5iv.org": "paper",
    "ar5iv.labs.arxiv.org": "paper",
    "alphaxiv.org": "paper",
    "doi.org": "paper",
    "openreview.net": "paper",
    "aclanthology.org": "paper",
    "aclweb.org": "paper",
    "openaccess.thecvf.com": "paper",
    "proceedings.mlr.press": "paper",
    "papers.nips.cc": "paper",
    "proceedings.neurips.cc": "paper",
    "biorxiv.org": "paper",
    "medrxiv.org": "paper",
    "dl.acm.org": "paper",
    "ieeexplore.ieee.org": "paper",
}
_KIND_BY_HOST_END: tuple[tuple[str, LinkKind], ...] = (
    (".github.io", "project_page"),
    (".gitlab.io", "project_page"),
    (".hf.space", "demo"),
    (".gradio.live", "demo"),
    (".streamlit.app", "demo"),
    (".figshare.com", "dataset"),
    (".sourceforge.net", "code"),
)
_KIND_BY_PATH: tuple[tuple[str, str, LinkKind], ...] = (
    ("kaggle.com", "datasets", "dataset"),
    ("kaggle.com", "competitions", "dataset"),
    ("kaggle.com", "c", "dataset"),
    ("kaggle.com", "models", "model"),
    ("kaggle.com", "code", "code"),
    ("modelscope.cn", "datasets", "dataset"),
    ("modelscope.cn", "models", "model"),
    ("modelscope.cn", "studios", "demo"),
    ("paperswithcode.com", "dataset", "dataset"),
    ("paperswithcode.com", "paper", "paper"),
    ("semanticscholar.org", "paper", "paper"),
    ("jmlr.org", "papers", "paper"),
)
_KIND_BY_REPOSITORY: dict[str, LinkKind] = {"model": "model", "dataset": "dataset", "space": "demo"}
# Code hosts that, like GitHub, put owner and name first in the path.
_OWNER_NAME_HOSTS = frozenset({"gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com"})
_OWNER_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)


class _Address(NamedTuple):
    """The parts of an address, with LaTeX escapes undone."""

    scheme: str
    host: str
    path: str
    suffix: str

    @property
    def segments(self) -> list[str]:
        return [segment for segment in self.path.split("/", 6)[:6] if segment]


def extract_links(text: str) -> list[Link]:
    """Finds the links of a text, in order, each address once (at its first place).

    Time grows with the length of the text, whatever is in it.

    Args:
        text: An abstract or any other text, repaired or as found.

    Returns:
        The links; none for a text without any.
    """
    links: dict[str, Link] = {}
    for match in _find_addresses(text):
        start = match.start()
        end = start + _address_length(match[0])
        address = _split_address(text[start:end])
        if address is None:
            continue
        link = _describe_link(address, text[max(0, start - _CUE_LENGTH) : start], start, end)
        links.setdefault(_identity(link), link)
    return list(links.values())


def _find_addresses(text: str) -> Iterator[re.Match[str]]:
    """Yields the addresses of a text, each with all that is glued to it."""
    hints = [(hint.start(), reach) for pattern, reach in _HINTS for hint in pattern.finditer(text)]
    end = 0
    for position, reach in sorted(hints):
        if position < end:
            continue
        match = _ADDRESS.search(text, max(end, position - reach))
        if match is None:
            return
        yield match
        end = match.end()


def _address_length(candidate: str) -> int:
    """Length of an address without what the sentence around it glued to it."""
    end = _first_unpaired_bracket(candidate)
    scheme = _SCHEMES.match(candidate)
    if glued := _GLUED_SENTENCE.search(candidate, scheme.end() if scheme else 0, end):
        end = glued.start()
    while end and candidate[end - 1] in _CLOSING_PUNCTUATION:
        end -= 1
    return end


def _first_unpaired_bracket(candidate: str) -> int:
    """Where the first bracket without a partner stands; the length where all are paired."""
    if not _BRACKET.search(candidate):
        return len(candidate)
    opened: list[int] = []
    for position, character in enumerate(candidate):
        if character in "([":
            opened.append(position)
        elif character in ")]":
            if not opened or candidate[opened[-1]] != _PARTNERS[character]:
                return min([position, *opened[:1]])
            opened.pop()
    return opened[0] if opened else len(candidate)


def _split_address(written: str) -> _Address | None:
    """Parts of an address as written, or None when it has no possible host."""
    plain = written
    if "\\" in written:
        plain = _LATEX_ESCAPE.sub(lambda escape: escape[1] or "~", written)
    schemes = _SCHEMES.match(plain)
    scheme = "http" if schemes and schemes[0].lower().endswith("http://") else "https"
    rest = plain[schemes.end() :] if schemes else plain
    authority = _AUTHORITY.match(rest)
    if authority is None:
        return None
    host = authority["host"].lower()
    bare_host = host.removeprefix("www.")
    bare_host = _HOST_ALIASES.get(bare_host, bare_host)
    if bare_host in _CANONICAL_HOSTS:
        scheme, host = "https", bare_host
    if schemes is None and host.startswith("www.") and host.count(".") < 2:
        return None
    if (port := authority["port"] or "") not in _DEFAULT_PORTS:
        host += port
    # Up to the query or fragment; without one, what a closing slash hid is punctuation as well.
    mark = _QUERY_OR_FRAGMENT.search(rest, authority.end())
    path_end = mark.start() if mark else len(rest)
    path, suffix = rest[authority.end() : path_end], rest[path_end:]
    path = path.rstrip("/" if suffix else "/" + _CLOSING_PUNCTUATION)
    return _Address(scheme, host, path, suffix)


def _describe_link(address: _Address, before: str, start: int, end: int) -> Link:
    host = address.host.removeprefix("www.")
    url = f"{address.scheme}://{address.host}{address.path}{address.suffix}"
    if host == "huggingface.co":
        repository = parse_huggingface_repository(url)
        if repository is None:
            return Link(
                url, "paper" if address.segments[:1] == ["papers"] else "other", None, start, end
            )
        name = f"{repository.owner}/{repository.name}" if repository.owner else None
        return Link(url, _KIND_BY_REPOSITORY[repository.kind], name, start, end)
    if host == "github.com":
        return _describe_github_link(address, url, start, end)
    if host == "arxiv.org" and (arxiv_id := parse_arxiv_id(url)):
        version = f"v{arxiv_id.version}" if arxiv_id.version else ""
        return Link(
            f"https://arxiv.org/abs/{arxiv_id.canonical}{version}", "paper", None, start, end
        )
    if host == "doi.org" and (doi := normalise_doi(url)):
        kind = "dataset" if doi.startswith("10.5281/zenodo") else "paper"
        return Link(f"https://doi.org/{doi}", kind, None, start, end)
    kind = _find_kind(host, address.segments) or (
        "project_page" if _PROJECT_CUE.search(before) else "other"
    )
    return Link(url, kind, _find_repository(host, address.segments), start, end)


def _describe_github_link(address: _Address, url: str, start: int, end: int) -> Link:
    repository = normalise_github_repository(url)
    if repository is None:
        is_site_page = not address.segments or address.segments[0].lower() in GITHUB_RESERVED_OWNERS
        return Link(url, "other" if is_site_page else "code", None, start, end)
    if address.path.lower().endswith(".git"):
        url = f"https://github.com/{repository}{address.suffix}"
    return Link(url, "code", repository, start, end)


def _find_kind(host: str, segments: list[str]) -> LinkKind | None:
    """What a host and the first segment of the path lead to; None for an unknown host."""
    if host in _KIND_BY_HOST:
        return _KIND_BY_HOST[host]
    for end, kind in _KIND_BY_HOST_END:
        if host.endswith(end):
            return kind
    for known_host, segment, kind in _KIND_BY_PATH:
        if host == known_host and segments[:1] == [segment]:
            return kind
    return "code" if host.startswith("gitlab.") else None


def _find_repository(host: str, segments: list[str]) -> str | None:
    if host not in _OWNER_NAME_HOSTS and not host.startswith("gitlab."):
        return None
    names = [segment.removesuffix(".git") for segment in segments[:2]]
    return "/".join(names) if len(names) == 2 and all(map(_OWNER_NAME.fullmatch, names)) else None


def _identity(link: Link) -> str:
    """What two spellings of one address share: all but scheme, www, and case in a repository's."""
    bare = link.url.partition("://")[2].removeprefix("www.")
    return bare.lower() if link.repository else bare
