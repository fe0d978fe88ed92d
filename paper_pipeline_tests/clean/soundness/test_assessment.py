"""Dumps are judged: every kind of damage is named, and ordinary pages are left in peace."""

import gzip
import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.clean import formats
from paper_pipeline.clean.normalize import CleanedDump, clean_page
from paper_pipeline.clean.page import Capture
from paper_pipeline.clean.soundness import assessment as judgement
from paper_pipeline.clean.soundness.assessment import Finding, find_window, judge_profile
from paper_pipeline.clean.soundness.measures import (
    BY_NAME,
    MEASURES,
    DumpProfile,
    Reading,
    any_format,
)
from paper_pipeline.clean.soundness.profiles import profile_dump, profile_row, read_profiles
from paper_pipeline.lake.tables import BY_NAME as TABLES_BY_NAME
from paper_pipeline.settings import DriftLimits
from paper_pipeline_tests.corpus import NO_SEEDS, ROOT, SAMPLE, SEEDS
from paper_pipeline_tests.replay import GeneratedDays, generate_day

REAL_DAYS = ROOT.parent / "shared" / "samples" / "daily_papers_api"
NO_REAL_DAYS = "the real days are not beside this checkout (../shared/samples); they are not ours"
SCHEMA = TABLES_BY_NAME["cleaned_records"].schema
CAPTURED = datetime(2026, 1, 9, tzinfo=UTC)
LAST_DAY = date(2026, 8, 21)
API, TEXT = "daily_papers_api", "listing_text"
HTML, ARCHIVE = "daily_papers_html", "web_archive"
Rows = list[dict[str, Any]]
SEVERITIES = ["none", "warn", "error"]


# --- Pages ---------------------------------------------------------------------------------


def clean(data: bytes, asked_on: date | None = None) -> CleanedDump:
    capture = Capture(captured_on=CAPTURED.date(), asked_on=asked_on)
    page = formats.parse_dump(data, capture)
    version = formats.current_version(page.format)
    return clean_page(page, hashlib.sha256(data).hexdigest(), data, version)


def profile_of(cleaned: CleanedDump) -> DumpProfile:
    dump = cleaned.dump.to_pylist()[0]
    return profile_dump(cleaned.records, dump["dump_id"], dump["format"], dump["layout"], CAPTURED)


@cache
def generated(day: date, entry_count: int | None = None) -> CleanedDump:
    return clean(json.dumps(generate_day(day, entry_count)).encode(), day)


def generated_days(count: int, last: date = LAST_DAY) -> list[date]:
    return list(GeneratedDays(count, last))


@cache
def usual_days(count: int = 40) -> tuple[DumpProfile, ...]:
    """The days before the last one."""
    return tuple(profile_of(generated(day)) for day in generated_days(count + 1)[:-1])


def good_rows(day: date = LAST_DAY, entry_count: int = 24) -> Rows:
    return generated(day, entry_count).records.to_pylist()


def profile_rows(
    rows: Rows, *, kind: str = API, layout: str = "list", dump_id: str = "f" * 64
) -> DumpProfile:
    records = pa.Table.from_pylist(rows, schema=SCHEMA)
    return profile_dump(records, dump_id, kind, layout, CAPTURED)


def search_of(rows: Rows, dump_id: str = "f" * 64) -> DumpProfile:
    """The text of a search, which shows neither dates nor ids."""
    rows = [row | {"published_on": None, "arxiv_id": None} for row in rows]
    return profile_rows(rows, kind=TEXT, layout="lines", dump_id=dump_id)


def read_sample(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return gzip.decompress(data) if path.name.endswith(".txt.gz") else data


# --- Damage: each takes the good rows of a page, and how many of them are hit ----------------


def each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Rows, int], Rows]:
    def damage(rows: Rows, hit: int) -> Rows:
        return [row | change(row) if i < hit else row for i, row in enumerate(rows)]

    return damage


def glue_next_title(rows: Rows, hit: int) -> Rows:
    titles = [row["title"] for row in rows[1:]] + [""]
    return [
        row | {"abstract": f"{row['abstract']} {after}".strip()} if i < hit else row
        for i, (row, after) in enumerate(zip(rows, titles, strict=True))
    ]


def misread(text: str) -> str:
    return text.replace(" the ", " thé ").replace(",", " –").encode().decode("cp1252", "replace")


