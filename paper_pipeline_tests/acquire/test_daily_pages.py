"""What becomes of answers for a day: verdicts, dumps kept, nothing replaced by something worse."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from paper_pipeline.acquire import daily_pages
from paper_pipeline.acquire.fetch import Answer, FetchError
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Lake

DAY, OTHER = date(2025, 10, 6), date(2025, 10, 7)  # Monday, Tuesday
TODAY = date(2025, 10, 9)
Reply = Callable[[Mapping[str, str]], bytes | FetchError]


def entries(day: date | None, count: int, upvotes: int = 1) -> list[dict[str, Any]]:
    """A list as the site gives it; a day of None is of the time in which nothing tells the day."""
    listed = {"submittedOnDailyAt": f"{day}T00:00:00.000Z"} if day else {}
    return [
        {
            "paper": {
                "id": f"2510.{n:05d}",
                "title": f"Paper {n}",
                "upvotes": upvotes,
                "publishedAt": "2025-03-12T12:00:00.000Z",
                **listed,
            },
            "publishedAt": "2025-03-12T08:00:00.000Z",
        }
        for n in range(count)
    ]


class Site:
    """Stands for the fetcher: answers by day, and notes what was asked."""

    def __init__(self, **replies: Any):
        self.replies = replies
        self.is_over = False
        self.asked: list[tuple[str, str]] = []

    def get(self, url: str, params: Mapping[str, str], *, etag: str = "", **_: str) -> Answer:
        self.asked.append((params["date"], params["p"]))
        reply = self.replies[params["date"].replace("2025-10-0", "d")]
        if isinstance(reply, FetchError):
            raise reply
        if isinstance(reply, list):
            start = int(params["p"]) * int(params["limit"])
            reply = json.dumps(reply[start : start + int(params["limit"])]).encode()
        tag = f'"{hash(reply)}"'
        is_known = etag == tag
        return Answer(
            url=url,
            status=304 if is_known else 200,
            body=b"" if is_known else reply,
            captured_at=datetime(2025, 10, 9, tzinfo=UTC),
            etag=tag,
            last_modified="",
            content_type="application/json",
            is_unchanged=is_known,
        )


class World:
    def __init__(self, folder: Path):
        self.lake, self.raw = Lake(folder / "lake"), RawStore(folder / "raw")

    def fetch(self, site: Site, *days: date) -> daily_pages.Report:
        return daily_pages.fetch_days(
            self.lake, self.raw, site, "http://127.0.0.1/x", [*days], today=TODAY  # type: ignore[arg-type]
        )  # fmt: skip

    def day(self, day: date = DAY) -> dict[str, Any]:
        (row,) = self.lake.read("daily_fetches", where=("day", [day.isoformat()])).to_pylist()
        return row

    def dumps(self) -> list[dict[str, Any]]:
        return self.lake.read("raw_daily_pages").sort_by("captured_at").to_pylist()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def broken(kind: str) -> FetchError:
    return FetchError(kind, "http://127.0.0.1/x", "expected an answer, found none")


@pytest.mark.parametrize(
    ("reply", "verdict", "words", "dumps"),
    [
        (entries(DAY, 3), "listed", "3 entries", 1),
        (entries(None, 3), "listed", "3 entries", 1),
        (entries(OTHER, 3), "snapped_back", "list of 2025-10-07", 1),
        ([], "empty", "empty", 1),
        (b"null", "not_a_list", "found b'null'", 1),
        (b"0", "not_a_list", "found b'0'", 1),
        (b'{"error": "x"}', "not_a_list", "expected a list", 1),
        (b'[{"paper": {"id"', "not_a_list", "expected a list", 1),
        (json.dumps({"status": "ok", "data": entries(DAY, 2)}).encode(), "listed", "2 entries", 1),
        (json.dumps([str({"paper": 1})]).encode(), "listed", "1 entries", 1),
        (broken("server_error"), "failed", "server_error", 0),
    ],
    ids=[
        "list", "list that tells no day", "another day's list", "empty", "null", "zero", "object",
        "cut off", "wrapped list", "list of texts", "failure",
    ],
)  # fmt: skip
def test_verdicts(world: World, reply: Any, verdict: str, words: str, dumps: int) -> None:
    world.fetch(Site(d6=reply), DAY)
    row = world.day()
    assert row["verdict"] == verdict
    assert words in row["reason"]
    kept = world.dumps()
    assert len(kept) == dumps
    for dump in kept:
        assert dump["verdict"] == verdict
        assert dump["page_on"] == DAY
        assert len(world.raw.get(dump["dump_id"])) == dump["byte_count"]


@pytest.mark.parametrize(
    ("day", "verdict"), [(date(2025, 10, 5), "weekend"), (date(2025, 10, 10), "future")]
)
def test_days_that_are_not_asked_for(world: World, day: date, verdict: str) -> None:
    site = Site()
    world.fetch(site, day)
    assert site.asked == []
    assert world.day(day)["verdict"] == verdict


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_long_days_are_paged_to_the_end(world: World, count: int) -> None:
    site = Site(d6=entries(DAY, count))
    report = world.fetch(site, DAY)
    assert report.entry_count == world.day()["listed_count"] == count
    assert [int(page) for _, page in site.asked] == list(range(count // 100 + 1))
    assert sum(dump["entry_count"] for dump in world.dumps()) == count


def test_a_second_fetch_of_the_same_answer_is_no_new_dump(world: World) -> None:
    site = Site(d6=entries(DAY, 3))
    world.fetch(site, DAY)
    first = world.day()
    report = world.fetch(site, DAY)
    assert report.verdicts[DAY].is_unchanged
    assert report.change.is_empty
    again = world.day()
    assert {k: v for k, v in again.items() if k not in ("checked_at", "reason")} == {
        k: v for k, v in first.items() if k not in ("checked_at", "reason")
    }


def test_a_changed_answer_is_kept_beside_the_first(world: World) -> None:
    world.fetch(Site(d6=entries(DAY, 3)), DAY)
    world.fetch(Site(d6=entries(DAY, 4, upvotes=9)), DAY)
    assert len(world.dumps()) == 2
    assert world.day()["listed_count"] == 4


def test_a_list_that_shrank_is_kept_and_replaces_nothing(world: World) -> None:
    world.fetch(Site(d6=entries(DAY, 10)), DAY)
    good = world.day()["dump_ids"]
    world.fetch(Site(d6=entries(DAY, 4)), DAY)
    row = world.day()
    assert (row["verdict"], row["listed_count"], row["entry_count"]) == ("shrunk", 10, 4)
    assert row["dump_ids"] == good
    assert sorted(dump["verdict"] for dump in world.dumps()) == ["listed", "shrunk"]
    world.fetch(Site(d6=entries(DAY, 6)), DAY)
    assert world.day()["verdict"] == "listed"


def test_a_failure_keeps_what_is_known(world: World) -> None:
    world.fetch(Site(d6=entries(DAY, 3)), DAY)
    world.fetch(Site(d6=broken("timed_out")), DAY)
    row = world.day()
    assert (row["verdict"], row["listed_count"]) == ("failed", 3)
    assert len(row["dump_ids"]) == 1


def test_one_failed_day_stops_no_other(world: World) -> None:
    report = world.fetch(Site(d6=broken("timed_out"), d7=entries(OTHER, 2)), DAY, OTHER)
    assert list(report.failed) == [DAY]
    assert world.day(OTHER)["verdict"] == "listed"
    assert "2025-10-06: timed_out" in report.describe_failures()


def test_a_site_that_is_down_is_not_asked_for_every_day(world: World) -> None:
    days = [date(2025, 9, n) for n in range(4, 27)]  # a weekend is among the first
    site = Site(**{d.isoformat(): broken("connection_failed") for d in days})
    report = world.fetch(site, *days)
    assert len(site.asked) == daily_pages.MOST_FAILURES_IN_A_ROW
    assert set(report.verdicts) == set(days[:7])
    assert report.left == days[7:]


def test_the_bytes_of_another_days_list_are_a_snap_back(world: World) -> None:
    """Where entries do not tell their day, the same bytes for two days do."""
    page = entries(None, 3)
    report = world.fetch(Site(d6=page, d7=page), DAY, OTHER)
    assert len(world.dumps()) == 1
    assert world.day(DAY)["verdict"] == "listed"
    assert world.day(OTHER)["verdict"] == "snapped_back"
    assert report.change.inserted == 1


def test_a_list_of_the_same_papers_is_a_snap_back_though_its_upvotes_have_moved(
    world: World,
) -> None:
    world.fetch(Site(d6=entries(None, 3), d7=entries(None, 3, upvotes=5)), DAY, OTHER)
    assert world.day(OTHER)["verdict"] == "snapped_back"
    assert "2025-10-06" in world.day(OTHER)["reason"]


def test_the_day_of_a_list_that_was_seen_under_another_day_first(world: World) -> None:
    page = entries(DAY, 3)
    world.fetch(Site(d7=page), OTHER)
    assert world.dumps()[0]["verdict"] == "snapped_back"
    world.fetch(Site(d6=page), DAY)
    (dump,) = world.dumps()
    assert (dump["verdict"], dump["page_on"]) == ("listed", DAY)


def test_lists_without_ids_are_never_taken_for_one_another(world: World) -> None:
    nameless = [{"paper": {"title": f"Paper {n}"}} for n in range(3)]
    other = [{"paper": {"title": f"Other {n}"}} for n in range(3)]
    world.fetch(Site(d6=nameless, d7=other), DAY, OTHER)
    assert world.day(OTHER)["verdict"] == "listed"


def test_a_full_first_page_is_always_asked_for_again(world: World) -> None:
    world.fetch(Site(d6=entries(DAY, 100)), DAY)
    world.fetch(Site(d6=entries(DAY, 102)), DAY)
    assert world.day()["listed_count"] == 102


def test_a_list_that_is_suddenly_empty_has_shrunk(world: World) -> None:
    world.fetch(Site(d6=entries(DAY, 30)), DAY)
    world.fetch(Site(d6=[]), DAY)
    assert (world.day()["verdict"], world.day()["listed_count"]) == ("shrunk", 30)


def test_a_server_that_knows_no_pages_is_asked_twice_at_most(world: World) -> None:
    class OnePage(Site):
        def get(self, url: str, params: Mapping[str, str], **given: str) -> Answer:
            return super().get(url, {**params, "p": "0"}, **given)

    site = OnePage(d6=entries(DAY, 100))
    world.fetch(site, DAY)
    assert len(site.asked) == 2
    assert world.day()["listed_count"] == 100


def test_the_earlier_day_keeps_a_list_whichever_was_asked_first(tmp_path: Path) -> None:
    page, rows = entries(None, 3), []
    for name, order in (("ahead", (DAY, OTHER)), ("back", (OTHER, DAY))):
        world = World(tmp_path / name)
        for day in order:
            world.fetch(Site(d6=page, d7=page), day)
        assert world.day(DAY)["verdict"] == "listed"
        assert world.day(OTHER)["verdict"] == "snapped_back"
        rows.append([(dump["page_on"], dump["verdict"]) for dump in world.dumps()])
    assert rows[0] == rows[1] == [(DAY, "listed")]


class TestEnds:
    """Whatever ends a fetch, what came is kept and the rest is named."""

    def test_the_time_of_a_run_is_over(self, world: World) -> None:
        class Slow(Site):
            def get(self, *given: Any, **more: Any) -> Answer:
                self.is_over = True
                return super().get(*given, **more)

        started = datetime.now(UTC)
        report = world.fetch(Slow(d6=entries(DAY, 3), d7=entries(OTHER, 3)), DAY, OTHER)
        assert world.day(DAY)["verdict"] == "listed"
        assert report.left == [OTHER]
        assert report.describe_failures() == (
            "1 days are left, from 2025-10-07 on. Run again to ask for them."
        )
        left = daily_pages.find_unfetched(world.lake, [DAY, OTHER], since=started)
        assert left == {OTHER: "was not asked for"}

    @pytest.mark.parametrize("signal", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
    def test_a_signal(self, world: World, signal: type[BaseException]) -> None:
        class Interrupted(Site):
            def get(self, url: str, params: Mapping[str, str], **more: Any) -> Answer:
                if params["date"] == str(OTHER):
                    raise signal
                return super().get(url, params, **more)

        with pytest.raises(signal):
            world.fetch(Interrupted(d6=entries(DAY, 3)), DAY, OTHER)
        assert world.day(DAY)["verdict"] == "listed"
        assert len(world.dumps()) == 1

    def test_days_that_failed(self, world: World) -> None:
        world.fetch(Site(d6=entries(DAY, 3)), DAY)
        started = datetime.now(UTC)
        site = Site(d6=broken("timed_out"), d7=b"null")
        report = world.fetch(site, DAY, OTHER)
        left = daily_pages.find_unfetched(world.lake, [DAY, OTHER], since=started)
        assert "timed_out" in left[DAY]
        assert "expected a list" in left[OTHER]
        assert not report.is_worth_retry  # something came

    @pytest.mark.parametrize(
        ("kind", "is_worth_retry"),
        [("timed_out", True), ("server_error", True), ("unauthorised", False)],
    )
    def test_a_site_that_is_down_may_be_back_in_minutes(
        self, world: World, kind: str, is_worth_retry: bool
    ) -> None:
        report = world.fetch(Site(d6=broken(kind)), DAY)
        assert report.is_worth_retry == is_worth_retry
