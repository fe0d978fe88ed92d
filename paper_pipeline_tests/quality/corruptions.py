"""What goes wrong with data, each with the check or the rule that is meant for it.

Data flow: CORRUPTIONS, one thing that goes wrong each -> Scene (scene.py), where it happens to good
data -> test_corruptions.py, which runs the job and looks who has noticed.

    python -m paper_pipeline_tests.quality.corruptions

prints the table. Where a check of its own catches something only by an accident of the case, the
case is wrong: each stands for a kind, and what catches it must catch all of its kind.
"""

import copy
import gzip
import json
import random
import re
import shutil
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.acquire import arxiv_metadata, daily_pages, inbox
from paper_pipeline.clean import assets as clean_assets
from paper_pipeline.clean import formats, update
from paper_pipeline.clean.page import Page
from paper_pipeline.dedup import increment
from paper_pipeline.enrich import trends
from paper_pipeline.enrich import update as features
from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.quality import scorecard
from paper_pipeline.release import publish
from paper_pipeline_tests.corpus import SAMPLE, Corpus, page
from paper_pipeline_tests.quality.scene import (
    GOOD_DAYS,
    NEXT_DAY,
    Entries,
    Scene,
    add,
    change,
    drop,
    each,
    make_entries,
    put,
)
from paper_pipeline_tests.replay import FAULTS, Faults, GeneratedDays, ReplayServer

BLOCKED, FLAGGED, QUARANTINED, FAILED = OUTCOMES = ("blocked", "flagged", "quarantined", "failed")
UNSOUND, UNUSUAL = "rule:unsound_dump", "cleaned_records.dumps_as_usual"
KEPT = "enriched_papers.released_papers_kept"
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Corruption:
    """Something that goes wrong, and what is meant to notice.

    Attributes:
        name: What it is called.
        what: What really goes wrong, in a sentence.
        inject: Lets it happen to good data.
        caught_by: `asset.check`, `rule:<rule of the quarantine>` or `error:<class>`.
        outcome: blocked (the check fails as an error; what comes after it does not run), flagged
            (it warns, and the run goes on), quarantined (entries break the rule, the run goes on)
            or failed (a step refuses to go on).
        names: What the check must name: the measure of a dump, the field, the column.
        also: Other checks that rightly fail as errors.
    """

    name: str
    what: str
    inject: Callable[[Scene], object]
    caught_by: str
    outcome: str
    names: str = ""
    also: tuple[str, ...] = ()


def render_table() -> str:
    """The table of corruptions as markdown."""
    lines = ["| corruption | caught by | outcome | what goes wrong |", "|---|---|---|---|"]
    for c in CORRUPTIONS:
        meant = f"`{c.caught_by}`" + (f" ({c.names})" if c.names else "")
        lines.append(f"| {c.name} | {meant} | {c.outcome} | {c.what} |")
    return "\n".join(lines) + "\n"


# --- How it happens ------------------------------------------------------------------------------


def deliver(alter: Callable[[Entries], Entries | bytes], name: str = "") -> Callable[[Scene], None]:
    """The dump of the next day arrives altered."""

    def inject(scene: Scene) -> None:
        dump = alter(scene.entries)
        scene.deliver(dump, name) if name else scene.deliver(dump)

    return inject


def deliver_bytes(data: bytes, name: str = "") -> Callable[[Scene], None]:
    """Something else arrives in place of the dump."""
    return deliver(lambda _: data, name)


