"""Daily pages: asks the site for the list of a day, and judges what comes back.

Data flow: days -> answers of the API -> raw store, rows of raw_daily_pages and daily_fetches.

How a request is made (hosts, retries, pace) belongs in fetch.py, which days are asked for in
days.py, and what stands in an answer in the stage clean. Here an answer is only looked at as
far as it takes to tell whether it is a list, and of which day.
"""

import json
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Any, cast

import pyarrow as pa

from paper_pipeline.acquire.days import FINAL_VERDICTS, find_missing_days
from paper_pipeline.acquire.fetch import Answer, Fetcher, FetchError
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.net import shown_url
from paper_pipeline.settings import Settings

log = logging.getLogger(__name__)

PAGE_LIMIT = 100  # the most entries the site gives in one answer
MOST_PAGES = 50  # of one day; the busiest day known has under a hundred entries
# A new answer with less than this share of the last good one's entries is suspect, not a truth.
LEAST_SHARE = 0.5
FEWEST_TO_SHRINK = 4  # entries; below this a share says nothing
# Rows are written after so many days or seconds: what a crash costs to be fetched again.
DAYS_PER_WRITE = 25
SECONDS_PER_WRITE = 30.0
SECONDS_PER_MESSAGE = 1.0  # of progress; a message a day would outweigh the work
# So many days in a row that cannot be reached: the site is down, the rest would fail as well.
MOST_FAILURES_IN_A_ROW = 5
# A list can snap back over a long weekend; so many lists are remembered to be recognised.
LISTS_REMEMBERED = 5
OTHER_DAY = "the site answered with the list of {}"


@dataclass(frozen=True, slots=True)
class DumpPage:
    """A page of an answer, to be kept as a dump."""

    answer: Answer
    page_number: int
    entry_count: int


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """What came back for a day.

    Attributes:
        day: The day that was asked for.
        verdict: One of the verdicts of daily_fetches.
        reason: The verdict in words.
        entry_count: Entries listed, over all pages.
        pages: The pages to keep; none where nothing new came.
        is_unchanged: The site said that its answer is the one known already.
        paper_ids: The papers listed.
        is_worth_retry: It failed, and the site may answer in some minutes.
    """

    day: date
    verdict: str
    reason: str
    entry_count: int = 0
    pages: tuple[DumpPage, ...] = ()
    is_unchanged: bool = False
    paper_ids: frozenset[str] = frozenset()
    is_worth_retry: bool = False


@dataclass(slots=True)
class Report:
    """What a fetch of several days did.

    Attributes:
        verdicts: The answer for every day that was tried.
        left: Days that were not: the site was down, or the time of a run was over.
        change: What became of raw_daily_pages.
    """

    verdicts: dict[date, DayAnswer] = field(default_factory=dict[date, DayAnswer])
    left: list[date] = field(default_factory=list[date])
    change: Change = field(default_factory=lambda: Change(0, 0, 0, 0, 0))

    @property
    def failed(self) -> dict[date, str]:
        """Days that could not be fetched, with the reason."""
        return {d: a.reason for d, a in self.verdicts.items() if a.verdict == "failed"}

    @property
    def asked_count(self) -> int:
        """Days for which the site was really asked."""
        return sum(a.verdict not in ("weekend", "future") for a in self.verdicts.values())

    @property
    def is_worth_retry(self) -> bool:
        """Whether no day was had, and a day may be in some minutes."""
        has_none = bool(self.failed) and len(self.failed) == self.asked_count
        return has_none and any(answer.is_worth_retry for answer in self.verdicts.values())

    def describe_failures(self) -> str:
        """The days that could not be had and why, in words; empty where all were."""
        words: list[str] = []
        if failed := sorted(self.failed.items()):
            shown = "; ".join(f"{day}: {reason}" for day, reason in failed[:5])
            more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
            words.append(f"{len(failed)} days failed, {shown}{more}.")
        if self.left:
            words.append(f"{len(self.left)} days are left, from {min(self.left)} on.")
        return " ".join([*words, "Run again to ask for them."]) if words else ""

    @property
    def entry_count(self) -> int:
        """Entries of all days."""
        return sum(answer.entry_count for answer in self.verdicts.values())


