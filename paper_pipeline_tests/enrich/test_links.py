"""Links: addresses as abstracts hold them, what they lead to, and spans that prove them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.enrich.links import Link, extract_links


def urls(text: str) -> list[str]:
    return [link.url for link in extract_links(text)]


@pytest.mark.parametrize(
    ("text", "written", "url"),
    [
        pytest.param("at https://a.org/x.", "https://a.org/x", "https://a.org/x", id="point"),
        pytest.param("(https://a.org/x).", "https://a.org/x", "https://a.org/x", id="brackets"),
        pytest.param("<https://a.org/x>", "https://a.org/x", "https://a.org/x", id="angles"),
        pytest.param("“https://a.org/x”", "https://a.org/x", "https://a.org/x", id="quotes"),
        pytest.param("**https://a.org/x**", "https://a.org/x", "https://a.org/x", id="bold"),
        pytest.param("https://a.org/x。次", "https://a.org/x", "https://a.org/x", id="ideographic"),
        pytest.param("https://a.org/x/", "https://a.org/x/", "https://a.org/x", id="closing-slash"),
        pytest.param(
            "https://a.org/f_(b)).", "https://a.org/f_(b)", "https://a.org/f_(b)", id="own-brackets"
        ),
        pytest.param(
            "https://a.org/x(ours)", "https://a.org/x(ours)", "https://a.org/x(ours)", id="paired"
        ),
        pytest.param("https://a.org/x(our", "https://a.org/x", "https://a.org/x", id="unpaired"),
        pytest.param(
            "[code](https://a.org/x)", "https://a.org/x", "https://a.org/x", id="markdown"
        ),
        pytest.param(
            "https://github.com/o/Repo.We show",
            "https://github.com/o/Repo",
            "https://github.com/o/Repo",
            id="glued-sentence",
        ),
        pytest.param(
            "https://github.com/o/n,which holds",
            "https://github.com/o/n",
            "https://github.com/o/n",
            id="glued-clause",
        ),
        pytest.param(
            "https://github.com/o/Next.js now",
            "https://github.com/o/Next.js",
            "https://github.com/o/Next.js",
            id="point-in-a-name",
        ),
        pytest.param(
            r"https://a.org/x\_y\%20z",
            r"https://a.org/x\_y\%20z",
            "https://a.org/x_y%20z",
            id="tex",
        ),
        pytest.param(
            r"http://a.org/\~{}me/", r"http://a.org/\~{}me/", "http://a.org/~me", id="tex-tilde"
        ),
        pytest.param("http://a.org/~me_x", "http://a.org/~me_x", "http://a.org/~me_x", id="tilde"),
        pytest.param("HTTPS://A.Org/X", "HTTPS://A.Org/X", "https://a.org/X", id="case"),
        pytest.param(
            "https://a.org:443/x?q=1#f",
            "https://a.org:443/x?q=1#f",
            "https://a.org/x?q=1#f",
            id="default-port",
        ),
        pytest.param(
            "http://www.github.com/o/n.git",
            "http://www.github.com/o/n.git",
            "https://github.com/o/n",
            id="clone-address",
        ),
        pytest.param("see github.com/o/n.", "github.com/o/n", "https://github.com/o/n", id="bare"),
        pytest.param("www.a.org/x", "www.a.org/x", "https://www.a.org/x", id="bare-www"),
        pytest.param(
            "see anonymous.4open.science/r/x-1.",
            "anonymous.4open.science/r/x-1",
            "https://anonymous.4open.science/r/x-1",
            id="bare-anonymous",
        ),
        pytest.param("at x.vercel.app.", "x.vercel.app", "https://x.vercel.app", id="bare-app"),
        pytest.param(
            "WWW.GitHub.com/o/n", "WWW.GitHub.com/o/n", "https://github.com/o/n", id="bare-case"
        ),
        pytest.param(
            "www.colab.research.google.com/a",
            "www.colab.research.google.com/a",
            "https://www.colab.research.google.com/a",
            id="longest-bare-host",
        ),
        pytest.param(
            f"at {'a' * 63}.github.io",
            f"{'a' * 63}.github.io",
            f"https://{'a' * 63}.github.io",
            id="longest-label",
        ),
        pytest.param("at me-x.github.io.", "me-x.github.io", "https://me-x.github.io", id="pages"),
        pytest.param(
            "hf.co/lab/m", "hf.co/lab/m", "https://huggingface.co/lab/m", id="short-hub-host"
        ),
        pytest.param(
            "arxiv.org/pdf/2501.12345v2.pdf",
            "arxiv.org/pdf/2501.12345v2.pdf",
            "https://arxiv.org/abs/2501.12345v2",
            id="arxiv-pdf",
        ),
        pytest.param(
            "https://dx.doi.org/10.1000/ABC.",
            "https://dx.doi.org/10.1000/ABC",
            "https://doi.org/10.1000/abc",
            id="doi",
        ),
        pytest.param(
            "https://https://a.org/x", "https://https://a.org/x", "https://a.org/x", id="twice-http"
        ),
        pytest.param(
            "https://web.archive.org/web/2024/https://a.org/x",
            "https://web.archive.org/web/2024/https://a.org/x",
            "https://web.archive.org/web/2024/https://a.org/x",
            id="archived-page",
        ),
    ],
)
def test_one_address(text: str, written: str, url: str) -> None:
    (link,) = extract_links(text)
    assert (text[link.start : link.end], link.url) == (written, url)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(r"\href{https://a.org/x}{https://a.org/x}", id="href"),
        pytest.param("https://a.org/x{https://a.org/x}.", id="href-that-lost-its-macro"),
        pytest.param("https://a.org/x{Our page}", id="labelled"),
        pytest.param(r"\url{https://a.org/x}", id="url"),
        pytest.param("[https://a.org/x](https://a.org/x)", id="markdown"),
        pytest.param("https://a.org/x and http://www.a.org/x/", id="two-spellings"),
    ],
)
def test_an_address_written_twice_is_one_link(text: str) -> None:
    assert urls(text) == ["https://a.org/x"]


def test_repositories_are_one_whatever_their_case() -> None:
    assert urls("https://github.com/Lab/Net, http://github.com/lab/net") == [
        "https://github.com/Lab/Net"
    ]


def test_links_come_in_order_even_when_glued() -> None:
    text = (
        "Project page:https://q.me/,Code:https://github.com/o/n;data:https://zenodo.org/records/1"
    )
    assert urls(text) == ["https://q.me", "https://github.com/o/n", "https://zenodo.org/records/1"]


def test_bare_addresses_near_another_are_found() -> None:
    text = "https://a.org/x me.github.io me@github.com/x hf.co/o/n www.b.org"
    assert urls(text) == [
        "https://a.org/x",
        "https://me.github.io",
        "https://huggingface.co/o/n",
        "https://www.b.org",
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("our code is on github.com soon", id="host-without-path"),
        pytest.param("me@github.com/x", id="mail"),
        pytest.param("https://", id="scheme-only"),
        pytest.param("https:// a.org", id="broken-scheme"),
        pytest.param("https://localhost/x", id="no-public-host"),
        pytest.param("Node.js and PyTorch.org", id="names-with-points"),
    ],
)
def test_no_address(text: str) -> None:
    assert extract_links(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "repository"),
    [
        pytest.param("https://github.com/o/n/tree/main", "code", "o/n", id="github"),
        pytest.param("https://github.com/o", "code", None, id="github-owner"),
        pytest.param("https://github.com/features", "other", None, id="github-site"),
        pytest.param("https://gitlab.com/o/n", "code", "o/n", id="gitlab"),
        pytest.param("https://gitlab.lab.edu/o/n", "code", "o/n", id="own-gitlab"),
        pytest.param("https://bitbucket.org/o/n", "code", "o/n", id="bitbucket"),
        pytest.param("https://codeberg.org/o/n.git", "code", "o/n", id="codeberg"),
        pytest.param("https://anonymous.4open.science/r/x", "code", None, id="anonymous"),
        pytest.param("https://huggingface.co/o/n", "model", "o/n", id="model"),
        pytest.param("https://huggingface.co/o", "other", None, id="hub-organisation"),
        pytest.param("https://huggingface.co/datasets/o/n", "dataset", "o/n", id="dataset"),
        pytest.param("https://huggingface.co/datasets/squad", "dataset", None, id="old-dataset"),
        pytest.param("https://huggingface.co/spaces/o/n", "demo", "o/n", id="space"),
        pytest.param("https://huggingface.co/papers/2501.12345", "paper", None, id="hub-paper"),
        pytest.param("https://huggingface.co/collections/o/c", "other", None, id="collection"),
        pytest.param("https://o-n.hf.space", "demo", None, id="running-space"),
        pytest.param("https://arxiv.org/abs/2501.12345", "paper", None, id="arxiv"),
        pytest.param("https://doi.org/10.1000/1", "paper", None, id="doi"),
        pytest.param("https://doi.org/10.5281/zenodo.1", "dataset", None, id="zenodo-doi"),
        pytest.param("https://openreview.net/forum?id=a", "paper", None, id="openreview"),
        pytest.param("https://aclanthology.org/2024.acl-long.1", "paper", None, id="acl"),
        pytest.param("https://zenodo.org/records/1", "dataset", None, id="zenodo"),
        pytest.param("https://www.kaggle.com/datasets/o/n", "dataset", None, id="kaggle"),
        pytest.param("https://o.github.io/n", "project_page", None, id="github-pages"),
        pytest.param("https://sites.google.com/view/x", "project_page", None, id="google-sites"),
        pytest.param("Project page: https://x.ai", "project_page", None, id="cue"),
        pytest.param(
            "our project\nwebsite is at x: https://x.ai", "project_page", None, id="cue-2"
        ),
        pytest.param("The project page is gone. See https://x.ai", "other", None, id="cue-before"),
        pytest.param("Project page: https://github.com/o/n", "code", "o/n", id="host-beats-cue"),
        pytest.param("https://x.ai", "other", None, id="unknown"),
    ],
)
def test_kind_and_repository(text: str, kind: str, repository: str | None) -> None:
    (link,) = extract_links(text)
    assert (link.kind, link.repository) == (kind, repository)


pieces = st.sampled_from(
    [
        "https://",
        "http://",
        "github.com/",
        "a.org",
        "/o/n",
        ".We",
        ".",
        "{",
        "}",
        "(",
        ")",
        "\\_",
        "\\~{}",
        "hf.co/",
        " ",
        "www.",
        "x.github.io",
        "arxiv.org/abs/2501.12345",
        "é",
        "]",
        "[",
        ":",
    ]
)


@given(st.text(alphabet=st.characters(exclude_categories=())) | st.lists(pieces).map("".join))
def test_spans_are_ordered_and_prove_the_links(text: str) -> None:
    links = extract_links(text)
    ends = [0, *(link.end for link in links)]
    for link, end_before in zip(links, ends, strict=False):
        assert end_before <= link.start < link.end <= len(text)
        assert link.url.startswith(("http://", "https://"))
        # The span alone holds the same link, but for what its surroundings said of its kind.
        (again,) = extract_links(text[link.start : link.end])
        assert (again.url, again.repository) == (link.url, link.repository)
    assert len({link.url for link in links}) == len(links)


@given(st.lists(pieces).map("".join))
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    for link in extract_links(text):
        again = [found.url for found in extract_links(link.url)]
        assert again == [link.url]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\\" * 1_000_000, id="backslashes"),
        pytest.param("{" * 1_000_000, id="braces"),
        pytest.param("https://" + "." * 1_000_000, id="points"),
        pytest.param("https://a.org/" + "(" * 1_000_000, id="brackets"),
        pytest.param("https://" * 120_000, id="schemes"),
        pytest.param("https://a.org" + ".We" * 300_000, id="sentences"),
        pytest.param("github.com/a)" * 80_000, id="bare-hosts"),
        pytest.param("@github.com/a " * 70_000, id="mail-hosts"),
        pytest.param("www.github.io " * 70_000, id="hints"),
        pytest.param("https://h" + "hhh," * 250_000, id="letters-that-may-begin-a-scheme"),
        pytest.param("9" * 1_000_000, id="digits"),
        pytest.param("-a" * 500_000, id="hyphens"),
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    started = time.process_time()
    extract_links(text)
    # A tenth of this is usual; quadratic time would be minutes.
    assert time.process_time() - started < 5


def test_a_link_is_a_value() -> None:
    assert extract_links("https://x.ai") == [Link("https://x.ai", "other", None, 0, 12)]