def after(place: object, name: str, *damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    """The dump of the next day arrives, and a bug strikes after a stage's function has worked."""

    def inject(scene: Scene) -> None:
        scene.deliver(scene.entries)
        for damage in damages:
            scene.after(place, name, damage)

    return inject


def after_inbox(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    return after(inbox, "take_inbox", *damages)


def after_parsing(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    return after(update, "update_records", *damages)


def after_dedup(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    return after(increment, "update_papers", *damages)


def after_features(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    return after(features, "update_features", *damages)


def after_counting(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    return after(trends, "update_counts", *damages)


def after_release(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    return after(publish, "publish", *damages)


def ask_site(
    entries: Callable[[Entries], Entries] = lambda entries: entries, fault: str = ""
) -> Callable[[Scene], None]:
    """The site is asked for the last two days, and answers like this for the later one."""

    def inject(scene: Scene) -> None:
        faults: Faults = {NEXT_DAY: FAULTS[fault]} if fault else {}
        before = GOOD_DAYS[-1]
        scene.serve({before: make_entries(before), NEXT_DAY: entries(scene.entries)}, faults)

    return inject


def after_asking(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    """The site is asked for the next day, and a bug strikes once the answer is stored."""

    def inject(scene: Scene) -> None:
        ask_site()(scene)
        for damage in damages:
            scene.after(daily_pages, "update_days", damage)

    return inject


def after_arxiv(*damages: Callable[[Lake], object]) -> Callable[[Scene], None]:
    """The same, once arXiv has been asked."""

    def inject(scene: Scene) -> None:
        ask_site()(scene)
        for damage in damages:
            scene.after(arxiv_metadata, "update_arxiv_metadata", damage)

    return inject


def ask_twice(scene: Scene) -> None:
    """The site is asked for a day again, and gives much less than before."""
    with ReplayServer({NEXT_DAY: scene.entries}) as server:
        Corpus(scene.folder).fetch(server.url, [NEXT_DAY], NEXT_DAY)
    scene.serve({NEXT_DAY: scene.entries[:3]})


def snap_back(scene: Scene) -> None:
    """The site gives the list of the day before for the next day; the day after it is right."""
    before, behind = GOOD_DAYS[-1], NEXT_DAY + timedelta(days=3)
    scene.serve({day: make_entries(day) for day in (before, behind)})


def refuse(scene: Scene) -> None:
    """The site refuses whatever it is asked for."""
    scene.patch.setattr(dg.RetryPolicy, "calculate_delay", lambda *_: 0)
    scene.serve({NEXT_DAY: scene.entries}, {NEXT_DAY: FAULTS["503"]})


def read_otherwise(alter: Callable[[Page], Page]) -> Callable[[Scene], None]:
    """The parsers read otherwise than before, under the same version."""

    def inject(scene: Scene) -> None:
        real = formats.parse_dump
        scene.deliver(scene.entries)
        scene.patch.setattr(formats, "parse_dump", lambda *args: alter(real(*args)))

    return inject


def fail_to_read(scene: Scene) -> None:
    """The parser of the next day's dump stumbles over it."""

    def parse_page(*_: object) -> Page:
        raise IndexError("list index out of range")

    scene.deliver(scene.entries)
    failing = tuple(replace(f, parse_page=parse_page) for f in formats.FORMATS)
    scene.patch.setattr(formats, "FORMATS", failing)


def read_all_again(inject: Callable[[Scene], object]) -> Callable[[Scene], None]:
    """All dumps are read once more, because the table that says what was read is lost."""

    def inject_both(scene: Scene) -> None:
        inject(scene)
        shutil.rmtree(scene.lake.folder / "parsed_dumps.lance")

    return inject_both


# --- What happens to entries ---------------------------------------------------------------------


def paper(alter: Callable[[Entry], object], count: int | None = None):
    """Alters the papers of a list, without what stands around them."""
    return each(lambda entry: alter(entry["paper"]), count)


def set_paper(count: int | None = None, **values: object):
    return paper(lambda p: p.update(values), count)


def set_text(alter: Callable[[Entry], str], count: int | None = None):
    """Alters abstracts, in both places."""

    def replace_text(entry: Entry) -> None:
        entry["paper"]["summary"] = entry["summary"] = alter(entry["paper"])

    return each(replace_text, count)


def set_title(alter: Callable[[Entry], str], count: int | None = None):
    """Alters titles, in both places."""

    def replace_title(entry: Entry) -> None:
        entry["paper"]["title"] = entry["title"] = alter(entry["paper"])

    return each(replace_title, count)


def swap_columns(entry: Entry) -> None:
    for part in (entry, entry["paper"]):
        part["title"], part["summary"] = part["summary"], part["title"]


def glue_next_title(entries: Entries) -> Entries:
    titles = [entry["title"] for entry in entries[1:]] + [""]
    after_it = iter(titles)
    return set_text(lambda p: f"{p['summary']} {next(after_it)}".strip())(entries)


def misread(text: str) -> str:
    """UTF-8 read as Windows-1252, after punctuation that people type."""
    typed = text.replace(", ", " – ").replace(" the ", " thé ").replace(".", "…", 1)
    return typed.encode().decode("cp1252", "replace")


def lose_letters(text: str) -> str:
    return text.replace("a", "\ufffd")


def cut(text: str) -> str:
    return text[: len(text) * 2 // 3].rstrip(". ")


def tease(text: str) -> str:
    return text[:150].rstrip(". ") + "…"


def move(days: int):
    """Moves days of publication."""

    def shift(entry: Entry) -> None:
        for part in (entry, entry["paper"]):
            moment = datetime.fromisoformat(part["publishedAt"]) + timedelta(days=days)
            part["publishedAt"] = f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"

    return each(shift)


def shift_ids(entries: Entries) -> Entries:
    ids = [entry["paper"]["id"] for entry in entries]
    moved = iter([*ids[1:], ids[0]])
    return paper(lambda p: p.update(id=next(moved)))(entries)


def take_known_ids(entries: Entries) -> Entries:
    """Ids and thumbnails of the day before under new titles."""
    known = iter(make_entries(GOOD_DAYS[-1]) * 2)

    def take(entry: Entry) -> None:
        other = next(known)
        entry["paper"]["id"], entry["thumbnail"] = other["paper"]["id"], other["thumbnail"]

    return each(take)(entries)


def as_float32(text: str) -> float:
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def list_yesterday(entries: Entries) -> Entries:
    """The list of the day before, under the date of this one; some votes more."""
    again = make_entries(GOOD_DAYS[-1])

    def date_anew(entry: Entry) -> None:
        entry["paper"]["submittedOnDailyAt"] = f"{NEXT_DAY}T00:00:00.000Z"
        entry["paper"]["upvotes"] += 3

    return each(date_anew)(again)


def ask_again(alter: Callable[[Entries], Entries]) -> Callable[[Scene], None]:
    """An earlier day is captured once more, altered."""
    day = GOOD_DAYS[-2]

    def inject(scene: Scene) -> None:
        scene.deliver(alter(make_entries(day)), f"{day} again.json")

    return inject


def break_some(scene: Scene) -> None:
    for day in GeneratedDays(9, NEXT_DAY):
        entries = make_entries(day)
        dump = each(lambda e: e.pop("paper"), 4)(entries)
        scene.deliver(dump, f"{day} again.json" if day < NEXT_DAY else f"{day}.json")


def shift_abstracts(entries: Entries) -> Entries:
    texts = [entry["summary"] for entry in entries]
    moved = iter([*texts[1:], texts[0]])
    return set_text(lambda _: next(moved))(entries)


def rename(old: str, new: str):
    def alter(p: Entry) -> None:
        p[new] = p.pop(old)

    return paper(alter)


def as_reprs(entries: Entries) -> bytes:
    """What Python writes of entries in place of JSON, cut off as a log would."""
    return json.dumps([repr(entry)[:900] for entry in entries]).encode()


def listing(cut_off: int = 0) -> bytes:
    """The text of a search, less some characters at its end."""
    entries = make_entries(date(2025, 3, 3))[:14]
    texts = [(" ".join(e["title"].split()), e["summary"]) for e in entries]
    text = page(*texts)
    return text[: len(text) - cut_off].encode()


def cut_archive() -> bytes:
    """A crawl as it is in the sample, less its last bytes."""
    data = (SAMPLE / "daily_papers_2025-06-02.warc.gz").read_bytes()
    return gzip.decompress(data)[:-900]


GERMAN = (
    "Wir stellen {} vor, das aus wenigen Beispielen lernt und dabei kaum Speicher braucht.",
    "Auf drei Sammlungen von Texten erreicht {} bessere Werte als alle früheren Ansätze.",
    "Die Fehler von {} lassen sich leicht erklären, und es läuft auf kleinen Rechnern.",
    "Warum frühere Verfahren aus so wenigen Beispielen kaum etwas lernen, zeigt {} ebenfalls.",
    "Mit {} sinken die Kosten auf ein Drittel, ohne dass die Güte der Antworten leidet.",
)
CHINESE = (
    "我们提出{}，用很少的例子训练语言模型，并且不需要更多的内存。",
    "在三个数据集上，{}得到比以前的方法更好的结果。",
    "{}的错误很容易解释，它可以在普通的电脑上运行。",
    "实验说明，{}把成本降低到原来的三分之一。",
    "我们还讨论为什么以前的方法不如{}，以及它的限制。",
)
CONSENT = (
    "We and our 812 partners store cookies to make this site work and to measure how it is used. "
    "Accept all cookies to go on reading, or manage your choices at any time."
)
ERROR_PAGE = b"""<!doctype html><html><head><title>504 Gateway Time-out</title></head>
<body><h1>Something went wrong on our side</h1><p>Try again in some minutes.</p></body></html>"""


def coined(p: Entry) -> str:
    return str(p["title"]).partition(":")[0]


def speak(sentences: Sequence[str], title: str) -> Callable[[Entries], Entries]:
    """Texts of the same papers in another language, each with its own order of sentences."""

    def translate(entry: Entry) -> None:
        chance, name = random.Random(entry["title"]), coined(entry)  # noqa: S311 -- no secret
        said = [s.format(name) for s in chance.choices(sentences, k=12)]
        for part in (entry, entry["paper"]):
            part["title"], part["summary"] = title.format(name), " ".join(said)

    return each(translate)


# --- What happens to tables ----------------------------------------------------------------------


def lose_dumps(part: float) -> Callable[[Lake], None]:
    """Dumps are gone without a trace from every table, as after a copy that stopped half-way."""

    def damage(lake: Lake) -> None:
        ids = sorted(lake.read("raw_inbox_dumps", ["dump_id"])["dump_id"].to_pylist())
        lost = ids[: round(len(ids) * part)]
        for name in (
            "raw_inbox_dumps",
            "parsed_dumps",
            "cleaned_records",
            "quarantined_entries",
            "field_drift",
            "dump_profiles",
        ):
            lake.apply(name, lake.empty(name), replacing=("dump_id", lost))

    return damage


def skip_dump(lake: Lake) -> None:
    """A dump is left out when it is its turn to be parsed."""
    (lost, *_) = sorted(lake.read("raw_inbox_dumps", ["dump_id"])["dump_id"].to_pylist())
    for name in ("parsed_dumps", "cleaned_records", "quarantined_entries", "dump_profiles"):
        lake.apply(name, lake.empty(name), replacing=("dump_id", [lost]))


def join_papers(lake: Lake, paper_ids: Sequence[str]) -> None:
    """Papers become one, in the tables of deduplication as it would have it."""
    kept, *gone = paper_ids
    members = lake.read("paper_records", where=("paper_id", paper_ids)).to_pylist()
    rows = [member | {"paper_id": kept} for member in members]
    lake.apply("paper_records", pa.Table.from_pylist(rows, BY_NAME["paper_records"].schema))
    lake.apply("deduplicated_papers", lake.empty("deduplicated_papers"),
               replacing=("paper_id", gone))  # fmt: skip
    change("deduplicated_papers", where={"paper_id": kept}, record_count=len(rows))(lake)


def join_two(lake: Lake) -> None:
    """Two papers with an arXiv id each are taken for one."""
    papers = lake.read("deduplicated_papers", ["paper_id", "arxiv_id"]).sort_by("paper_id")
    join_papers(lake, papers.filter(pc.is_valid(papers["arxiv_id"]))["paper_id"].to_pylist()[:2])


def join_all(lake: Lake) -> None:
    """Whatever no arXiv id keeps apart is taken for one paper."""
    papers = lake.read("deduplicated_papers", ["paper_id", "arxiv_id"]).sort_by("paper_id")
    join_papers(lake, papers.filter(pc.is_null(papers["arxiv_id"]))["paper_id"].to_pylist())


def first_sentence(page_read: Page) -> Page:
    entries = [
        replace(e, abstract=e.abstract and e.abstract.partition(". ")[0] + ".")
        for e in page_read.entries
    ]
    return replace(page_read, entries=entries)


def without_subtitles(page_read: Page) -> Page:
    entries = [replace(e, title=e.title.partition(":")[0]) for e in page_read.entries]
    return replace(page_read, entries=entries)


def one_author(page_read: Page) -> Page:
    entries = [replace(e, authors=e.authors[:1]) for e in page_read.entries]
    return replace(page_read, entries=entries)


def skip_batch(lake: Lake) -> None:
    """The papers of one record each that came with the next day are not written."""
    members = lake.read("paper_records").to_pylist()
    counts = Counter(member["paper_id"] for member in members)
    lost = sorted(paper_id for paper_id, count in counts.items() if count == 1)[:5]
    for name in ("paper_records", "deduplicated_papers"):
        lake.apply(name, lake.empty(name), replacing=("paper_id", lost))


def write_twice(lake: Lake) -> None:
    rows = lake.read("cleaned_records")
    lake.apply("cleaned_records", pa.concat_tables([rows.slice(0, 1)] * 2))


def write_without_column(lake: Lake) -> None:
    rows = lake.read("deduplicated_papers")
    lake.apply("deduplicated_papers", rows.drop_columns(["upvotes"]))


def cut_manifest(scene: Scene) -> None:
    scene.deliver(scene.entries)
    (path,) = scene.folder.glob("releases/*/manifest.json")
    path.write_bytes(path.read_bytes()[:200])


def cut_release(scene: Scene) -> None:
    scene.deliver(scene.entries)
    (path,) = scene.folder.glob("releases/*/papers.parquet")
    path.write_bytes(path.read_bytes()[:-5000])


def damage_raw(scene: Scene) -> None:
    """The bytes of a dump have changed on disk, and it has to be read again."""
    scene.deliver(scene.entries)
    row = scene.lake.read("parsed_dumps", ["dump_id"]).sort_by("dump_id").to_pylist()[0]
    (path,) = (scene.lake.folder / "raw").rglob(f"{row['dump_id']}*")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(bytes(data))
    drop("parsed_dumps", dump_id=row["dump_id"])(scene.lake)


def unsound(name: str, what: str, alter: Callable[[Entries], Entries | bytes], finding: str):
    return Corruption(name, what, deliver(alter), UNSOUND, QUARANTINED, finding)


def unusual(name: str, what: str, alter: Callable[[Entries], Entries | bytes], finding: str):
    return Corruption(name, what, deliver(alter), UNUSUAL, FLAGGED, finding)


def broken(name: str, what: str, alter: Callable[[Entries], Entries | bytes], rule: str):
    return Corruption(name, what, deliver(alter), f"rule:{rule}", QUARANTINED)


def breach(table: str, column: str, what: str, inject: Callable[[Scene], object], asset: str = ""):
    name = f"{column} of {table}"
    check = f"{asset or table}.contract_of_{table}"
    return Corruption(name, what, inject, check, BLOCKED, column)


# Rows for tables that good data leaves empty.
NOBODY = f"{'9' * 16}:000009"
DRIFTED: Entry = {
    "drift_id": "a drift",
    "dump_id": "",
    "page_on": NEXT_DAY,
    "field": "paper.title",
    "kind": "new",
    "found": "string",
    "entry_count": 3,
}
FOUND: Entry = {
    "finding_id": "a finding",
    "dump_id": "",
    "measure": "html",
    "severity": "warn",
    "measured": 0.2,
    "expected_least": 0.0,
    "expected_most": 0.1,
    "window": [],
    "reason": "expected less",
}
CORRECTED: Entry = {
    "correction_id": "0" * 32,
    "kind": "must_link",
    "subjects": [],
    "field": None,
    "value": None,
    "reason": "the same",
    "author": "A. Curator",
    "added_on": NEXT_DAY,
    "is_met": True,
    "note": "",
}
DECIDED: Entry = {
    "decision_id": "0" * 32,
    "entry_id": f"{'0' * 16}:000000",
    "byte_start": 0,
    "rules": ["title_too_long"],
    "reason": "it is right",
    "author": "A. Curator",
    "added_on": NEXT_DAY,
}
REDIRECTED: Entry = {"old_paper_id": "arxiv:2511.99999", "paper_ids": [], "kind": "removed"}
DESCRIBED: Entry = {
    "arxiv_id": "2511.99999",
    "checked_at": datetime(2025, 11, 28, tzinfo=UTC),
    "verdict": "not_found",
    "reason": "unknown",
    "authors": [],
    "categories": [],
}


def own_dump(lake: Lake) -> str:
    """Some dump that is there."""
    return lake.read("parsed_dumps", ["dump_id"])["dump_id"].to_pylist()[0]


def put_of_a_dump(name: str, row: Entry, **values: object) -> Callable[[Lake], None]:
    return lambda lake: put(name, **row | {"dump_id": own_dump(lake)} | values)(lake)


def fill_empty(name: str, row: Entry) -> Callable[[Lake], None]:
    nothing = dict.fromkeys(BY_NAME[name].schema.names)
    return put(name, **nothing | row)


BREACHES = (
    breach("raw_daily_pages", "byte_count", "a page is stored without a byte",
           after_asking(change("raw_daily_pages", byte_count=0))),
    breach("daily_fetches", "verdict", "a verdict that nobody knows",
           after_asking(change("daily_fetches", verdict="ok")), "raw_daily_pages"),
    breach("arxiv_metadata", "arxiv_id", "ids keep the version they were asked with",
           after_arxiv(fill_empty("arxiv_metadata", DESCRIBED | {"arxiv_id": "2511.99999v2"}))),
    breach("inbox_files", "verdict", "a verdict that nobody knows",
           after_inbox(change("inbox_files", verdict="skipped")), "raw_inbox_dumps"),
    breach("raw_inbox_dumps", "dump_id", "hashes in capitals, as another tool writes them",
           after_inbox(change("raw_inbox_dumps", dump_id=lambda r: r["dump_id"].upper(),
                              where={"source": "inbox"}))),
    breach("parsed_dumps", "page_on_basis", "a basis of page dates that nobody knows",
           after_parsing(change("parsed_dumps", page_on_basis="guess"))),
    breach("cleaned_records", "upvotes", "counts below nothing reach the table",
           after_parsing(change("cleaned_records", 3, upvotes=-1))),
    breach("cleaned_records", "arxiv_id", "ids reach the table with a version at their end",
           after_parsing(change("cleaned_records", arxiv_id="2511.00001v2"))),
    breach("cleaned_records", "title", "a title of nothing reaches the table",
           after_parsing(change("cleaned_records", title=""))),
    breach("quarantined_entries", "rule", "a sentence stands where the name of a rule belongs",
           after_parsing(change("quarantined_entries", rule="Too long!"))),
    breach("quarantine_decisions", "author", "a decision of nobody's",
           after(clean_assets, "store_decisions",
                 put("quarantine_decisions", **DECIDED | {"author": ""})), "quarantined_entries"),
    breach("field_drift", "kind", "a kind of drift that nobody knows",
           after_parsing(put_of_a_dump("field_drift", DRIFTED, kind="renamed")), "parsed_dumps"),
    breach("dump_profiles", "inputs", "a profile that rests on nothing",
           after_parsing(change("dump_profiles", inputs="")), "cleaned_records"),
    breach("dump_findings", "severity", "a severity that nobody knows",
           after_parsing(put_of_a_dump("dump_findings", FOUND, severity="fatal")),
           "cleaned_records"),
    breach("paper_records", "match_score", "log-odds stand where a probability belongs",
           after_dedup(change("paper_records", match_score=7.3))),
    breach("match_edges", "text_score", "per cent stand where a share belongs",
           after_dedup(change("match_edges", text_score=83.0)), "paper_records"),
    breach("corrections", "kind", "a kind of correction that nobody knows",
           after_dedup(put("corrections", **CORRECTED | {"kind": "join"})), "paper_records"),
    breach("deduplicated_papers", "published_on", "papers are published before there were any",
           after_dedup(change("deduplicated_papers", published_on=date(1970, 1, 1)))),
    breach("paper_redirects", "old_paper_id", "a redirect from something that is no paper",
           after_dedup(put("paper_redirects", **REDIRECTED | {"old_paper_id": "2511.99999"}))),
    breach("enriched_papers", "language", "languages by name where codes belong",
           after_features(change("enriched_papers", language="English"))),
    breach("lexicon_entries", "name", "a name of nothing, which every text holds",
           after_features(change("lexicon_entries", name="")), "enriched_papers"),
    breach("feature_counts", "paper_count", "names are counted that no paper has",
           after_counting(change("feature_counts", where={"feature": "task"}, paper_count=0))),
    breach("quality_scorecard", "verdict", "a verdict that nobody knows",
           after(scorecard, "describe_quarantine", change("quality_scorecard", verdict="green"))),
    breach("column_coverage", "filled_count", "fewer than no values",
           after(scorecard, "update_scorecard", change("column_coverage", filled_count=-1)),
           "quality_scorecard"),
    breach("corpus_release", "fingerprint", "a fingerprint cut short",
           after_release(change("corpus_release", fingerprint=lambda r: r["fingerprint"][:16]))),
    breach("released_papers", "first_release", "a release numbered as software is",
           after_release(change("released_papers", first_release="v1.2")), "corpus_release"),
)  # fmt: skip

CORRUPTIONS: tuple[Corruption, ...] = (
    # A dump whose texts are not what they should be.
    unsound(
        "columns swapped",
        "a deploy of the site puts titles where abstracts belong, and abstracts where titles do",
        each(swap_columns),
        "refused",
    ),
    unsound(
        "next title glued",
        "an exporter forgets the line between two entries: each abstract ends with the next title",
        glue_next_title,
        "glued_title",
    ),
    unsound(
        "own title glued",
        "a scraper takes the whole card of a paper for its abstract, title included",
        set_text(lambda p: f"{' '.join(p['title'].split())} {p['summary']}"),
        "glued_title",
    ),
    unsound(
        "whole page as abstract",
        "a selector that is too wide: every abstract holds the abstracts of five papers",
        set_text(lambda p: f"{p['summary']} " * 5),
        "long_abstract",
    ),
    unsound(
        "lost letters",
        "an exporter writes a mark for each letter that its code page lacks",
        set_text(lambda p: lose_letters(p["summary"])),
        "mojibake",
    ),
    unusual(
        "mojibake",
        "UTF-8 was read as Windows-1252 somewhere on the way",
        set_text(lambda p: misread(p["summary"])),
        "repairs",
    ),
    unsound(
        "HTML in texts",
        "the site sends abstracts as markup instead of text",
        set_text(lambda p: f"<p class='lead'>{p['summary']}</p>"),
        "html",
    ),
    unusual(
        "entities in titles",
        "titles are escaped as if they stood in a page",
        set_title(lambda p: f"{p['title']} &amp; More"),
        "repairs=html_entity",
    ),
    unsound(
        "boilerplate as abstract",
        "a scraper meets the consent banner and takes it for the abstract of every paper",
        set_text(lambda _: CONSENT),
        "duplicate_abstract",
    ),
    unsound(
        "boilerplate before abstracts",
        "the consent banner stands before every abstract",
        set_text(lambda p: f"{CONSENT} {p['summary']}"),
        "boilerplate",
    ),
    unsound(
        "truncated abstracts",
        "a column of fixed width cuts abstracts within a sentence",
        set_text(lambda p: cut(p["summary"])),
        "unfinished_abstract",
    ),
    unsound(
        "teasers",
        "the site shows the beginning of each abstract only, closed with an ellipsis",
        set_text(lambda p: tease(p["summary"])),
        "abstract_length",
    ),
    unsound(
        "no abstracts",
        "the field of abstracts has another name since tonight",
        each(lambda e: (e["paper"].update(text=e["paper"].pop("summary")), e.pop("summary"))),
        "without_abstract",
    ),
    unusual(
        "language switch",
        "the site sends abstracts in the language of the visitor",
        speak(GERMAN, "{}: Lernen aus wenigen Beispielen"),
        "not_english",
    ),
    unusual(
        "script switch",
        "the list is that of another language's edition",
        speak(CHINESE, "{}：用很少的例子训练语言模型，并且在三个数据集上得到更好的结果"),
        "not_latin",
    ),
    # A dump whose facts are not its own.
    unsound(
        "dates a month ahead",
        "months are counted from 0 in one place and from 1 in the other",
        move(31),
        "published_late",
    ),
    unsound(
        "dates a month back",
        "the same, the other way round",
        move(-45),
        "days_to_list",
    ),
    unsound(
        "dates a year back",
        "a default year is put where the page shows day and month only",
        move(-365),
        "id_month",
    ),
    unsound(
        "all dates today",
        "the time of scraping is written where the day of publication belongs",
        each(lambda e: e["paper"].update(publishedAt=f"{NEXT_DAY}T09:00:00.000Z")),
        "published_same_day",
    ),
    unsound(
        "future dates",
        "a placeholder of the far future stands in for unknown days",
        each(lambda e: e["paper"].update(publishedAt="2099-12-31T00:00:00.000Z")),
        "published_late",
    ),
    unusual(
        "no dates",
        "days are written as 28/11/2025 from now on",
        set_paper(publishedAt="28/11/2025"),
        "without_published_on",
    ),
    Corruption(
        "epoch dates",
        "days that are missing come out as the first day of 1970",
        deliver(set_paper(2, publishedAt="1970-01-01T00:00:00.000Z")),
        "parsed_dumps.fields_known",
        FLAGGED,
        "paper.publishedAt",
    ),
    unsound(
        "ids of the next row",
        "the ids of a page are moved by one row against the rest",
        shift_ids,
        "id_thumbnail",
    ),
    unsound(
        "ids of other papers",
        "new papers come with ids and pictures of papers that are known",
        take_known_ids,
        "other_title",
    ),
    unusual(
        "ids through float",
        "ids were numbers on the way and lost zeros at their end",
        paper(lambda p: p.update(id=float(p["id"]))),
        "float_identifier",
    ),
    broken(
        "ids through a short float",
        "ids were numbers of 32 bits on the way, which hold seven digits",
        paper(lambda p: p.update(id=as_float32(p["id"])), 3),
        "damaged_identifier",
    ),
    unsound(
        "no ids",
        "entries carry keys of the site's database in place of arXiv ids",
        paper(lambda p: p.update(id=p["discussionId"])),
        "without_arxiv_id",
    ),
    unusual("empty authors", "the names of authors are gone", set_paper(authors=[]),
            "without_authors"),
    unusual(
        "upvotes as text",
        "numbers come as texts with a separator",
        paper(lambda p: p.update(upvotes=f"{p['upvotes']:,} votes")),
        "without_upvotes",
    ),
    Corruption(
        "negative counts",
        "a counter of the site has overflown for some papers",
        deliver(set_paper(2, upvotes=-7)),
        "parsed_dumps.fields_known",
        FLAGGED,
        "paper.upvotes",
    ),
    Corruption(
        "a field of another name",
        "the site calls upvotes likes from now on, on some papers first",
        deliver(lambda entries: rename("upvotes", "likes")(entries[:2]) + entries[2:]),
        "parsed_dumps.fields_known",
        FLAGGED,
        "paper.likes",
    ),
    # A dump that is not the page, or not all of it.
    unsound("duplicated page", "a page was appended to itself",
            lambda entries: [*entries, *copy.deepcopy(entries)], "duplicate_title"),
    unsound(
        "stale page",
        "a cache serves the list of the day before under the date of today",
        list_yesterday,
        "stale",
    ),
    unusual(
        "a few entries only",
        "the list ends after its first page",
        lambda entries: entries[:4],
        "entry_count",
    ),
    broken("half a page", "the connection broke within the list",
           lambda entries: json.dumps(entries).encode()[: len(json.dumps(entries)) // 2],
           "cut_off_answer"),
    Corruption(
        "half a listing",
        "the text of a listing ends within its last abstract",
        deliver_bytes(listing(cut_off=333), "search.txt"),
        UNUSUAL,
        FLAGGED,
        "last_abstract_cut",
    ),
    Corruption("half an archive", "the crawl of a day ends within a record",
               deliver_bytes(cut_archive(), "archive.warc"), "rule:cut_off_archive", QUARANTINED),
    Corruption("a title without its abstract", "the text of a listing has lost an abstract",
               deliver_bytes(listing() + b"\n\nA Title That Nothing Follows\n", "search.txt"),
               "rule:missing_abstract", QUARANTINED),
    broken("error page", "the answer is the error page of a proxy, with status 200",
           lambda _: ERROR_PAGE, "not_a_listing"),
    Corruption("parser that stumbles", "a page holds what its parser has never met, and it raises",
               fail_to_read, "rule:parser_failed", QUARANTINED),
    broken("bare zero", "an export writes 0 where a list was expected", lambda _: b"0\n",
           "not_an_answer"),
    broken("empty list", "the list is there and holds nothing", lambda _: b"[]", "no_entries"),
    broken("blank page", "the file holds white space alone", lambda _: b" \n\n\t\n", "empty_dump"),
    broken("cut reprs", "an export wrote Python's own notation, shortened", as_reprs,
           "damaged_answer"),
    broken("entries without papers", "some elements of the list are advertisements",
           each(lambda e: e.pop("paper"), 3), "not_an_entry"),
    broken("no titles", "some entries have lost their titles",
           each(lambda e: (e["paper"].pop("title"), e.pop("title")), 3), "no_title"),
    broken("invisible titles", "some titles hold control characters alone",
           set_title(lambda _: "\x02\x03", 3), "blank_title"),
    broken("endless titles", "the text of the page stands in a title",
           set_title(lambda p: f"{p['summary']} {p['summary']}", 3), "title_too_long"),
    broken("endless abstracts", "a whole book stands in an abstract",
           set_text(lambda p: p["summary"] * 80, 1), "abstract_too_long"),
    broken("all names as authors", "the register of the site stands where one paper's authors do",
           paper(lambda p: p.update(authors=[{"name": f"A. {n}"} for n in range(10_400)]), 1),
           "implausible_author_count"),
    Corruption(
        "empty file",
        "a disk was full when the page was saved",
        deliver_bytes(b""),
        "raw_inbox_dumps.inbox_files_accepted",
        FLAGGED,
        "empty",
    ),
    Corruption(
        "cut-off archive",
        "a compressed page was copied half",
        deliver(lambda entries: gzip.compress(json.dumps(entries).encode())[:-900], "day.json.gz"),
        "raw_inbox_dumps.inbox_files_accepted",
        FLAGGED,
        "broken_compression",
    ),
    unsound(
        "a new kind of entry",
        "all elements of a list but the first are of a kind that no parser knows",
        lambda entries: entries[:1] + each(lambda e: e.pop("paper"))(entries[1:]),
        "refused",
    ),
    Corruption(
        "a little broken, often",
        "a sixth of the entries of several days are of a kind that no parser knows",
        break_some,
        "quarantined_entries.quarantine_rate",
        FLAGGED,
        "not_an_entry",
    ),
    unsound(
        "abstracts of the next row",
        "abstracts are moved by one row against their titles",
        shift_abstracts,
        "foreign_abstract",
    ),
    Corruption(
        "ids of the next row, again",
        "an earlier day is captured again, its ids and pictures moved by one row",
        ask_again(lambda entries: shift_ids(each(lambda e: e.pop("thumbnail"))(entries))),
        UNSOUND,
        QUARANTINED,
        "other_id",
    ),
    unsound("one id for all", "a variable of a loop keeps the id of the first entry",
            paper(lambda p: p.update(id="2511.00001")), "duplicate_id"),
    unsound("one team for all", "the same, with the names of authors",
            paper(lambda p: p.update(authors=[{"name": "Ada Bell"}, {"name": "Cy Dee"}])),
            "duplicate_authors"),
    unsound("names split at commas", "each author counts twice, as family name and as given name",
            paper(lambda p: p.update(authors=[
                {"name": part} for author in p["authors"] for part in author["name"].split()
            ])), "bare_names"),
    unsound("no capitals", "texts have been folded for a search index",
            set_text(lambda p: p["summary"].lower()), "caseless"),
    unsound("no spaces", "line ends were cut without putting a space",
            set_text(lambda p: "".join(p["summary"].split())), "run_together"),
    # The site, asked.
    Corruption("list shrunk", "the site gives a list much shorter than an hour ago", ask_twice,
               "raw_daily_pages.days_not_shrunk", FLAGGED, str(NEXT_DAY)),
    Corruption("site in trouble", "the site answers with an error for a day", ask_site(fault="503"),
               "raw_daily_pages.days_fetched", FLAGGED, str(NEXT_DAY)),
    Corruption("consent page", "the site answers with a page for people", ask_site(fault="html"),
               "raw_daily_pages.days_fetched", FLAGGED, str(NEXT_DAY)),
    Corruption("another day's list", "the site gives the list of the day before for a day",
               snap_back, "raw_daily_pages.days_continuous", FLAGGED, str(NEXT_DAY)),
    Corruption("no list for weeks", "nobody asks the site any more: its newest list is old",
               ask_site(), "raw_daily_pages.days_fresh", FLAGGED, str(NEXT_DAY)),
    Corruption("site down", "the site refuses whatever it is asked for", refuse, "error:Failure",
               FAILED),
    # Rows lost, doubled or moved between one stage and the next.
    Corruption("dump not parsed", "a dump is left out when it is its turn",
               after_parsing(skip_dump),
               "parsed_dumps.every_dump_parsed", BLOCKED),
    Corruption("dump forgotten", "the raw table loses a row, as after a copy from before",
               after_parsing(drop("raw_inbox_dumps", 1)),
               "parsed_dumps.every_dump_parsed", BLOCKED),
    Corruption("records lost", "a batch of records never reaches the table",
               after_parsing(drop("cleaned_records", 5)),
               "cleaned_records.entries_conserved", BLOCKED),
    Corruption("records doubled", "an entry is written under two places of its page",
               after_parsing(add("cleaned_records",
                                 record_id=lambda r: r["record_id"][:-6] + "000999")),
               "cleaned_records.entries_conserved", BLOCKED),
    Corruption("quarantine forgotten", "entries that broke a rule are thrown away",
               after_parsing(drop("quarantined_entries", 2)),
               "cleaned_records.entries_conserved", BLOCKED),
    Corruption("records of no dump", "records stay when the dump they are from is taken out",
               after_parsing(add("cleaned_records", dump_id="0" * 64,
                                 record_id=f"{'0' * 16}:000000")),
               "cleaned_records.references_of_cleaned_records", BLOCKED, "0" * 12),
    Corruption("quarantine of no dump", "the same, with entries in quarantine",
               after_parsing(add("quarantined_entries", dump_id="0" * 64,
                                 entry_id=f"{'0' * 16}:000000")),
               "quarantined_entries.references_of_quarantined_entries", BLOCKED, "0" * 12),
    Corruption("drift of no dump", "the same, with what was noted of its fields",
               after_parsing(put("field_drift", **DRIFTED | {"dump_id": "0" * 64})),
               "parsed_dumps.references_of_field_drift", BLOCKED, "0" * 12),
    Corruption("profile of no dump", "the same, with its profile",
               after_parsing(add("dump_profiles", dump_id="0" * 64)),
               "cleaned_records.references_of_dump_profiles", BLOCKED, "0" * 12),
    Corruption("finding of no dump", "the same, with what was found about it",
               after_parsing(put("dump_findings", **FOUND | {"dump_id": "0" * 64})),
               "cleaned_records.references_of_dump_findings", BLOCKED, "0" * 12),
    Corruption("records in no paper", "a batch that deduplication skipped",
               after_dedup(skip_batch), "paper_records.every_record_in_a_paper", BLOCKED),
    Corruption("papers lost", "records are placed in papers that were never written",
               after_dedup(drop("deduplicated_papers", 3)),
               "paper_records.references_of_paper_records", BLOCKED),
    Corruption("edge to no record", "a match is kept after one of its records is gone",
               after_dedup(change("match_edges", record_id=NOBODY)),
               "paper_records.references_of_match_edges", BLOCKED, NOBODY),
    Corruption("paper without its record", "a paper names a first record that is gone",
               after_dedup(change("deduplicated_papers", first_record_id=NOBODY)),
               "deduplicated_papers.references_of_deduplicated_papers", BLOCKED, NOBODY),
    Corruption("records counted twice", "papers count the records of a batch that came again",
               after_dedup(change("deduplicated_papers", 4,
                                  record_count=lambda r: r["record_count"] * 2)),
               "deduplicated_papers.papers_explained", BLOCKED),
    Corruption("two papers in one", "two papers with an arXiv id each are taken for one",
               after_dedup(join_two), "deduplicated_papers.papers_explained", BLOCKED),
    Corruption("features lost", "a batch of papers is left without features",
               after_features(drop("enriched_papers", 4)),
               "enriched_papers.every_paper_has_features", BLOCKED),
    Corruption("orphan features", "features stay when their paper is gone",
               after_features(add("enriched_papers", paper_id="arxiv:2511.99999")),
               "enriched_papers.references_of_enriched_papers", BLOCKED, "arxiv:2511.99999",
               ("enriched_papers.every_paper_has_features",)),
    Corruption("month miscounted", "a month is counted before its last papers are there",
               after_counting(change("feature_counts", where={"feature": "paper"},
                                     paper_count=lambda r: r["paper_count"] + 3)),
               "feature_counts.every_paper_counted", FLAGGED),
    Corruption("correction not met", "a person has joined two papers, and deduplication does not",
               after_dedup(put("corrections", **CORRECTED | {"is_met": False, "note": "apart"})),
               "paper_records.corrections_met", FLAGGED, "apart"),
    Corruption("decision about nothing", "a person has released an entry that is there no more",
               after(clean_assets, "store_decisions", put("quarantine_decisions", **DECIDED)),
               "quarantined_entries.quarantine_decisions_met", FLAGGED, "no entry of that id"),
    Corruption("release miscounted", "a release says another number of papers than it holds",
               after_release(change("corpus_release", 9,
                                    paper_count=lambda r: r["paper_count"] - 7)),
               "corpus_release.release_is_current", BLOCKED),
    # The corpus against its newest release.
    Corruption("corpus shrunk by half", "half of the dumps are gone from every table",
               after_parsing(lose_dumps(0.5)), KEPT, BLOCKED),
    Corruption("a week lost", "some dumps are gone from every table",
               after_parsing(lose_dumps(0.2)), KEPT, BLOCKED),
    Corruption("parser changed silently", "all is read again by a parser that leaves subtitles out",
               read_all_again(read_otherwise(without_subtitles)), KEPT, BLOCKED, "title"),
    Corruption("repair changed silently", "all is read again, and abstracts lose what follows "
               "their first sentence", read_all_again(read_otherwise(first_sentence)), KEPT,
               BLOCKED, "abstract"),
    Corruption("everything is one paper", "deduplication joins whatever no arXiv id keeps apart",
               after_dedup(join_all), KEPT, BLOCKED),
    Corruption("another parser for new dumps", "a parser reads the first author only, under the "
               "same version", read_otherwise(one_author), UNSOUND, QUARANTINED, "one_author"),
    # What a table may not hold.
    *BREACHES,
    # What cannot go on.
    Corruption("nulls", "a stage writes records without the list of their authors",
               after_parsing(change("cleaned_records", authors=None)), "error:LakeError", FAILED),
    Corruption("keys twice", "a stage writes the same record two times",
               after_parsing(write_twice), "error:LakeError", FAILED),
    Corruption("a column dropped", "a stage writes rows without one of their columns",
               after_dedup(write_without_column), "error:LakeError", FAILED),
    Corruption("bytes changed on disk", "a raw dump is not what was stored", damage_raw,
               "error:DamagedDump", FAILED),
    Corruption("manifest cut off", "the manifest of the newest release ends half-way",
               cut_manifest, "error:BrokenRelease", FAILED),
    Corruption("release cut off", "the papers of the newest release end half-way",
               cut_release, KEPT, BLOCKED, "papers.parquet"),
)  # fmt: skip


def choose_typical() -> tuple[Corruption, ...]:
    """One corruption of each kind, and of damaged dumps every third one."""
    kinds: dict[str, Corruption] = {}
    for corruption in CORRUPTIONS:
        kind = re.sub(r"[^.]*[.](contract|references)_of_.*", r"\1", corruption.caught_by)
        kinds.setdefault(kind, corruption)
    damaged = [corruption for corruption in CORRUPTIONS if corruption.caught_by == UNSOUND]
    chosen = {corruption.name for corruption in (*kinds.values(), *damaged[::3])}
    return tuple(corruption for corruption in CORRUPTIONS if corruption.name in chosen)


def main() -> None:
    """Prints the table."""
    print(render_table(), end="")


if __name__ == "__main__":
    main()