def fetch_day(
    fetcher: Fetcher, url: str, day: date, today: date, known: Mapping[str, Any] | None
) -> DayAnswer:
    """Asks for one day, page by page, and judges the answer.

    Args:
        fetcher: Makes the requests.
        url: Address of the API.
        day: The day to ask for.
        today: The current day in UTC.
        known: The day's row of daily_fetches, None where it was never asked for.

    Returns:
        The answer; a request that failed for good is the verdict `failed`, never an exception.
    """
    if day > today:
        return DayAnswer(day, "future", "the day has not come yet")
    if day.weekday() >= 5:
        return DayAnswer(day, "weekend", "there are no lists on Saturdays and Sundays")
    pages: list[DumpPage] = []
    entries: list[object] = []
    validators = {k: str(known[k]) for k in ("etag", "last_modified")} if known else {}
    for number in range(MOST_PAGES):
        parameters = {"date": day.isoformat(), "limit": str(PAGE_LIMIT), "p": str(number)}
        try:
            answer = fetcher.get(url, parameters, **(validators if number == 0 else {}))
        except FetchError as error:
            kept, is_worth_retry = tuple(pages), error.is_worth_retry
            return DayAnswer(day, "failed", str(error), pages=kept, is_worth_retry=is_worth_retry)
        if answer.is_unchanged and known:
            count = int(known["listed_count"])
            return DayAnswer(day, "listed", "as it was", count, is_unchanged=True)
        if any(page.answer.body == answer.body for page in pages):
            break  # a server that knows no pages gives the first one again and again
        found = _read_list(answer.body)
        count = len(found) if found is not None else 0
        if count or number == 0:
            pages.append(DumpPage(answer, number, count))
        if found is None:
            reason = f"expected a list, found {answer.body[:60]!r}"
            return DayAnswer(day, "not_a_list", reason, len(entries), tuple(pages))
        entries += found
        if count < PAGE_LIMIT:
            break
    return _judge(day, entries, pages, int(known["listed_count"]) if known else 0)


def _read_list(body: bytes) -> list[object] | None:
    """The entries of an answer, None where it is no list of any kind."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(content, dict):
        content = _fields(cast("object", content)).get("data")
    return cast("list[object]", content) if isinstance(content, list) else None


def _fields(value: object) -> dict[str, object]:
    """The fields of a JSON object; none of anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _judge(day: date, entries: list[object], pages: list[DumpPage], listed_count: int) -> DayAnswer:
    count, kept = len(entries), tuple(pages)
    if not count and listed_count < FEWEST_TO_SHRINK:
        return DayAnswer(day, "empty", "the list is empty", 0, kept)
    shown = find_listing_day(entries)
    if shown is not None and shown != day:
        return DayAnswer(day, "snapped_back", OTHER_DAY.format(shown), count, kept)
    if listed_count >= FEWEST_TO_SHRINK and count < LEAST_SHARE * listed_count:
        reason = f"{count} entries, where the last good answer had {listed_count}"
        return DayAnswer(day, "shrunk", reason, count, kept)
    return DayAnswer(day, "listed", f"{count} entries", count, kept, paper_ids=_paper_ids(entries))


def _paper_ids(entries: list[object]) -> frozenset[str]:
    """The ids of all papers of a list; none where an entry has none, for then none compares."""
    ids = [_fields(_fields(entry).get("paper")).get("id") for entry in entries]
    return frozenset(map(str, ids)) if all(isinstance(i, str) and i for i in ids) else frozenset()


def find_listing_day(entries: Iterable[object]) -> date | None:
    """The day a list is of, as far as its entries tell.

    Newer answers, since 2025-03-17, say when each entry was put on the list. The older ones give
    the moment of listing at best, which can be the evening before: they tell nothing for certain.
    """
    papers = (_fields(_fields(entry).get("paper")) for entry in entries)
    submitted = (_day_of(paper.get("submittedOnDailyAt")) for paper in papers)
    days = Counter(day for day in submitted if day)
    return max(days, key=lambda day: (days[day], day)) if days else None


