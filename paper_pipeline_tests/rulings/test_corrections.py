"""Corrections: what is right is read in one canonical form, what is doubtful names its remedy."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.clean.normalize import fold_whitespace
from paper_pipeline.dedup.survivorship import RULES
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.rulings.corrections import (
    FIELD_TYPES,
    NONE,
    Corrections,
    CorrectionsError,
    Link,
    Override,
    load_corrections,
)
from paper_pipeline.rulings.files import MOST_BYTES

SHIPPED = Path(__file__).parents[2] / "data" / "corrections.yaml"
RECORD, PAPER = "0123456789abcdef:000012", "paper:0123456789abcdef0123"
A, B, C = "arxiv:2501.00001", "arxiv:2501.00002", "arxiv:2501.00003"
SIGNED = "reason: r, author: a"
JOINED, OTHERS = (Link("must_link", pair, "r", "a") for pair in ((A, PAPER), (B, RECORD)))
TITLE = Override(C, "title", "x", "r", "a")


def load(path: Path, text: str | bytes) -> Corrections:
    file = path / "corrections.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_corrections(file)


def listing(*entries: str) -> str:
    return "corrections:\n" + "".join(f"  - {entry}\n" for entry in entries)


def setting(values: str, subject: str = A, reason: str = "r") -> str:
    return f"{{paper: {subject}, set: {{{values}}}, reason: {reason}, author: a}}"


def linking(kind: str, *subjects: str, reason: str = "r") -> str:
    quoted = ", ".join(f'"{subject}"' for subject in subjects)
    return f"{{{kind}: [{quoted}], reason: {reason}, author: a}}"


def test_the_shipped_file_holds_no_corrections() -> None:
    assert load_corrections(SHIPPED) == NONE


def test_the_examples_in_the_shipped_file_are_right(tmp_path: Path) -> None:
    comments = [line[2:] for line in SHIPPED.read_text().splitlines() if line.startswith("#   ")]
    first = next(n for n, line in enumerate(comments) if line.startswith("  - "))
    made = load(tmp_path, "corrections:\n" + "\n".join(comments[first:]))
    assert (len(made.must_link), len(made.cannot_link), len(made.overrides)) == (1, 1, 2)


@pytest.mark.parametrize("text", ["corrections:", "corrections: []", "\ufeffcorrections: []\r\n"])
def test_no_corrections(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == NONE


def test_a_missing_file_holds_no_corrections(tmp_path: Path) -> None:
    assert load_corrections(tmp_path / "none.yaml") == NONE


def test_what_survivorship_chooses_can_be_set() -> None:
    assert set(FIELD_TYPES) == {rule.field for rule in RULES} - {"arxiv_id"}
    known = {str(t) for t in (pa.string(), pa.int64(), pa.date32(), pa.bool_())}
    for name, kind in FIELD_TYPES.items():
        column = BY_NAME["deduplicated_papers"].column(name)
        is_list = column.type == pa.list_(pa.string())
        assert kind in known or (is_list and column.constraints == ["not null"]), name


def test_every_kind_is_read(tmp_path: Path) -> None:
    text = """
    corrections:
      - paper: arXiv:math.GT/0309136v2
        set: {title: "The  right\\ttitle", withdrawn_on: 2026-01-31}
        reason: >
          the page shows the title
          of the draft
        author: A. Curator
        added_on: 2026-01-31
      - {must_link: ["0123456789abcdef:000012", "arXiv: 2501.00001v3", arxiv:2501.00001],
         reason: r, author: a, added_on: "2026-01-30"}
      - {cannot_link: [paper:0123456789abcdef0123, arxiv:2501.00003], reason: r, author: a}
    """
    signed = ("the page shows the title of the draft", "A. Curator", date(2026, 1, 31))
    made = load(tmp_path, text)
    assert made == Corrections(
        (
            Override("arxiv:math/0309136", "withdrawn_on", date(2026, 1, 31), *signed),
            Override("arxiv:math/0309136", "title", "The right title", *signed),
            Link("cannot_link", (C, PAPER), "r", "a"),
            Link("must_link", (A, RECORD), "r", "a", date(2026, 1, 30)),
        ),
    )
    assert [entry.kind for entry in made.entries] == ["must_link", "cannot_link", "paper", "paper"]
    assert made.must_link[0].subjects == (RECORD, A)
    assert made.subjects == {RECORD, PAPER, A, C, "arxiv:math/0309136"}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("title: '2024'", "2024"),
        ('title: "e\\u0301t\\u00e9"', "été"),
        ("abstract: null", None),
        ("abstract: ~", None),
        ("published_on: 2025-01-02", date(2025, 1, 2)),
        ("published_on: '2025-01-02'", date(2025, 1, 2)),
        ("upvotes: 0", 0),
        ("upvotes: 1_000", 1000),
        ("authors: [A. First, B. Second]", ("A. First", "B. Second")),
        ("keywords: []", ()),
        ("is_author_participating: yes", True),
    ],
)
def test_values_fit_their_columns(tmp_path: Path, given: str, value: object) -> None:
    (override,) = load(tmp_path, listing(setting(given))).overrides
    assert override.value == value
    assert type(override.value) is type(value)
    rows = [list(value) if isinstance(value, tuple) else value]
    pa.array(rows, BY_NAME["deduplicated_papers"].column(override.field).type)


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_are_as_the_clean_stage_leaves_them(text: str) -> None:
    entry = {"paper": A, "set": {"title": text[:500]}, "reason": "r", "author": "a"}
    try:
        (override,) = load_entries([entry]).overrides
    except CorrectionsError:
        return
    assert override.value == fold_whitespace(text[:500])


BAD_VALUES = [
    ("title: 2024", "title: expected text, found 2024 (int); put it in quotes"),
    ("title: no", "title: expected text, found False (bool); put it in quotes"),
    ("title: 2024-01-01", "title: expected text, found 2024-01-01 (date); put it in quotes"),
    ("title: null", "title: expected text, found nothing"),
    ("title: ' '", "title: expected text, found ' ' (str); write some"),
    ('title: "a\\ud800"', "control characters, found '\\ud800' (str); remove it"),
    ('title: "a\\0b"', "control characters, found '\\x00' (str); remove it"),
    (f"title: {'x' * 1001}", "at most 1000 characters, found 'xxx"),
    ("abstract: ''", "abstract: expected text, found '' (str); write some, or leave it out"),
    ("upvotes: true", "upvotes: expected a whole number, found True (bool)"),
    ("upvotes: '3'", "found '3' (str); mend it, without quotes"),
    ("upvotes: 3.0", "upvotes: expected a whole number, found 3.0 (float)"),
    ("upvotes: -1", "upvotes: expected >= 0, found -1 (int); mend it"),
    ("upvotes: 9223372036854775808", "found 9223372036854775808 (int)"),
    (f"upvotes: 0x{'f' * 5000}", "entry 1: Exceeds the limit"),
    ("author_count: 0", "author_count: expected >= 1, <= 10000, found 0 (int)"),
    ("is_author_participating: 1", "expected true or false, found 1 (int)"),
    ("published_on: 1900-01-01", "expected >= 1991-01-01, found 1900-01-01 (date)"),
    ("published_on: 2025-01-01 10:00:00", "expected a day, found 2025-01-01 10:00:00 (datetime)"),
    ("published_on: '20250101'", "found '20250101' (str); write it as 2026-01-31"),
    ("published_on: '2025-02-31'", "a day of the calendar, found '2025-02-31' (str); mend it"),
    ("published_on: 2025-02-31", "expected YAML in UTF-8, found a fault: day is out of range"),
    ("authors: A. First", "authors: expected a list of texts, found 'A. First' (str); write [...]"),
    ("authors: null", "authors: expected a list of texts, found nothing; write [...], or []"),
    ("authors: [7]", "authors: expected text, found 7 (int); put it in quotes"),
    ("authors: [[A]]", "too deep; remove it"),
    ("arxiv_id: '2501.00001'", "decides which paper it is, so use must_link or cannot_link"),
    ("titel: x", "found 'titel' (str); did you mean title?"),
    ("text_hash: x", "found 'text_hash' (str); use one of title, abstract"),
    ("", "set: expected one or more fields, found nothing; name a field and its value"),
]


@pytest.mark.parametrize(("given", "words"), BAD_VALUES, ids=[g[:20] for g, _ in BAD_VALUES])
def test_bad_values(tmp_path: Path, given: str, words: str) -> None:
    with pytest.raises(CorrectionsError) as caught:
        load(tmp_path, listing(setting(given)))
    assert words in str(caught.value)


BAD_ENTRIES = [
    (f"{{paper: 2501.00010, set: {{title: x}}, {SIGNED}}}", "found 2501.0001 (float); write it as"),
    (f"{{paper: '2501.00010', set: {{title: x}}, {SIGNED}}}", "; write arxiv:2501.00010"),
    (f"{{paper: https://arxiv.org/abs/2501.1, set: {{title: x}}, {SIGNED}}}", "copy it from"),
    (f"{{paper: {A.upper()[:6]}2501.1, set: {{title: x}}, {SIGNED}}}", "a subject (a record_id, "),
    (f"{{paper: [{A}, {B}], set: {{title: x}}, {SIGNED}}}", "(list); write it as one text"),
    (f"{{paper: {PAPER.upper()}, set: {{title: x}}, {SIGNED}}}", "found 'PAPER:"),
    (f"{{must_link: [{A}, arxiv: 2501.00002], {SIGNED}}}", "without a space after the colon"),
    (linking("must_link", A, RECORD + "\\n"), "found '0123456789abcdef:000012\\n' (str)"),
    (linking("must_link", A, A + "v2"), "must_link: expected two or more different subjects"),
    (f"{{cannot_link: {A}, {SIGNED}}}", "found 'arxiv:2501.00001' (str); name all in one list"),
    (
        f"{{cannot_link: [], {SIGNED}}}",
        "cannot_link: expected two or more different subjects, found nothing",
    ),
    (f"{{must_link: null, {SIGNED}}}", "expected the key must_link, found nothing; add it"),
    (f"{{must_lnik: [{A}, {B}], {SIGNED}}}", "found 'must_lnik' (str); did you mean must_link?"),
    (f"{{paper: {A}, set: {{title: x}}, auther: a, reason: r}}", "did you mean author?"),
    (f"{{paper: {A}, set: {{title: x}}, yes: 1, reason: r}}", "found True (bool); use one of must"),
    (f"{{paper: {A}, set: {{title: x}}, author: a}}", "expected the key reason, found nothing"),
    (f"{{paper: {A}, set: {{title: x}}, reason: r}}", "expected the key author, found nothing"),
    (f"{{paper: {A}, set: {{title: x}}, reason: 1, author: a}}", "reason: expected text, found 1"),
    (f"{{paper: {A}, set: {{title: x}}, added_on: x, {SIGNED}}}", "added_on: expected a day"),
    (f"{{paper: {A}, {SIGNED}}}", "expected the key set, found nothing; add it"),
    (f"{{set: {{title: x}}, {SIGNED}}}", "expected the key paper, found nothing; add it"),
    (f"{{paper: {A}, set: title, {SIGNED}}}", "found 'title' (str); write key: value"),
    (f"{{{SIGNED}}}", "expected one of must_link, cannot_link, paper, found nothing"),
    (
        f"{{must_link: [{A}, {PAPER}], set: {{title: x}}, {SIGNED}}}",
        "found ['must_link', 'paper'] (list); make every correction an entry of its own",
    ),
    ("just words", "entry 1: expected a mapping with the keys must_link, "),
    ("", "entry 1: expected a mapping with the keys must_link, "),
    (f"{{paper: {A}, set: {{title: x, title: y}}, {SIGNED}}}", "line 2: expected every key once"),
    (
        f"paper: {A}\n    {SIGNED.split(',')[0]}\n    author: a\n    paper: {B}",
        "line 5: expected every key once, found paper again, of which YAML keeps the last; remove",
    ),
    (f"{{<<: {{reason: r}}, must_link: [{A}, {PAPER}], author: a}}", "found << again"),
    (f"{{must_link: &x [{A}, {PAPER}], {SIGNED}}}", "found an anchor, alias or tag of YAML"),
    (f"{{paper: {A}, set: {{title: *x}}, {SIGNED}}}", "a text that begins so in quotes"),
    (f"{{paper: {A}, set: {{upvotes: !!int x}}, {SIGNED}}}", "found an anchor, alias or tag"),
    (f"{{paper: {A}, set: {{upvotes: !!python/name:os.system }}, {SIGNED}}}", "or tag of YAML"),
]


@pytest.mark.parametrize(("entry", "words"), BAD_ENTRIES, ids=[e[:40] for e, _ in BAD_ENTRIES])
def test_bad_entries(tmp_path: Path, entry: str, words: str) -> None:
    with pytest.raises(CorrectionsError) as caught:
        load(tmp_path, listing(entry))
    assert words in str(caught.value)
    assert "corrections.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a mapping with the keys corrections, found nothing; write key: value"),
        ("{}", "corrections: expected a list"),
        ("- a", "found ['a'] (list); write key: value"),
        ("correction: []", "did you mean corrections?"),
        ("corrections: {}", "found {} (dict); begin each with '- ', or write corrections: []"),
        ("corrections: []\n---\ncorrections: []", "expected a single document"),
        ("corrections:\n  - paper: BERT: x", "a text that holds ': ' goes in quotes"),
        ("corrections: " + "[" * 100_000, "too deep; remove it"),
        ("corrections: \x00", "special characters are not allowed"),
        (b"corrections: \xff", "expected YAML in UTF-8, found a fault"),
        ("#" * (MOST_BYTES + 1), "at most 1,000,000 bytes, found more; is it the right file?"),
    ],
    ids=range(11),
)
def test_bad_files(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(CorrectionsError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)


def test_a_file_as_large_as_may_be_is_read(tmp_path: Path) -> None:
    start = b"corrections: []\n#"
    assert load(tmp_path, start + b"x" * (MOST_BYTES - len(start))) == NONE


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            [linking("must_link", A, PAPER, reason="one"), linking("cannot_link", PAPER, A)],
            ["papers of their own", "cannot_link", '("r", a)', 'made one by must_link', '("one"'],
        ),
        (
            [
                linking("must_link", RECORD, PAPER, reason="first"),
                linking("must_link", A, RECORD, reason="second"),
                linking("cannot_link", B, A, PAPER, reason="third"),
            ],
            [f"found {A} and {PAPER}; made", '("first", a)', '("second", a)', '("third", a)'],
        ),
        ([linking("must_link", A, B)], ["expected one arXiv id for one paper", f"{A} and {B}"]),
        (
            [
                linking("must_link", PAPER, A, reason="first"),
                linking("must_link", PAPER, C, reason="second"),
            ],
            [f"found {A} and {C}; made one by", '("first", a)', '("second", a)', "remove or mend"],
        ),
        (
            [setting("title: x", reason="one"), setting("title: y", A + "v1", reason="two")],
            [f"""one value of title for one paper, found paper {A} ("one", a) setting 'x' and """,
             """("two", a) setting 'y'; remove or mend"""],
        ),
        (
            [setting("upvotes: 1"), setting("upvotes: null", PAPER),
             linking("must_link", A, PAPER, reason="same")],
            ["one value of upvotes", "setting 1 and", "setting None; made one by", '("same", a)'],
        ),
    ],
    ids=["pair", "chain", "two arXiv ids", "two through a third", "values", "values of linked"],
)  # fmt: skip
def test_contradictions(tmp_path: Path, entries: list[str], words: list[str]) -> None:
    with pytest.raises(CorrectionsError) as caught:
        load(tmp_path, listing(*entries))
    message = str(caught.value)
    assert message.count("\n- ") == 1
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    "entries",
    [
        [linking("must_link", A, PAPER), linking("cannot_link", A, B, C)],
        [linking("cannot_link", A, B), linking("cannot_link", B, C), linking("cannot_link", A, C)],
        [setting("title: x"), setting("title: x", reason="again"), setting("title: y", B)],
        [setting("title: x"), setting("abstract: y")],
    ],
)
def test_what_only_looks_like_a_contradiction(tmp_path: Path, entries: list[str]) -> None:
    assert len(load(tmp_path, listing(*entries)).to_json()) == len(entries)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    entries = [
        setting("titel: x"), linking("must_link", A, B), setting("upvotes: -1"),
        linking("must_link", C, PAPER), linking("cannot_link", C, PAPER),
    ]  # fmt: skip
    with pytest.raises(CorrectionsError) as caught:
        load(tmp_path, listing(*entries))
    problems = str(caught.value).split("\n- ")
    assert problems[0].endswith("corrections.yaml cannot be honoured:")
    starts = ["entry 1:", "entry 3:", "expected one arXiv id", "expected papers of their own"]
    assert [p.startswith(s) for p, s in zip(problems[1:], starts, strict=True)] == [True] * 4


def load_entries(entries: list[dict]) -> Corrections:
    with TemporaryDirectory() as folder:  # JSON is YAML; days become ISO texts
        document = json.dumps({"corrections": entries}, default=str, ensure_ascii=False)
        return load(Path(folder), document)


TEXT = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=9
)
WORDS = TEXT.filter(str.strip)
SIGNATURE = st.fixed_dictionaries(
    {"reason": WORDS, "author": WORDS},
    optional={"added_on": st.dates() | st.dates().map(str) | st.none()},
)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "title": WORDS,
        "abstract": WORDS | st.none(),
        "authors": st.lists(WORDS, max_size=3),
        "upvotes": st.integers(0, 2**63 - 1) | st.none(),
        "published_on": st.dates(date(1991, 1, 1)) | st.none(),
        "is_author_participating": st.booleans() | st.none(),
    },
).filter(bool)
# Papers of which only records that share a letter are ever linked, so that nothing contradicts.
SUBJECTS = {n: [f"{n * 16}:{place:06d}" for place in range(4)] for n in "abc"}


@st.composite
def entry_lists(draw: st.DrawFn) -> list[dict]:
    entries: list[dict] = []
    for group in SUBJECTS.values():
        some = st.lists(st.sampled_from(group), min_size=2, unique=True)
        links = st.builds(lambda s, by: {"must_link": s, **by}, some, SIGNATURE)
        entries += draw(st.lists(links, max_size=2))
    apart = st.tuples(*map(st.sampled_from, SUBJECTS.values())).map(list)
    links = st.builds(lambda s, by: {"cannot_link": s, **by}, apart, SIGNATURE)
    entries += draw(st.lists(links, max_size=2))
    for number in range(draw(st.integers(0, 3))):
        subject = f"arxiv:2501.{number + 1:05d}"
        entries.append({"paper": subject, "set": draw(VALUES), **draw(SIGNATURE)})
    return entries


@settings(max_examples=25)
@given(entry_lists(), st.randoms())
def test_the_order_of_entries_says_nothing(entries: list[dict], random) -> None:
    made = load_entries(entries)
    shuffled = random.sample(entries, len(entries))
    for entry in shuffled:
        for kind in ("must_link", "cannot_link"):
            if kind in entry:
                entry[kind] = random.sample(entry[kind], len(entry[kind]))
    again = load_entries(shuffled + shuffled[:1])
    assert again == made
    assert again.to_json() == made.to_json()
    assert made.changed_subjects(again.to_json()) == frozenset()


@settings(max_examples=25)
@given(entry_lists())
def test_the_listing_gives_the_corrections_back(entries: list[dict]) -> None:
    made = load_entries(entries)
    listed = json.loads(json.dumps(made.to_json()))
    assert load_entries(listed) == made
    assert load_entries(listed).to_json() == listed


@settings(max_examples=25)
@given(entry_lists())
def test_a_manifest_gives_the_corrections_back(entries: list[dict]) -> None:
    made = load_entries(entries)
    rows = json.loads(json.dumps(made.to_rows(), default=str))
    assert len({row["correction_id"] for row in rows}) == len(made.entries)
    assert Corrections.from_rows(rows) == made


@settings(max_examples=25)
@given(entry_lists(), entry_lists())
def test_changed_subjects_follow_the_content(one: list[dict], other: list[dict]) -> None:
    made, changed = load_entries(one), load_entries(other)
    assert (made == changed) == (made.to_json() == changed.to_json())
    found = made.changed_subjects(changed.to_json())
    assert bool(found) == (made != changed)
    assert found == changed.changed_subjects(made.to_json())


@pytest.mark.parametrize(
    ("before", "changed"),
    [
        ((), {A, B, C, PAPER, RECORD}),
        ((JOINED, TITLE), {B, RECORD}),
        ((OTHERS, Link("cannot_link", (A, PAPER), "r", "a"), TITLE), {A, PAPER}),
        ((JOINED, OTHERS, Override(C, "title", "y", "r", "a")), {C}),
        ((TITLE, OTHERS, JOINED), set()),
    ],
)
def test_changed_subjects(before: tuple[Link | Override, ...], changed: set[str]) -> None:
    now = Corrections((JOINED, OTHERS, TITLE))
    assert now.subjects == {A, B, C, PAPER, RECORD}
    assert now.changed_subjects(Corrections(before).to_json()) == changed


def test_a_state_older_than_the_contract_still_tells_what_changed() -> None:
    signed = {"reason": "r", "author": "a", "added_on": None}
    assert NONE.changed_subjects([{"paper": A, "set": {"a_field_of_old": "x"}, **signed}]) == {A}


@pytest.mark.parametrize("entry", [{}, {"must_link": None}, {"must_link": [A], "paper": A}, "x", 3])
def test_a_broken_state_is_refused(entry: Any) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        NONE.changed_subjects([entry])


ROW = Corrections((TITLE,)).to_rows()[0] | {"added_on": None}


@pytest.mark.parametrize(
    "row",
    [
        {},
        "x",
        ROW | {"subjects": [A, B]},
        ROW | {"subjects": None},
        ROW | {"value": "no JSON"},
        ROW | {"field": "a_field_of_old"},
        ROW | {"kind": "merge"},
        ROW | {"kind": "must_link"},
        ROW | {"added_on": "soon"},
    ],
)
def test_a_broken_row_is_refused(row: Any) -> None:
    with pytest.raises(CorrectionsError, match="expected corrections as they were stored"):
        Corrections.from_rows([row])
