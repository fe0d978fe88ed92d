"""A small corpus for tests: the stages in order over a folder, without Dagster around them."""

import random
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from paper_pipeline.acquire import inbox
from paper_pipeline.acquire.daily_pages import Report, fetch_days, read_verdicts
from paper_pipeline.acquire.days import days_between, find_missing_days
from paper_pipeline.acquire.fetch import Fetcher
from paper_pipeline.clean.update import update_records
from paper_pipeline.dedup.increment import update_papers
from paper_pipeline.enrich.trends import update_counts
from paper_pipeline.enrich.update import update_features
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Lake
from paper_pipeline.reader.corpus import Release, open_folder
from paper_pipeline.release.publish import publish
from paper_pipeline.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "sample"
SEEDS = ROOT.parent / "shared" / "seeds"
NO_SEEDS = (
    "the five real dumps are not beside this checkout (../shared/seeds); they are not ours to ship"
)

SAMPLE_COUNTS = {"dumps": 15, "records": 109, "quarantined_entries": 2, "papers": 78}

HEADER = "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nDaily Papers\n\n"
WORDS = [
    "model",
    "sparse",
    "attention",
    "bright",
    "kernel",
    "agent",
    "token",
    "river",
    "scale",
    "memory",
    "policy",
    "reward",
    "vision",
    "speech",
    "graph",
    "tree",
    "sample",
    "noise",
    "prompt",
    "layer",
    "depth",
    "width",
    "merge",
    "split",
    "route",
    "cache",
    "draft",
]


def replace_settings(settings: Settings, **changes: Any) -> Settings:
    """The same settings but for the changes, checked."""
    return Settings(**dict(settings) | changes)


@dataclass(frozen=True)
class Corpus:
    """A data folder and the stages over it."""

    folder: Path

    @property
    def lake(self) -> Lake:
        return Lake(self.folder / "lake")

    @property
    def inbox(self) -> Path:
        path = self.folder / "inbox"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def put(self, *files: Path) -> None:
        """Copies files into the inbox."""
        for file in files:
            shutil.copy2(file, self.inbox / file.name)

    def write(self, name: str, page: str) -> None:
        """Writes a page into the inbox."""
        (self.inbox / name).write_text(page, "utf-8")

    def update(self, today: date = date(2026, 1, 9)) -> Release:
        """Runs every stage once."""
        self.acquire()
        self.deduplicate()
        return self.release(today)

    def acquire(self) -> None:
        raw = RawStore(self.folder / "lake" / "raw")
        nowhere = self.folder / "no-sample"
        inbox.take_inbox(self.lake, raw, self.inbox, nowhere, max_bytes=1 << 26)
        update_records(self.lake, raw)

    def fetch(self, url: str, days: list[date], today: date, **settings: Any) -> Report:
        """Asks a server for days, without a limit on the rate."""
        wanted = Settings(daily_papers_url=url, fetch_rate=0, **settings)
        raw = RawStore(self.folder / "lake" / "raw")
        with Fetcher.from_settings(wanted, sleep=lambda _: None) as fetcher:
            return fetch_days(self.lake, raw, fetcher, url, days, today=today)

    def fetch_missing(self, url: str, first: date, last: date, today: date) -> Report:
        """Asks a server for the days of a range that are not known yet."""
        days = days_between(first, last)
        days = find_missing_days(read_verdicts(self.lake), days, today=today, refetch_days=7)
        return self.fetch(url, days, today, fetch_attempts=2)

    def deduplicate(self) -> None:
        update_papers(self.lake)
        update_features(self.lake)
        update_counts(self.lake)

    def release(self, today: date) -> Release:
        lake = self.lake
        return open_folder(publish(lake, self.folder / "releases", today=today)[0].folder)

    def versions(self) -> dict[str, int]:
        """The version of every table."""
        return self.lake.versions([p.stem for p in sorted(self.lake.folder.glob("*.lance"))])


def abstract(seed: int, words: int = 60) -> str:
    """A text of its own for every seed, long enough to be an abstract."""
    choose = random.Random(seed)  # noqa: S311 -- not a secret
    return " ".join(choose.choices(WORDS, k=words)).capitalize() + "."


def page(*entries: tuple[str, str], page_on: str = "Sep 3, 2025") -> str:
    """A listing page in the layout with blank lines, without footers."""
    body = "\n\n".join(f"{title}\n\n{text}" for title, text in entries)
    return f"{HEADER}byAK and the research community\n\n{page_on}\n\n{body}\n"