def cut(text: str) -> str:
    return text[: len(text) * 2 // 3].rstrip(". ")


def shift_ids(rows: Rows, hit: int) -> Rows:
    ids = [row["arxiv_id"] for row in rows[:hit]]
    moved = [*ids[1:], *ids[:1]] + [row["arxiv_id"] for row in rows[hit:]]
    return [row | {"arxiv_id": i} for row, i in zip(rows, moved, strict=True)]


def repeat(rows: Rows, hit: int) -> Rows:
    return [row | {"entry_index": i} for i, row in enumerate([*rows, *rows[:hit]])]


def moved_by(days: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda row: {"published_on": row["published_on"] + timedelta(days=days)}


GERMAN = (
    "Wir stellen ein Verfahren vor, das aus wenigen Beispielen lernt und dabei kaum Speicher "
    "braucht. Auf drei Sammlungen deutscher Texte erreicht es bessere Werte als alle früheren "
    "Ansätze, und seine Fehler lassen sich leicht erklären. Nummer {}."
)
CHINESE = (
    "我们提出一种新的方法，用很少的例子训练语言模型，并且在三个数据集上得到更好的结果。编号{}。"
)
CONSENT = "We use cookies to make this site work. Accept all cookies to go on reading. "

# Name of the damage -> what does it, the finding meant for it, whether it is an error.
DAMAGES: dict[str, tuple[Callable[[Rows, int], Rows], str, bool]] = {
    "next title glued": (glue_next_title, "glued_title", True),
    "own title glued": (
        each(lambda row: {"abstract": f"{row['title']} {row['abstract']}"}),
        "glued_title",
        True,
    ),
    "two entries in one": (
        each(lambda row: {"abstract": f"{row['abstract']} " * 5}),
        "long_abstract",
        True,
    ),
    "abstract as title": (each(lambda row: {"title": row["abstract"]}), "long_title", True),
    "mojibake": (
        each(lambda row: {"abstract": misread(row["abstract"] + " Voilà, the end – café.")}),
        "mojibake",
        True,
    ),
    "lost characters": (
        each(lambda row: {"abstract": row["abstract"].replace("a", "\ufffd")}),
        "mojibake",
        True,
    ),
    "tags": (each(lambda row: {"abstract": f"<p class='x'>{row['abstract']}</p>"}), "html", True),
    "entities": (each(lambda row: {"title": f"{row['title']} &amp; more"}), "html", True),
    "boilerplate": (each(lambda row: {"abstract": CONSENT}), "duplicate_abstract", True),
    "boilerplate before": (
        each(lambda row: {"abstract": CONSENT + row["abstract"]}),
        "boilerplate",
        True,
    ),
    "boilerplate behind": (
        each(lambda row: {"abstract": f"{row['abstract']} {CONSENT}"}),
        "boilerplate",
        True,
    ),
    "dates today": (
        each(lambda row: {"published_on": row["listed_on"]}),
        "published_same_day",
        True,
    ),
    "dates ahead": (each(moved_by(5)), "published_late", True),
    "dates a month ahead": (each(moved_by(31)), "published_late", True),
    "dates a month back": (each(moved_by(-45)), "days_to_list", True),
    "dates a year back": (each(moved_by(-365)), "id_month", True),
    "no authors": (
        each(lambda row: {"authors": [], "author_count": None}),
        "without_authors",
        False,
    ),
    "no upvotes": (each(lambda row: {"upvotes": None}), "without_upvotes", False),
    "no ids": (each(lambda row: {"arxiv_id": None}), "without_arxiv_id", True),
    "no abstracts": (each(lambda row: {"abstract": None}), "without_abstract", True),
    "no repositories": (
        each(lambda row: {"code_repository_url": None}),
        "without_code_repository_url",
        False,
    ),
    "page twice": (repeat, "duplicate_title", True),
    "German": (
        each(lambda row: {"abstract": GERMAN.format(row["entry_index"])}),
        "not_english",
        False,
    ),
    "Chinese": (
        each(lambda row: {"abstract": CHINESE.format(row["entry_index"]) * 6}),
        "not_latin",
        False,
    ),
    "cut abstracts": (
        each(
            lambda row: {"abstract": row["abstract"][: len(row["abstract"]) * 2 // 3].rstrip(". ")}
        ),
        "unfinished_abstract",
        True,
    ),
    "ids of the next row": (shift_ids, "id_thumbnail", True),
    "one id for all": (each(lambda _: {"arxiv_id": "2608.00001"}), "duplicate_id", True),
    "authors of the first": (
        each(lambda _: {"authors": ["A. Bee", "C. Dee"]}),
        "duplicate_authors",
        True,
    ),
    "first author only": (
        each(lambda row: {"authors": row["authors"][:1], "author_count": 1}),
        "one_author",
        True,
    ),
    "names in pieces": (
        each(lambda row: {"authors": " ".join(row["authors"]).split()}),
        "bare_names",
        True,
    ),
    "capitals alone": (each(lambda row: {"abstract": row["abstract"].upper()}), "caseless", True),
    "no capitals": (each(lambda row: {"abstract": row["abstract"].lower()}), "caseless", True),
    "no spaces": (
        each(lambda row: {"abstract": row["abstract"].replace(" ", "")}),
        "run_together",
        True,
    ),
}
# What is only unusual beside other days of the same site.
SEEN_IN_A_WINDOW_ONLY = {"no repositories", "first author only"}


def judge_dumps(
    profiles: Sequence[DumpProfile], is_accepted: Callable[[str], bool] = lambda _: False
) -> dict[str, tuple[Finding, ...]]:
    """The findings of the dumps that have some."""
    judgements = judgement.judge_dumps(profiles, DriftLimits(), is_accepted)
    return {dump_id: j.findings for dump_id, j in judgements.items() if j.findings}


def found_by(findings: Sequence[Finding], name: str) -> Finding | None:
    return next((finding for finding in findings if finding.name == name), None)


def severity(findings: Sequence[Finding], name: str) -> int:
    finding = found_by(findings, name)
    return SEVERITIES.index(finding.severity if finding else "none")


class TestDamage:
    @pytest.mark.parametrize("name", DAMAGES)
    @pytest.mark.parametrize("window_size", [0, 40])
    def test_is_named(self, name: str, window_size: int) -> None:
        window = usual_days(window_size)
        damage, expected, is_error = DAMAGES[name]
        rows = good_rows()
        assert judge_profile(profile_rows(rows), window) == []
        findings = judge_profile(profile_rows(damage(rows, len(rows))), window)
        if not window and name in SEEN_IN_A_WINDOW_ONLY:
            assert findings == []
            return
        finding = found_by(findings, expected)
        assert finding is not None, [f.name for f in findings]
        assert (finding.severity == "error") == is_error
        assert not finding.expected[0] <= finding.value <= finding.expected[1]
        assert len(finding.window) == len(window)
        for part in ("expected", "found", "Remedy"):
            assert part in finding.words

    @pytest.mark.parametrize("name", sorted(DAMAGES.keys() - SEEN_IN_A_WINDOW_ONLY))
    def test_the_more_of_it_the_graver(self, name: str) -> None:
        damage, expected, is_error = DAMAGES[name]
        rows = good_rows()
        profiles = [profile_rows(damage(rows, hit)) for hit in (0, 1, 4, 9, 16, 24)]
        for window in ((), usual_days()):
            ranks = [severity(judge_profile(profile, window), expected) for profile in profiles]
            assert ranks == sorted(ranks)
            assert ranks[0] == 0
            assert ranks[-1] == (2 if is_error else 1)

    def test_half_a_page_is_short_of_entries(self) -> None:
        days = generated_days(21)
        window = [profile_of(generated(day, 58 + i % 5)) for i, day in enumerate(days[:-1])]
        whole = good_rows(days[-1], 60)
        assert judge_profile(profile_rows(whole), window) == []
        finding = found_by(judge_profile(profile_rows(whole[:30]), window), "entry_count")
        assert finding is not None
        assert finding.severity == "warn"
        assert "or more" in finding.words

    @pytest.mark.parametrize(("refused", "rank"), [(0, 0), (2, 0), (7, 1), (20, 2)])
    def test_where_the_rules_refuse_much_the_rest_is_not_believed(
        self, refused: int, rank: int
    ) -> None:
        records = pa.Table.from_pylist(good_rows()[refused:], schema=SCHEMA)
        for window in ((), usual_days()):
            profile = profile_dump(records, "f" * 64, API, "list", CAPTURED, "", refused)
            assert severity(judge_profile(profile, window), "refused") == rank
        one = profile_dump(records.slice(0, 0), "f" * 64, API, "list", CAPTURED, "", 1)
        assert judge_profile(one, ()) == []

    def test_a_page_cut_within_an_abstract_is_told_from_its_last_entry(self) -> None:
        rows = good_rows()[:13]
        rows[-1] |= {"abstract": rows[-1]["abstract"][:100]}
        for window in ((), usual_days()):
            assert severity(judge_profile(profile_rows(rows), window), "last_abstract_cut") == 1
        whole = good_rows()[:13]
        whole[3] |= {"abstract": whole[3]["abstract"][:100]}
        assert judge_profile(profile_rows(whole), usual_days()) == []

    @pytest.mark.parametrize("end", ["of it.", "(of it).", "at https://a.example/x", "a.example/b"])
    def test_an_abstract_may_end_with_an_address(self, end: str) -> None:
        rows = good_rows()
        rows[-1] |= {"abstract": f"{rows[-1]['abstract']} More {end}"}
        assert judge_profile(profile_rows(rows), ()) == []

    @pytest.mark.parametrize(
        "text", ["<think> and </think>", "a < b and c > d", "x <= y", "R&D", "AT&T; and", "<image>"]
    )
    def test_signs_of_papers_are_no_html(self, text: str) -> None:
        rows = [row | {"abstract": f"{text} {row['abstract']}"} for row in good_rows()]
        assert profile_rows(rows).readings["html"].value == 0

    @pytest.mark.parametrize("text", ["Façade, naïve, Ångström, Ðorđe, Ñandú", "Â and Ã alone"])
    def test_accents_are_no_mojibake(self, text: str) -> None:
        rows = [row | {"abstract": f"{text} {row['abstract']}"} for row in good_rows()]
        assert profile_rows(rows).readings["mojibake"].value == 0

    def test_a_new_way_of_telling_the_day_is_said_once(self) -> None:
        rows = [row | {"listed_on_basis": "asked_day"} for row in good_rows()]
        changed = profile_rows(rows)
        window = usual_days()
        assert severity(judge_profile(changed, window), "listed_on_basis=asked_day") == 1
        assert judge_profile(changed, (*window[1:], changed)) == []

    def test_a_search_in_another_language_is_no_damage(self) -> None:
        rows = DAMAGES["Chinese"][0](good_rows(), 24)
        assert judge_profile(search_of(rows), ()) == []

    def test_a_search_seldom_shows_papers_of_one_day_only(self) -> None:
        rows = [row | {"published_on": LAST_DAY} for row in good_rows()]
        profile = profile_rows(rows, kind=TEXT, layout="paragraphs_with_footers")
        assert severity(judge_profile(profile, ()), "published_one_day") == 1


# Damage in any format, whatever it declares.
WRONG_IN_ANY_FORMAT = (
    "next title glued", "two entries in one", "abstract as title", "mojibake", "tags",
    "cut abstracts", "names in pieces", "capitals alone", "no spaces", "dates ahead",
    "dates a year back", "ids of the next row",
)  # fmt: skip
REGISTERED = [page_format.name for page_format in formats.FORMATS]


class TestFormats:
    """Which damage rules apply to a format follows from what it declares."""

    @pytest.mark.parametrize("kind", [*REGISTERED, "unknown", "a_format_that_is_gone"])
    @pytest.mark.parametrize("name", WRONG_IN_ANY_FORMAT)
    def test_damage_is_damage_in_every_format(self, kind: str, name: str) -> None:
        damage, expected, _ = DAMAGES[name]
        findings = judge_profile(profile_rows(damage(good_rows(), 24), kind=kind), ())
        assert severity(findings, expected) == 2

    @pytest.mark.parametrize("kind", REGISTERED)
    def test_every_format_has_damage_rules(self, kind: str) -> None:
        page_format = formats.find_format(kind)
        rules = [m for m in MEASURES if m.is_damage and m.usual]
        applied = {m.name for m in rules if m.applies(page_format)}
        assert applied >= {m.name for m in rules if m.applies is any_format}
        assert len(applied) >= 15

    @pytest.mark.parametrize(
        ("damage", "measure", "ranks"),
        [
            ("dates today", "published_same_day", {API: 2, HTML: 2, ARCHIVE: 2, TEXT: 0}),
            ("page twice", "duplicate_title", {API: 2, HTML: 2, ARCHIVE: 0, TEXT: 2}),
            ("boilerplate", "duplicate_abstract", {API: 2, HTML: 2, ARCHIVE: 0, TEXT: 2}),
            ("no abstracts", "without_abstract", {API: 2, HTML: 2, ARCHIVE: 2, TEXT: 2}),
            ("no ids", "without_arxiv_id", {API: 2, HTML: 0, ARCHIVE: 0, TEXT: 0}),
            ("no authors", "without_authors", {API: 1, HTML: 0, ARCHIVE: 0, TEXT: 0}),
        ],
    )
    def test_what_the_formats_declare(
        self, damage: str, measure: str, ranks: dict[str, int]
    ) -> None:
        rows = DAMAGES[damage][0](good_rows(), 24)
        found = {kind: judge_profile(profile_rows(rows, kind=kind), ()) for kind in REGISTERED}
        assert {kind: severity(found[kind], measure) for kind in REGISTERED} == ranks

    @pytest.mark.parametrize(
        ("declared", "damage", "measure", "rank"),
        [
            ({"lists_days": True}, "dates today", "published_same_day", 2),
            ({"lists_days": False}, "dates today", "published_same_day", 0),
            ({"lists_days": False}, "dates today", "published_one_day", 1),
            ({"lists_days": True}, "dates today", "published_one_day", 0),
            ({"lists_days": True}, "Chinese", "not_latin", 1),
            ({"lists_days": False}, "Chinese", "not_latin", 0),
            ({"repeats_pages": False}, "page twice", "duplicate_title", 2),
            ({"repeats_pages": True}, "page twice", "duplicate_title", 0),
            ({"filled_columns": frozenset({"arxiv_id"})}, "no ids", "without_arxiv_id", 2),
            ({"filled_columns": frozenset({"upvotes"})}, "no ids", "without_arxiv_id", 0),
            ({"filled_columns": frozenset({"upvotes"})}, "no upvotes", "without_upvotes", 1),
        ],
    )
    def test_a_new_format_is_judged_by_what_it_declares(
        self, monkeypatch, declared: dict[str, Any], damage: str, measure: str, rank: int
    ) -> None:
        fifth = replace(formats.FORMATS[0], name="fifth", **declared)
        monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, fifth))
        rows = DAMAGES[damage][0](good_rows(), 24)
        findings = judge_profile(profile_rows(rows, kind="fifth"), ())
        assert severity(findings, measure) == rank

    def test_only_lists_are_known_by_their_day(self, monkeypatch) -> None:
        profile = profile_rows(good_rows(), kind="fifth")
        assert not profile.is_list
        for is_list in (True, False):
            fifth = replace(formats.FORMATS[0], name="fifth", lists_days=is_list)
            monkeypatch.setattr(formats, "FORMATS", (fifth,))
            assert profile.is_list == is_list
            assert profile.page == (str(LAST_DAY) if is_list else profile.dump_id)


class TestOtherDays:
    """What only other dumps can tell."""

    @staticmethod
    def again(rows: Rows, day: date) -> Rows:
        return [row | {"listed_on": day, "upvotes": (row["upvotes"] or 0) + 7} for row in rows]

    @pytest.mark.parametrize(("share", "rank"), [(1.0, 2), (0.5, 2), (0.3, 1), (0.1, 0)])
    def test_the_list_of_an_earlier_day_is_stale(self, share: float, rank: int) -> None:
        days = generated_days(3, LAST_DAY)
        old, new = good_rows(days[0], 20), good_rows(LAST_DAY, 20)
        part = round(20 * share)
        mixed = self.again(old[:part], LAST_DAY) + new[part:]
        rows = [row | {"entry_index": i} for i, row in enumerate(mixed)]
        window = [profile_rows(old, dump_id="a" * 64)]
        findings = judge_profile(profile_rows(rows), window)
        assert severity(findings, "stale") == rank
        if rank:
            finding = found_by(findings, "stale")
            assert finding is not None
            assert str(days[0]) in finding.words

    def test_the_same_day_asked_for_again_is_not(self) -> None:
        rows = good_rows()
        window = [profile_rows(rows, dump_id="a" * 64)]
        assert judge_profile(profile_rows(self.again(rows, LAST_DAY)), window) == []

    def test_nor_is_a_search_that_shows_the_same_papers(self) -> None:
        rows = good_rows()
        window = [search_of(rows, "a" * 64)]
        rows = self.again(rows, LAST_DAY + timedelta(days=1))
        assert judge_profile(search_of(rows), window) == []

    def test_ids_of_the_next_row_contradict_what_was_known(self) -> None:
        rows = [row | {"thumbnail_url": None} for row in good_rows()]
        window = [profile_rows(rows, dump_id="a" * 64)]
        findings = judge_profile(profile_rows(shift_ids(rows, len(rows))), window)
        assert [f.name for f in findings] == ["other_id", "other_title"]
        assert severity(findings, "other_id") == severity(findings, "other_title") == 2
        # A paper may be listed again under a revised id; that is no shift.
        assert judge_profile(profile_rows(shift_ids(rows, 2)), window) == []

    def test_new_papers_under_known_ids_contradict_what_was_known(self) -> None:
        old, new = good_rows(generated_days(3, LAST_DAY)[0]), good_rows()
        window = [profile_rows(old, dump_id="a" * 64)]
        for hit, rank in ((0, 0), (2, 0), (24, 2)):
            ids = [row["arxiv_id"] for row in [*old[:hit], *new[hit:]]]
            rows = [row | {"arxiv_id": i} for row, i in zip(new, ids, strict=True)]
            findings = judge_profile(profile_rows(rows), window)
            assert severity(findings, "other_title") == rank, hit

    def test_ids_that_shift_when_a_day_is_asked_for_again(self) -> None:
        rows = [row | {"thumbnail_url": None} for row in good_rows()]
        first = profile_rows(rows, dump_id="a" * 64)
        later = CAPTURED + timedelta(days=1)
        again = replace(profile_rows(shift_ids(rows, len(rows))), captured_at=later)
        found = judge_dumps([*usual_days(), first, again])
        assert severity(found[again.dump_id], "other_id") == 2
        assert severity(found[first.dump_id], "other_id") == 0

    def test_a_window_of_another_kind_is_refused(self) -> None:
        other = profile_rows(good_rows(), kind=TEXT)
        with pytest.raises(ValueError, match="find_window"):
            judge_profile(profile_rows(good_rows()), [other])


class TestWindow:
    def test_a_day_asked_for_again_and_again_counts_once(self) -> None:
        days = usual_days()[-12:]
        again = [replace(days[5], dump_id=f"{i:064x}") for i in range(8)]
        earlier = sorted([*days, *again], key=lambda p: p.order)
        found = find_window(earlier, DriftLimits(window=6))
        assert [p.page_on for p in found] == [p.page_on for p in days[-6:]]

    def test_only_dumps_of_the_same_kind_are_compared(self) -> None:
        searches = [
            replace(p, format=TEXT, layout="lines", dump_id=f"{i:064x}")
            for i, p in enumerate(usual_days()[-20:])
        ]
        bad = search_of(DAMAGES["no authors"][0](good_rows(), 24))
        assert judge_dumps([*usual_days(), bad]) == {}
        found = judge_dumps([*searches, bad])
        assert severity(found["f" * 64], "without_authors") == 1

    def test_damage_does_not_become_usual_by_lasting_unless_accepted(self) -> None:
        good, days = usual_days(12), generated_days(35, LAST_DAY + timedelta(days=35))
        bad = [
            profile_rows(DAMAGES["tags"][0](good_rows(day), 24), dump_id=f"{i:064x}")
            for i, day in enumerate(days)
            if day > LAST_DAY
        ]
        found = judge_dumps([*good, *bad])
        assert sum(severity(f, "html") == 2 for f in found.values()) == len(bad)
        accepted = judge_dumps([*good, *bad], lambda _: True)
        assert bad[0].dump_id in accepted
        assert bad[-1].dump_id not in accepted

    def test_what_is_known_is_not_judged_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judged: list[str] = []

        def judge(profile: DumpProfile, *others: Any) -> list[Finding]:
            judged.append(profile.dump_id)
            return judge_profile(profile, *others)

        monkeypatch.setattr(judgement, "judge_profile", judge)
        *days, last = usual_days(20)
        first = judgement.judge_dumps(days, DriftLimits(), lambda _: False)
        assert len(judged) == 19
        judged.clear()
        second = judgement.judge_dumps([*days, last], DriftLimits(), lambda _: False, first)
        assert judged == [last.dump_id]
        assert second == judgement.judge_dumps([*days, last], DriftLimits(), lambda _: False)
        judged.clear()
        changed = [replace(days[0], inputs="other"), *days[1:]]
        judgement.judge_dumps(changed, DriftLimits(), lambda _: False, second)
        assert len(judged) == 19
        judged.clear()
        judgement.judge_dumps(days, DriftLimits(window=12), lambda _: False, second)
        assert len(judged) == 19

    def test_an_odd_third_of_the_window_hides_nothing(self) -> None:
        good = list(usual_days())
        odd = [
            profile_rows(DAMAGES["tags"][0](good_rows(p.page_on or LAST_DAY), 24))
            for p in good[:13]
        ]
        findings = judge_profile(
            profile_rows(DAMAGES["tags"][0](good_rows(), 24)), [*odd, *good[13:]]
        )
        assert severity(findings, "html") == 2


def scale(name: str, value: float) -> float:
    """A value that the measure may have, from one of 0 to 1."""
    if name == "last_abstract_cut":
        return float(round(value))
    return value if name not in BY_NAME or BY_NAME[name].nature == "share" else value * 4_000


class TestProperties:
    @given(st.randoms(use_true_random=False), st.sampled_from(sorted(DAMAGES)))
    @settings(max_examples=30)
    def test_the_order_of_records_changes_nothing(self, chance: random.Random, name: str) -> None:
        rows = DAMAGES[name][0](good_rows(), 12)
        profile = profile_rows(rows)
        chance.shuffle(rows)
        assert profile_rows(rows) == profile

    @given(st.randoms(use_true_random=False))
    @settings(max_examples=15)
    def test_the_order_of_dumps_changes_nothing(self, chance: random.Random) -> None:
        bad = profile_rows(DAMAGES["tags"][0](good_rows(), 24))
        profiles = [*usual_days(14), bad]
        found = judge_dumps(profiles)
        chance.shuffle(profiles)
        assert judge_dumps(profiles) == found != {}

    @given(
        st.dictionaries(
            st.sampled_from([*BY_NAME, "repairs=quotes", "last_abstract_cut"]),
            st.tuples(st.floats(0, 1), st.integers(1, 200), st.floats(0, 50)),
        ),
        st.integers(10, 60),
    )
    def test_identical_dumps_never_accuse_one_another(self, values: Any, count: int) -> None:
        readings = {
            name: Reading(
                scale(name, value),
                entries,
                error,
            )
            for name, (value, entries, error) in values.items()
        }
        profile = DumpProfile(
            "a" * 64, API, "list", LAST_DAY, CAPTURED, 9, readings, (1, 2), ("2501.00001", "")
        )
        assert judge_profile(profile, [profile] * count) == []

    @given(st.sampled_from(sorted(DAMAGES)), st.integers(0, 24))
    @settings(max_examples=30)
    def test_a_profile_survives_its_row(self, name: str, hit: int) -> None:
        profile = profile_rows(DAMAGES[name][0](good_rows(), hit))
        assert read_profiles(pa.Table.from_pylist([profile_row(profile)])) == [profile]


class TestSmallDumps:
    def test_an_empty_dump_has_nothing_to_be_judged_by(self) -> None:
        profile = profile_rows([])
        assert profile.entry_count == 0
        assert judge_profile(profile, ()) == []
        assert judge_profile(profile, usual_days()) == []

    @pytest.mark.parametrize("name", sorted(DAMAGES))
    def test_one_record_is_never_an_error(self, name: str) -> None:
        rows = DAMAGES[name][0](good_rows()[:1], 1)
        profile = profile_rows(rows)
        for window in ((), usual_days()):
            findings = judge_profile(profile, window)
            assert all(finding.severity == "warn" for finding in findings)

    def test_a_good_record_alone_is_ordinary(self) -> None:
        assert judge_profile(profile_rows(good_rows()[:1]), ()) == []

    @pytest.mark.parametrize("kind", [API, TEXT])
    def test_records_without_anything_but_a_title(self, kind: str) -> None:
        empty = {field.name: None for field in SCHEMA} | {"listed_on_basis": "unknown"}
        lists = {f.name: [] for f in SCHEMA if pa.types.is_list(f.type)}
        rows = [empty | lists | {"title": f"Title {i}", "entry_index": i} for i in range(9)]
        nullable = pa.schema([field.with_nullable(True) for field in SCHEMA])
        records = pa.Table.from_pylist(rows, schema=nullable)
        profile = profile_dump(records, "a" * 64, kind, "lines", CAPTURED)
        assert severity(judge_profile(profile, ()), "without_abstract") == 2


def test_the_cost_of_a_profile_follows_the_records() -> None:
    rows = pa.concat_tables([generated(day).records for day in generated_days(60)])
    many = pa.concat_tables([rows] * 11).slice(0, 10_000)
    place = many.column_names.index("entry_index")
    many = many.set_column(place, "entry_index", pa.array(range(many.num_rows)))

    def seconds(count: int) -> float:
        started = time.process_time()
        profile_dump(many.slice(0, count), "a" * 64, API, "list", CAPTURED)
        return time.process_time() - started

    few = min(seconds(1_000) for _ in range(3))
    # Ten times the records; quadratic time would take a hundred times as long.
    assert min(seconds(10_000) for _ in range(2)) < 30 * few


# --- Ordinary pages --------------------------------------------------------------------------


def count_findings(dumps: Sequence[CleanedDump]) -> tuple[int, list[tuple[str, Finding]]]:
    """How many readings were judged, and what was found."""
    profiles = [profile_of(dump) for dump in dumps]
    found = judge_dumps(profiles)
    findings = [(dump_id, f) for dump_id, findings in found.items() for f in findings]
    return sum(len(profile.readings) for profile in profiles), findings


def assert_no_false_alarm(dumps: Sequence[CleanedDump]) -> None:
    checks, findings = count_findings(dumps)
    assert [f.words for _, f in findings if f.severity == "error"] == []
    assert len(findings) < 0.01 * checks, [f.words for _, f in findings]


@cache
def real_days() -> tuple[CleanedDump, ...]:
    if not REAL_DAYS.is_dir():
        pytest.skip(NO_REAL_DAYS)
    files = sorted(REAL_DAYS.glob("*.json"))
    return tuple(clean(file.read_bytes(), date.fromisoformat(file.stem)) for file in files)


class TestNoFalseAlarm:
    def test_generated_days(self) -> None:
        assert_no_false_alarm([generated(day) for day in generated_days(60)])

    def test_sample(self) -> None:
        assert_no_false_alarm([clean(read_sample(path)) for path in sorted(SAMPLE.iterdir())])

    @pytest.mark.skipif(not SEEDS.is_dir(), reason=NO_SEEDS)
    def test_the_five_real_dumps(self) -> None:
        assert_no_false_alarm([clean(path.read_bytes()) for path in sorted(SEEDS.glob("*.txt"))])

    def test_the_real_days(self) -> None:
        assert_no_false_alarm(real_days())


@cache
def real_window() -> tuple[DumpProfile, ...]:
    return tuple(profile_of(dump) for dump in real_days()[:-1])


@pytest.mark.parametrize("name", sorted(DAMAGES.keys() - SEEN_IN_A_WINDOW_ONLY))
def test_damage_of_a_real_day_is_named(name: str) -> None:
    """The newest real day, with the 22 before it and alone."""
    dumps = real_days()
    window = real_window()
    damage, expected, is_error = DAMAGES[name]
    rows = dumps[-1].records.to_pylist()
    damaged = profile_rows(damage(rows, len(rows)))
    for standard in (window, ()):
        findings = judge_profile(damaged, standard)
        assert severity(findings, expected) == (2 if is_error else 1)


def test_abstracts_of_the_next_row_are_foreign_to_their_titles() -> None:
    """Titles and abstracts that are made up share nothing, so this needs real ones."""
    rows = real_days()[-1].records.to_pylist()
    moved = [*rows[1:], rows[0]]
    pairs = zip(rows, moved, strict=True)
    shifted = [row | {"abstract": other["abstract"]} for row, other in pairs]
    assert severity(judge_profile(profile_rows(rows), real_window()), "foreign_abstract") == 0
    assert severity(judge_profile(profile_rows(shifted), real_window()), "foreign_abstract") == 2
