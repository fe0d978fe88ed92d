"""arXiv's metadata: asks arXiv for what it knows of the papers that have an arXiv id.

Data flow: arxiv_id of deduplicated_papers -> calls to the export API -> rows of arxiv_metadata:
version, authors, categories, dates, DOI, journal reference, comment.

Off unless PAPER_PIPELINE_ARXIV is on. A hundred ids go into a call and a call is all that a crash
costs, for each answer is written before the next is asked for. An id is asked for when it is new,
again after days while it is young or unknown to arXiv, and after weeks from then on.

How a request is made (hosts, retries, pace) belongs in fetch.py, and how an answer is read in
arxiv_atom.py. Which of two values a paper gets, arXiv's or a page's, is not decided here.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from paper_pipeline.acquire.arxiv_atom import ArxivPaper, AtomError, Feed, parse_feed
from paper_pipeline.acquire.fetch import ARXIV, Fetcher, FetchError
from paper_pipeline.identifiers import parse_arxiv_id
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.settings import Settings

log = logging.getLogger(__name__)

TABLE = "arxiv_metadata"
IDS_PER_CALL = 100  # a URL of 1.3 kB, an answer of some 300 kB
# A call that arXiv refuses as a whole is asked again in so many parts, down to the id it minds.
PARTS = 10
# So many calls in a row without an answer: arXiv is down, or has changed. One id that it minds
# costs three (of 100 ids, of 10, of 1), so it never stops a run.
MOST_FAILURES_IN_A_ROW = 5
# A paper is young so long after its newest version, and then asked for again this often. So is
# what arXiv does not know: a listing can be ahead of its export API, which can also answer with
# less than it has (https://github.com/lukasschwab/arxiv.py/issues/43).
YOUNG_DAYS = 60
YOUNG_REFRESH_DAYS = 7
# What is wrong may be one id, or too much at once, so that a part of the call may be answered.
REFUSALS = frozenset({"refused_by_server", "too_large"})


@dataclass(slots=True)
class Report:
    """What a run did.

    Attributes:
        due_count: Ids that were due.
        call_count: Calls made.
        verdicts: Ids answered, by verdict.
        unasked_count: Papers that arXiv sent and nobody had asked for; they are ignored.
        failures: Calls without a usable answer, and why. Their ids stay due.
        is_worth_retry: Whether one of them may be answered in some minutes.
        change: What became of the table.
    """

    change: Change
    due_count: int = 0
    call_count: int = 0
    verdicts: Counter[str] = field(default_factory=Counter[str])
    unasked_count: int = 0
    failures: list[str] = field(default_factory=list[str])
    is_worth_retry: bool = False

    @property
    def left_count(self) -> int:
        """Ids that are still due."""
        return self.due_count - self.verdicts.total()

    def describe(self) -> str:
        """The run in words."""
        counts = ", ".join(f"{n:,} {verdict}" for verdict, n in sorted(self.verdicts.items()))
        words = f"{self.due_count:,} ids due, {self.call_count} calls: {counts or 'nothing new'}"
        if self.left_count:
            words += f"; {self.left_count:,} are left for the next run"
        if self.failures:
            words += f"; {len(self.failures)} calls failed, the last with {self.failures[-1]}"
        return words


def find_due_ids(
    papers: pa.Table, known: pa.Table, *, now: datetime, settings: Settings
) -> list[str]:
    """The arXiv ids to ask for: those never asked for, then those asked for longest ago.

    Args:
        papers: Column arxiv_id of deduplicated_papers.
        known: Columns arxiv_id, checked_at, verdict, updated_at of arxiv_metadata.
        now: Tells how old an answer is.
        settings: The refresh days are used.

    Returns:
        Each id once; what is no canonical arXiv id is left out, so that it never enters a URL.
    """
    rows = {row["arxiv_id"]: row for row in known.to_pylist()}
    ids = {i for i in papers["arxiv_id"].to_pylist() if i is not None and _is_canonical(i)}
    never = datetime.min.replace(tzinfo=UTC)
    due = [
        (rows[i]["checked_at"] if i in rows else never, i)
        for i in ids
        if i not in rows or _is_due(rows[i], now, settings.arxiv_refresh_days)
    ]
    return [arxiv_id for _, arxiv_id in sorted(due)]


def _is_canonical(arxiv_id: str) -> bool:
    found = parse_arxiv_id(arxiv_id)
    return found is not None and found.version is None and found.canonical == arxiv_id


def _is_due(row: Mapping[str, Any], now: datetime, refresh_days: int) -> bool:
    updated_at = row["updated_at"]
    is_young = updated_at is not None and now - updated_at < timedelta(days=YOUNG_DAYS)
    if is_young or row["verdict"] != "found":
        refresh_days = min(refresh_days, YOUNG_REFRESH_DAYS)
    age = now - row["checked_at"]
    # Below zero a clock was ahead, and when the answer came nobody knows.
    return age >= timedelta(days=refresh_days) or age < timedelta(0)


def update_arxiv_metadata(lake: Lake, settings: Settings, *, now: datetime) -> Report:
    """Asks arXiv for the ids that are due, if it is to be asked at all.

    Args:
        lake: The working tables.
        settings: Whether, where, how often and how much to ask.
        now: The current time in UTC.
    """
    if settings.arxiv == "off":
        log.info("arXiv is not asked; PAPER_PIPELINE_ARXIV=on turns it on")
        return Report(lake.apply(TABLE, lake.empty(TABLE)))
    due = find_due_ids(
        lake.read("deduplicated_papers", ["arxiv_id"]),
        lake.read(TABLE, ["arxiv_id", "checked_at", "verdict", "updated_at"]),
        now=now,
        settings=settings,
    )
    with Fetcher.from_settings(settings, ARXIV) as fetcher:
        report = fetch_metadata(
            lake, fetcher, settings.arxiv_url, due, now=now, most_calls=settings.arxiv_calls
        )
    log.log(logging.WARNING if report.failures else logging.INFO, report.describe())
    return report


def fetch_metadata(
    lake: Lake,
    fetcher: Fetcher,
    url: str,
    arxiv_ids: list[str],
    *,
    now: datetime,
    most_calls: int,
) -> Report:
    """Asks for ids, a hundred at a time, and writes each answer before the next call.

    Args:
        lake: The working tables.
        fetcher: Makes the requests, at the pace that arXiv allows.
        url: Address of the export API.
        arxiv_ids: Canonical ids, each once.
        now: Written as the time of the answers.
        most_calls: So many calls are made at most.

    Returns:
        What was done. A call that fails leaves its ids due and the run goes on; after several in
        a row, or when the fetcher's time is over, the rest is left for the next run.
    """
    report = Report(lake.apply(TABLE, lake.empty(TABLE)), due_count=len(arxiv_ids))
    waiting = deque(_parts(arxiv_ids, IDS_PER_CALL))
    failures_in_a_row = 0
    started = time.monotonic()
    while waiting and report.call_count < most_calls and not fetcher.is_over:
        if failures_in_a_row == MOST_FAILURES_IN_A_ROW:
            log.warning("%d calls in a row have failed: leaving the rest", failures_in_a_row)
            break
        ids = waiting.popleft()
        report.call_count += 1
        try:
            feed = _ask(fetcher, url, ids)
        except (FetchError, AtomError) as error:
            failures_in_a_row += 1
            report.failures.append(str(error))
            report.is_worth_retry |= isinstance(error, FetchError) and error.is_worth_retry
            log.warning("%s to %s could not be had: %s", ids[0], ids[-1], error)
            continue
        failures_in_a_row = failures_in_a_row + 1 if feed.refusal else 0
        if feed.refusal and len(ids) > 1:
            log.info("%s to %s are asked for in parts: %s", ids[0], ids[-1], feed.refusal)
            waiting.extendleft(reversed(_parts(ids, max(len(ids) // PARTS, 1))))
            continue
        _keep(lake, ids, feed, now, report)
        done = report.verdicts.total()
        rate = done / max(time.monotonic() - started, 1e-9)
        log.info(
            "%d of %d papers described by arXiv, %.1f papers/s, %.0f s left",
            done, report.due_count, rate, report.left_count / max(rate, 1e-9),
            extra={"progress": (done, report.due_count, report.verdicts["found"])},
        )  # fmt: skip
    return report


def _parts(ids: list[str], size: int) -> list[list[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _ask(fetcher: Fetcher, url: str, ids: list[str]) -> Feed:
    """One call. What arXiv refuses to answer comes back as a refusal, told by status or in a feed.

    Raises:
        FetchError: There is no answer.
        AtomError: The answer cannot be read.
    """
    parameters = {"id_list": ",".join(ids), "max_results": str(IDS_PER_CALL)}
    try:
        answer = fetcher.get(url, parameters, accept="application/atom+xml")
    except FetchError as error:
        if error.kind not in REFUSALS:
            raise
        return Feed({}, refusal=str(error))
    feed = parse_feed(answer.body)
    if feed.total_count and not feed.papers and len(ids) > 1:
        return Feed({}, refusal=f"arXiv counts {feed.total_count} papers and sends none")
    return feed


def _keep(lake: Lake, ids: list[str], feed: Feed, now: datetime, report: Report) -> None:
    """Writes what an answer says of the ids that were asked for."""
    with lake.writing():
        known = {r["arxiv_id"]: r for r in lake.read(TABLE, where=("arxiv_id", ids)).to_pylist()}
        rows = [_row(i, feed, known.get(i), now) for i in ids]
        report.change += lake.apply(TABLE, pa.Table.from_pylist(rows, BY_NAME[TABLE].schema))
    report.verdicts.update(row["verdict"] for row in rows)
    unasked = sorted(feed.papers.keys() - set(ids))
    report.unasked_count += len(unasked)
    if unasked:
        log.warning("arXiv sent %d papers not asked for, as %s", len(unasked), unasked[0])
    if feed.unreadable_count:
        log.warning("arXiv sent %d entries without an arXiv id", feed.unreadable_count)


def _row(
    arxiv_id: str, feed: Feed, known: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    """The new row of an id. What is known stays until arXiv says something else of the paper."""
    paper = feed.papers.get(arxiv_id)
    if paper is not None:
        verdict, reason, facts = "found", "as arXiv describes it", asdict(paper)
    elif feed.refusal:
        verdict, reason, facts = "refused", feed.refusal[:500], {}
    elif known is not None and known["title"] is not None:
        verdict, reason, facts = "vanished", "arXiv knew it and has left it out of its answer", {}
    else:
        verdict, reason, facts = "not_found", "arXiv has left it out of its answer", {}
    judged = {"arxiv_id": arxiv_id, "checked_at": now, "verdict": verdict, "reason": reason}
    return asdict(ArxivPaper(arxiv_id)) | dict(known or {}) | facts | judged
