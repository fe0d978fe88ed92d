"""Identifiers: tables of ugly spellings, and properties that hold for any string."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.identifiers import (
    OLD_ARXIV_ARCHIVES,
    ArxivId,
    normalise_doi,
    normalise_github_repository,
    parse_arxiv_id,
    parse_huggingface_repository,
)


@pytest.mark.parametrize(
    ("text", "canonical", "version"),
    [
        pytest.param("0704.0001", "0704.0001", None, id="first-new-style"),
        pytest.param("1412.9999", "1412.9999", None, id="last-four-digits"),
        pytest.param("1501.00001", "1501.00001", None, id="first-five-digits"),
        pytest.param("2501.12345v12", "2501.12345", 12, id="version"),
        pytest.param("2501.12345V2", "2501.12345", 2, id="upper-case-version"),
        pytest.param("  2501.12345\n", "2501.12345", None, id="white-space"),
        pytest.param("\ufeff2501.12345\u200b", "2501.12345", None, id="invisible-characters"),
        pytest.param("arXiv:2501.12345", "2501.12345", None, id="label"),
        pytest.param("ARXIV: 2501.12345v1", "2501.12345", 1, id="label-upper-case-space"),
        pytest.param("arXiv:2501.12345v3 [cs.CL]", "2501.12345", 3, id="stamp-with-class"),
        pytest.param("[arXiv:2501.12345].", "2501.12345", None, id="brackets-and-point"),
        pytest.param("http://arxiv.org/abs/2501.12345", "2501.12345", None, id="abs"),
        pytest.param("https://www.arxiv.org/pdf/2501.12345v1.pdf", "2501.12345", 1, id="pdf"),
        pytest.param("https://arxiv.org/pdf/2501.12345", "2501.12345", None, id="pdf-no-suffix"),
        pytest.param("arxiv.org/html/2501.12345v2#S3", "2501.12345", 2, id="html-fragment"),
        pytest.param("https://export.arxiv.org/abs/2501.12345/", "2501.12345", None, id="export"),
        pytest.param("https://arxiv.org/abs/2501.12345?context=cs", "2501.12345", None, id="query"),
        pytest.param("https://ar5iv.org/abs/2501.12345", "2501.12345", None, id="ar5iv"),
        pytest.param(
            "https://ar5iv.labs.arxiv.org/html/2501.12345", "2501.12345", None, id="ar5iv-labs"
        ),
        pytest.param("https://huggingface.co/papers/2501.12345", "2501.12345", None, id="hub"),
        pytest.param("hf.co/papers/2501.12345#community", "2501.12345", None, id="hub-short"),
        pytest.param("https://www.alphaxiv.org/abs/2501.12345v1", "2501.12345", 1, id="alphaxiv"),
        pytest.param("https://alphaxiv.org/overview/2501.12345", "2501.12345", None, id="overview"),
        pytest.param("10.48550/arXiv.2501.12345", "2501.12345", None, id="doi"),
        pytest.param("https://doi.org/10.48550/ARXIV.2501.12345", "2501.12345", None, id="doi-url"),
        pytest.param("doi:10.48550/arxiv.hep-th/9901001", "hep-th/9901001", None, id="doi-old"),
        pytest.param("hep-th/9901001", "hep-th/9901001", None, id="old-style"),
        pytest.param("hep-th/9901001v3", "hep-th/9901001", 3, id="old-style-version"),
        pytest.param("math.GT/0309136", "math/0309136", None, id="subject-class"),
        pytest.param("arXiv:Math.GT/0309136v2", "math/0309136", 2, id="archive-upper-case"),
        pytest.param("https://arxiv.org/abs/cs/0703101", "cs/0703101", None, id="last-old-month"),
        pytest.param("arxiv.org/abs/hep-th%2F9901001", "hep-th/9901001", None, id="escaped-slash"),
    ],
)
def test_arxiv_id_is_read(text: str, canonical: str, version: int | None) -> None:
    assert parse_arxiv_id(text) == ArxivId(canonical, version)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("0703.0001", id="new-style-before-it-existed"),
        pytest.param("1412.00001", id="five-digits-too-early"),
        pytest.param("1501.0001", id="four-digits-too-late"),
        pytest.param("2503.0213", id="zero-lost-in-a-float"),
        pytest.param("2500.12345", id="month-0"),
        pytest.param("2513.12345", id="month-13"),
        pytest.param("2501.00000", id="number-0"),
        pytest.param("9901.12345", id="far-future"),
        pytest.param("2501.123456", id="six-digits"),
        pytest.param("12501.12345", id="five-digit-month"),
        pytest.param("2501.12345v0", id="version-0"),
        pytest.param("2501.12345 and 2501.12346", id="two-ids"),
        pytest.param("2501,12345", id="comma"),
        pytest.param("٢٥٠١.١٢٣٤٥", id="other-digits"),
        pytest.param("cs/0704001", id="old-style-after-its-end"),
        pytest.param("hep-th/9013001", id="year-before-arxiv"),
        pytest.param("hep-xx/9901001", id="no-such-archive"),
        pytest.param("hep-th/990100", id="old-style-short"),
        pytest.param("https://arxiv.org/list/cs.CL/2501", id="listing"),
        pytest.param("https://example.org/abs/2501.12345", id="other-site"),
        pytest.param("10.1000/2501.12345", id="other-doi"),
    ],
)
def test_anything_else_is_no_arxiv_id(text: str) -> None:
    assert parse_arxiv_id(text) is None


def test_last_month_can_be_the_day_of_capture() -> None:
    assert parse_arxiv_id("2503.12345", last_month=date(2025, 3, 1)) is not None
    assert parse_arxiv_id("2504.12345", last_month=date(2025, 3, 31)) is None


def new_arxiv_ids() -> st.SearchStrategy[str]:
    early = st.tuples(st.integers(8, 14), st.integers(1, 12), st.integers(1, 9999))
    late = st.tuples(st.integers(15, 38), st.integers(1, 12), st.integers(1, 99999))
    return st.one_of(
        early.map(lambda t: f"{t[0]:02}{t[1]:02}.{t[2]:04}"),
        late.map(lambda t: f"{t[0]:02}{t[1]:02}.{t[2]:05}"),
    )


def old_arxiv_ids() -> st.SearchStrategy[str]:
    parts = st.tuples(
        st.sampled_from(sorted(OLD_ARXIV_ARCHIVES)),
        st.sampled_from([*range(91, 100), *range(7)]),
        st.integers(1, 12),
        st.integers(1, 999),
    )
    return parts.map(lambda t: f"{t[0]}/{t[1]:02}{t[2]:02}{t[3]:03}")


@given(new_arxiv_ids() | old_arxiv_ids(), st.none() | st.integers(1, 99))
def test_canonical_arxiv_id_parses_to_itself_however_wrapped(
    canonical: str, version: int | None
) -> None:
    written = canonical + (f"v{version}" if version else "")
    for before, after in (
        ("", ""),
        ("arXiv:", ""),
        ("https://arxiv.org/abs/", ""),
        ("https://arxiv.org/pdf/", ".pdf"),
        ("https://huggingface.co/papers/", "/"),
        ("10.48550/arXiv.", ""),
        (" (", ")."),
    ):
        assert parse_arxiv_id(before + written + after) == ArxivId(canonical, version)


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        pytest.param("10.1000/182", "10.1000/182", id="bare"),
        pytest.param("doi:10.1000/ABC", "10.1000/abc", id="label"),
        pytest.param("DOI 10.1000/182", "10.1000/182", id="label-space"),
        pytest.param("info:doi/10.1000/182", "10.1000/182", id="info-uri"),
        pytest.param("https://doi.org/10.1000/182.", "10.1000/182", id="sentence-end"),
        pytest.param("http://dx.doi.org/10.1000/182", "10.1000/182", id="old-resolver"),
        pytest.param("https://doi.org/10.1000%2F182", "10.1000/182", id="escaped-slash"),
        pytest.param("(10.1000/a(1)b)", "10.1000/a(1)b", id="own-brackets-kept"),
        pytest.param(
            "10.1016/S0140-6736(20)30183-5;", "10.1016/s0140-6736(20)30183-5", id="publisher-item"
        ),
        pytest.param("10.1000.10/x", "10.1000.10/x", id="registrant-with-parts"),
        pytest.param("10.48550/arXiv.2501.12345", "10.48550/arxiv.2501.12345", id="arxiv"),
        pytest.param("10.1000/", None, id="no-suffix"),
        pytest.param("10.10/182", None, id="registrant-too-short"),
        pytest.param("11.1000/182", None, id="other-directory"),
        pytest.param("10.1000/18 2", None, id="space"),
        pytest.param("10.1000/Ä", None, id="beyond-ascii"),
        pytest.param("", None, id="empty"),
    ],
)
def test_doi(text: str, doi: str | None) -> None:
    assert normalise_doi(text) == doi


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param("some-lab/Model-7B", "some-lab/Model-7B", id="model"),
        pytest.param("datasets/lab/corpus", "datasets/lab/corpus", id="dataset"),
        pytest.param("spaces/lab/demo", "spaces/lab/demo", id="space"),
        pytest.param("https://huggingface.co/lab/m/tree/main?x=1", "lab/m", id="page-inside"),
        pytest.param("hf.co/datasets/lab/corpus/", "datasets/lab/corpus", id="short-host"),
        pytest.param("https://huggingface.co/datasets/squad", "datasets/squad", id="no-owner"),
        pytest.param("https://huggingface.co/lab/m.", "lab/m", id="sentence-end"),
        pytest.param("https://huggingface.co/lab", None, id="organisation"),
        pytest.param("https://huggingface.co/papers/2501.12345", None, id="paper"),
        pytest.param("https://huggingface.co/docs/hub", None, id="site-page"),
        pytest.param("https://huggingface.co/collections/lab/c-1", None, id="collection"),
        pytest.param("lab/m/tree/main", None, id="path-without-host"),
        pytest.param("lab/a--b", None, id="double-hyphen"),
        pytest.param("lab/a..b", None, id="double-point"),
        pytest.param("lab/m.git", None, id="git-suffix"),
        pytest.param("lab/" + "x" * 97, None, id="too-long"),
        pytest.param("läb/m", None, id="beyond-ascii"),
        pytest.param("", None, id="empty"),
    ],
)
def test_huggingface_repository(text: str, canonical: str | None) -> None:
    repository = parse_huggingface_repository(text)
    assert (repository.canonical if repository else None) == canonical
    if repository:
        assert parse_huggingface_repository(repository.canonical) == repository


@pytest.mark.parametrize(
    ("text", "repository"),
    [
        pytest.param("owner/Name", "owner/Name", id="bare-keeps-case"),
        pytest.param("https://github.com/o/n", "o/n", id="address"),
        pytest.param("http://www.github.com/o/n/tree/main/src#top", "o/n", id="page-inside"),
        pytest.param("https://github.com/o/n.git", "o/n", id="git-suffix"),
        pytest.param("git@github.com:o/n.git", "o/n", id="ssh"),
        pytest.param("git+https://github.com/o/n.git", "o/n", id="pip"),
        pytest.param("raw.githubusercontent.com/o/n/main/x", "o/n", id="raw"),
        pytest.param("https://github.com/o/n.js).", "o/n.js", id="name-with-point"),
        pytest.param("https://github.com/o", None, id="owner-only"),
        pytest.param("https://github.com/topics/nlp", None, id="site-page"),
        pytest.param("https://gitlab.com/o/n", None, id="other-host"),
        pytest.param("-o/n", None, id="owner-starts-with-hyphen"),
        pytest.param("o_o/n", None, id="owner-with-underscore"),
        pytest.param("o/..", None, id="parent-folder"),
        pytest.param("o/n/x", None, id="path-without-host"),
        pytest.param("", None, id="empty"),
    ],
)
def test_github_repository(text: str, repository: str | None) -> None:
    assert normalise_github_repository(text) == repository
    if repository:
        assert normalise_github_repository(repository) == repository


@given(st.text() | st.text(alphabet="10./arxivdoi:gthub.comf-%2F()[]v {}"))
def test_canonical_forms_are_stable_for_any_text(text: str) -> None:
    if arxiv_id := parse_arxiv_id(text):
        assert parse_arxiv_id(arxiv_id.canonical) == ArxivId(arxiv_id.canonical)
    if doi := normalise_doi(text):
        assert normalise_doi(doi) == doi
    if repository := parse_huggingface_repository(text):
        assert parse_huggingface_repository(repository.canonical) == repository
    if name := normalise_github_repository(text):
        assert normalise_github_repository(name) == name