def _day_of(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def update_days(
    lake: Lake, raw: RawStore, settings: Settings, asked: list[date], *, refetch: bool
) -> Report:
    """Fetches those of the asked days that are missing or may have changed.

    Args:
        lake: The working tables.
        raw: Where bytes are kept.
        settings: Address, pace, limits and refetch window.
        asked: Days to consider.
        refetch: Ask for all of them, known or not.
    """
    today = datetime.now(UTC).date()
    verdicts = read_verdicts(lake)
    window = settings.refetch_days
    missing = find_missing_days(verdicts, asked, today=today, refetch_days=window)
    days = asked if refetch else missing
    # What failed before comes last, so that days which always fail never keep others from theirs.
    days = sorted(days, key=lambda day: (verdicts.get(day) in ("failed", "not_a_list"), day))
    host = shown_url(settings.daily_papers_url)
    log.info("%d of %d days are to be asked for, at %s", len(days), len(asked), host)
    started = said = time.monotonic()

    def say(done: int, total: int, entries: int) -> None:
        nonlocal said
        now = time.monotonic()
        if done < total and now - said < SECONDS_PER_MESSAGE:
            return
        said = now
        rate = done / max(now - started, 1e-9)
        log.info(
            "%d of %d days, %d entries, %.1f days/s, %.0f s left%s",
            done, total, entries, rate, (total - done) / rate,
            f"; waiting for {days[done]}" if done < total else "",
            extra={"progress": (done, total, entries)},
        )  # fmt: skip

    with Fetcher.from_settings(settings) as fetcher:
        return fetch_days(
            lake, raw, fetcher, settings.daily_papers_url, days, today=today, on_progress=say
        )


def read_verdicts(lake: Lake) -> dict[date, str]:
    """The last verdict on every day that was ever asked for."""
    rows = lake.read("daily_fetches", ["day", "verdict"]).to_pylist()
    return {date.fromisoformat(row["day"]): row["verdict"] for row in rows}


def fetch_days(
    lake: Lake,
    raw: RawStore,
    fetcher: Fetcher,
    url: str,
    days: list[date],
    *,
    today: date,
    on_progress: Callable[[int, int, int], None] = lambda done, total, entries: None,
) -> Report:
    """Fetches days and keeps what came, a bounded number of days at a time.

    Args:
        lake: The working tables.
        raw: Where bytes are kept, before a row says so.
        fetcher: Makes the requests.
        url: Address of the API.
        days: Days to ask for.
        today: The current day in UTC.
        on_progress: Told after every day how many of how many are done, and entries so far.

    Returns:
        The verdict on every day that was tried. When the site cannot be reached for several days
        in a row, or the fetcher's time is over, the rest is left for the next time. What has come
        is kept, whatever ends the fetch.
    """
    report = Report(change=lake.apply("raw_daily_pages", lake.empty("raw_daily_pages")))
    lake.apply("daily_fetches", lake.empty("daily_fetches"))
    asked = [day.isoformat() for day in days]
    known = {r["day"]: r for r in lake.read("daily_fetches", where=("day", asked)).to_pylist()}
    pending: list[DayAnswer] = []
    written_at = time.monotonic()
    in_time = takewhile(lambda _: not fetcher.is_over, days)
    answers = (fetch_day(fetcher, url, day, today, known.get(day.isoformat())) for day in in_time)
    try:
        for answer in _until_down(_without_repeats(answers)):
            report.verdicts[answer.day] = replace(answer, pages=(), paper_ids=frozenset())
            pending.append(answer)
            on_progress(len(report.verdicts), len(days), report.entry_count)
            if len(pending) >= DAYS_PER_WRITE or time.monotonic() - written_at > SECONDS_PER_WRITE:
                report.change += _keep(lake, raw, pending, known)
                pending, written_at = [], time.monotonic()
    finally:  # a signal comes as an exception
        report.change += _keep(lake, raw, pending, known)
    report.left = [day for day in days if day not in report.verdicts]
    if report.left and fetcher.is_over:
        log.warning("The time of a run is over: leaving %d days for later", len(report.left))
    return report


def find_unfetched(lake: Lake, days: list[date], *, since: datetime) -> dict[date, str]:
    """Of days that were to be asked for since a moment, those not had, and why."""
    names = [day.isoformat() for day in days]
    rows = {r["day"]: r for r in lake.read("daily_fetches", where=("day", names)).to_pylist()}
    unfetched: dict[date, str] = {}
    for day, row in ((day, rows.get(day.isoformat())) for day in days):
        if row is None or row["checked_at"] < since:
            unfetched[day] = "was not asked for"
        elif row["verdict"] not in FINAL_VERDICTS:
            unfetched[day] = row["reason"]
    return unfetched


def _without_repeats(answers: Iterable[DayAnswer]) -> Iterator[DayAnswer]:
    """Answers, where a list with the very papers of one just before is a snap-back to that day."""
    lists: deque[DayAnswer] = deque(maxlen=LISTS_REMEMBERED)
    for answer in answers:
        other = next(
            (a for a in lists if answer.paper_ids and a.paper_ids == answer.paper_ids), None
        )
        if other is not None and other.day < answer.day:
            yield replace(answer, verdict="snapped_back", reason=OTHER_DAY.format(other.day))
            continue
        lists.append(answer)
        yield answer


def _until_down(answers: Iterator[DayAnswer]) -> Iterator[DayAnswer]:
    failures = 0
    for answer in answers:
        yield answer
        if answer.verdict not in ("weekend", "future"):  # for which nobody is asked
            failures = failures + 1 if answer.verdict == "failed" else 0
        if failures == MOST_FAILURES_IN_A_ROW:
            log.warning("%d days in a row have failed: leaving the rest for later", failures)
            return


def _keep(
    lake: Lake, raw: RawStore, answers: list[DayAnswer], known: Mapping[str, Mapping[str, Any]]
) -> Change:
    """Keeps bytes, then dumps, then days: after a crash, days are asked for again at worst."""
    kept = [(a, [raw.put(p.answer.body) for p in a.pages if p.answer.body]) for a in answers]
    every_id = sorted({dump_id for _, dump_ids in kept for dump_id in dump_ids})
    columns = ["dump_id", "verdict", "page_on"]
    with lake.writing():
        there = lake.read("raw_daily_pages", columns, where=("dump_id", every_id)).to_pylist()
        day_of = {row["dump_id"]: row["page_on"] for row in there if row["verdict"] == "listed"}
        known_ids = {row["dump_id"] for row in there}
        dumps: dict[str, dict[str, Any]] = {}
        days: dict[str, dict[str, Any]] = {}
        for found, dump_ids in kept:
            answer = _unless_another_days(found, dump_ids, day_of)
            row = _day_row(answer, dump_ids, known.get(answer.day.isoformat()))
            days[row["day"]] = row
            for dump_id, page in zip(dump_ids, answer.pages, strict=False):
                is_earlier = answer.day < day_of.get(dump_id, date.max)
                if answer.verdict == "listed" and is_earlier:
                    if dump_id in day_of:
                        later = day_of[dump_id].isoformat()
                        days[later] = _taken_back(lake, days, later, answer.day)
                    dumps[dump_id] = _dump_row(answer, page, dump_id)
                    day_of[dump_id] = answer.day
                elif answer.verdict != "failed" and dump_id not in known_ids | dumps.keys():
                    dumps[dump_id] = _dump_row(answer, page, dump_id)
        change = lake.apply("raw_daily_pages", _rows("raw_daily_pages", [*dumps.values()]))
        lake.apply("daily_fetches", _rows("daily_fetches", [*days.values()]))
    return change


def _taken_back(
    lake: Lake, days: Mapping[str, dict[str, Any]], later: str, day: date
) -> dict[str, Any]:
    """The row of a day whose list turns out to be that of an earlier day: it had snapped back."""
    stored = lake.read("daily_fetches", where=("day", [later])).to_pylist()
    row = days.get(later) or stored[0]
    gone: dict[str, Any] = {"listed_count": 0, "dump_ids": [], "etag": "", "last_modified": ""}
    return row | gone | {"verdict": "snapped_back", "reason": OTHER_DAY.format(day)}


def _unless_another_days(
    answer: DayAnswer, dump_ids: list[str], day_of: Mapping[str, date]
) -> DayAnswer:
    """The answer, or, where it is to the byte the known list of an earlier day, a snap-back."""
    other = day_of.get(dump_ids[0], answer.day) if dump_ids else answer.day
    if answer.verdict != "listed" or other >= answer.day:
        return answer
    return replace(answer, verdict="snapped_back", reason=OTHER_DAY.format(other))


def _rows(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=BY_NAME[name].schema)


def _dump_row(answer: DayAnswer, page: DumpPage, dump_id: str) -> dict[str, Any]:
    return {
        "dump_id": dump_id,
        "source": "api",
        "url": page.answer.url,
        "page_on": answer.day,
        "page_number": page.page_number,
        "captured_at": page.answer.captured_at,
        "byte_count": len(page.answer.body),
        "entry_count": page.entry_count,
        "verdict": answer.verdict,
    }


def _day_row(
    answer: DayAnswer, dump_ids: list[str], known: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The day's new row. What is known of the last good answer stays until a better one comes."""
    row: dict[str, Any] = {
        "day": answer.day.isoformat(),
        "checked_at": datetime.now(UTC),
        "verdict": answer.verdict,
        "reason": answer.reason[:500],
        "entry_count": answer.entry_count,
        "listed_count": known["listed_count"] if known else 0,
        "dump_ids": known["dump_ids"] if known else [],
        "etag": known["etag"] if known else "",
        "last_modified": known["last_modified"] if known else "",
    }
    if answer.verdict == "listed" and not answer.is_unchanged:
        first = answer.pages[0].answer
        row |= {
            "listed_count": answer.entry_count,
            "dump_ids": dump_ids,
            # A validator speaks for the first page alone: a full one may have got a second since.
            "etag": first.etag if answer.entry_count < PAGE_LIMIT else "",
            "last_modified": first.last_modified if answer.entry_count < PAGE_LIMIT else "",
        }
    return row
