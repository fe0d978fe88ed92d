"""Settings: one frozen value, read from the environment when asked for, never at import.

Data flow: environment variables PAPER_PIPELINE_* -> Settings.

Every setting is a field here with its reason; `paper-pipeline status --settings` prints them all.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

PREFIX = "PAPER_PIPELINE_"
SECRETS = frozenset({"hf_token"})
SWITCHES = ("arxiv", "plots")


# The least value that makes sense, for the settings that have one.
LEAST = {
    "max_dump_mib": 1,
    "settle_seconds": 0,
    "fetch_rate": 0,
    "connect_timeout_seconds": 0.001,
    "read_timeout_seconds": 0.001,
    "total_timeout_seconds": 0.001,
    "max_answer_mib": 1,
    "fetch_attempts": 1,
    "refetch_days": 0,
    "drift_window": 1,
    "drift_fewest": 3,
    "drift_chance": 1e-12,
    "drift_deviations": 0,
    "drift_least_change": 0,
    "drift_grave_change": 0,
    "stale_share": 0,
    "arxiv_refresh_days": 1,
    "arxiv_calls": 1,
    "quarantine_limit": 0,
    "removed_limit": 0,
    "changed_limit": 0,
    "history_days": 1,
    "kept_releases": 0,
}
# The greatest, likewise.
MOST = {
    "drift_chance": 0.5,
    "drift_least_change": 1,
    "drift_grave_change": 1,
    "stale_share": 1,
    "quarantine_limit": 1,
    "removed_limit": 1,
    "changed_limit": 1,
}


class SettingsError(ValueError):
    """An environment variable holds a value that its setting cannot take."""


def _secret(reason: str) -> Any:
    return field(default="", repr=False, metadata={"reason": reason})


def _setting(default: Any, reason: str) -> Any:
    return field(default=default, metadata={"reason": reason})


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation may change. Folders left empty are found below `data`."""

    data: str = _setting("data", "folder of the inbox, lake, releases and Dagster's home")
    inbox: str = _setting("", "folder where dumps arrive; empty: inbox/ below the data folder")
    corrections: str = _setting(
        "", "file of people's corrections; empty: corrections.yaml in the data folder"
    )
    quarantine_decisions: str = _setting(
        "", "file of people's decisions on entries; empty: quarantine.jsonl in the data folder"
    )
    quarantine_limit: float = _setting(
        0.05, "share of quarantined entries in the newest dumps; real pages have under 0.01"
    )
    max_dump_mib: int = _setting(
        64, "a page of a hundred entries is under 1 MiB; anything this large is no listing"
    )
    settle_seconds: float = _setting(
        10.0, "the sensor leaves a file alone until it has not changed for this long"
    )
    daily_papers_url: str = _setting(
        "https://huggingface.co/api/daily_papers", "where the day's list is asked for"
    )
    fetch_rate: float = _setting(
        1.0, "requests a second at most, to be polite; 0 for no limit, on loopback only"
    )
    fetch_contact: str = _setting("", "address or page in the User-Agent, so a site can reach you")
    connect_timeout_seconds: float = _setting(10.0, "a site that does not answer is down")
    read_timeout_seconds: float = _setting(30.0, "the longest silence within an answer")
    total_timeout_seconds: float = _setting(120.0, "the longest an answer may take in all")
    max_answer_mib: int = _setting(32, "a day of a hundred papers is under 1 MiB, decompressed")
    fetch_attempts: int = _setting(5, "tries for one answer before its day is put off")
    refetch_days: int = _setting(
        7, "so many days back lists, upvotes and comments still move, so they are asked for again"
    )
    drift_window: int = _setting(
        40, "dumps of its kind that a dump is compared with: two months of lists"
    )
    drift_fewest: int = _setting(
        10, "with fewer before it, a dump is held against what is usual in real pages"
    )
    drift_chance: float = _setting(
        1e-4, "what chance alone shows this seldom is odd; a year has 10,000 readings of lists"
    )
    drift_deviations: float = _setting(
        3.5, "robust standard deviations of the window; the usual bound for outliers"
    )
    drift_least_change: float = _setting(
        0.1, "share of a dump's entries below which a change is no news"
    )
    drift_grave_change: float = _setting(
        0.3, "share of damaged entries that keeps a dump out; real days have 0.02 at most"
    )
    stale_share: float = _setting(
        0.5, "a list with this share of an earlier day's titles is that day's; usual is under 0.05"
    )
    history_days: int = _setting(
        30, "versions of tables that are older and in no release are removed once a week"
    )
    kept_releases: int = _setting(
        0, "so many releases stay, the newest; 0 for all, as people cite them"
    )
    removed_limit: float = _setting(
        0.02, "share of a release's papers that the next may lack; dumps stay, so papers do"
    )
    changed_limit: float = _setting(
        0.1, "share that may say something else or be merged; a new source of all lists had 0.03"
    )
    replacing: str = _setting(
        "", "the release that the next may differ from beyond these limits, on purpose"
    )
    known_gaps: str = _setting(
        "", "weekdays known to have no list, as 2023-12-25,2024-01-01; not reported as missing"
    )
    arxiv: str = _setting(
        "off", "on or off: ask arXiv for what it knows of the papers that have an arXiv id"
    )
    arxiv_url: str = _setting(
        "https://export.arxiv.org/api/query", "where that is asked for, at most every 3 s"
    )
    arxiv_refresh_days: int = _setting(
        30, "versions, DOIs and journals still come, so an answer this old is asked for again"
    )
    arxiv_calls: int = _setting(
        100, "calls to arXiv in one run at most: 10,000 papers, 5 minutes; the rest is for the next"
    )
    hf_token: str = _secret(
        "token sent to the site if it asks for one; to publish, one that may write; never shown"
    )
    plots: str = _setting("on", "on or off: a plot in the metadata of every main asset")

    @property
    def data_dir(self) -> Path:
        """The data folder, absolute."""
        return Path(self.data).expanduser().absolute()

    @property
    def inbox_dir(self) -> Path:
        """Where dumps arrive, absolute."""
        return Path(self.inbox).expanduser().absolute() if self.inbox else self.data_dir / "inbox"

    @property
    def corrections_file(self) -> Path:
        """What people say of papers."""
        given = Path(self.corrections).expanduser().absolute()
        return given if self.corrections else self.data_dir / "corrections.yaml"

    @property
    def quarantine_decisions_file(self) -> Path:
        """What people have decided of entries in quarantine."""
        given = Path(self.quarantine_decisions).expanduser().absolute()
        return given if self.quarantine_decisions else self.data_dir / "quarantine.jsonl"

    @property
    def lake_dir(self) -> Path:
        """Working tables and raw dumps."""
        return self.data_dir / "lake"

    @property
    def quality_dir(self) -> Path:
        """Great Expectations' own folder, its Data Docs, and the scorecard's page."""
        return self.data_dir / "quality"

    @property
    def releases_dir(self) -> Path:
        """Published releases, a folder each."""
        return self.data_dir / "releases"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own history, shared by the command line and the UI."""
        return self.data_dir / "dagster_home"

    @property
    def max_dump_bytes(self) -> int:
        """The size limit of a dump in bytes, after decompression."""
        return self.max_dump_mib * 1024 * 1024

    def known_gap_days(self) -> frozenset[date]:
        """The weekdays known to have no list."""
        try:
            days = [d.strip() for d in self.known_gaps.split(",")]
            return frozenset(date.fromisoformat(day) for day in days if day)
        except ValueError as error:
            raise SettingsError(
                f"{PREFIX}KNOWN_GAPS: expected days as 2023-12-25,2024-01-01, found "
                f"{self.known_gaps!r}"
            ) from error

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Reads the settings.

        Args:
            environment: Variables to read instead of the process's own.

        Raises:
            SettingsError: A value is not of its setting's type, is out of range, or a variable
                with our prefix names no setting (a typing error would otherwise go unnoticed).
        """
        source = os.environ if environment is None else environment
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        unknown = sorted(k for k in source if k.startswith(PREFIX) and k not in known)
        if unknown:
            raise SettingsError(
                f"{unknown[0]} is not a setting. Known settings: {', '.join(sorted(known))}"
            )
        values: dict[str, Any] = {}
        for variable, setting in known.items():
            given = source.get(variable)
            if given is None or given == "":
                continue
            kind: Any = setting.type
            try:
                values[setting.name] = kind(given)
            except ValueError as error:
                raise SettingsError(
                    f"{variable}: expected {kind.__name__}, found {given!r}"
                ) from error
        settings = cls(**values)
        settings._validate()
        return settings

    def _validate(self) -> None:
        for name, least in LEAST.items():
            value = getattr(self, name)
            if not value >= least:
                raise SettingsError(
                    f"{PREFIX}{name.upper()}: expected {least} or more, found {value}"
                )
        for name, most in MOST.items():
            value = getattr(self, name)
            if not value <= most:
                raise SettingsError(
                    f"{PREFIX}{name.upper()}: expected {most} or less, found {value}"
                )
        self.known_gap_days()
        for name in SWITCHES:
            value = getattr(self, name)
            if value not in ("on", "off"):
                raise SettingsError(f"{PREFIX}{name.upper()}: expected on or off, found {value!r}")

    def _shown(self, name: str) -> str:
        value = str(getattr(self, name))
        return "(set, not shown)" if name in SECRETS and value else value

    def describe(self) -> list[tuple[str, str, str]]:
        """Every setting as (environment variable, value in force, reason)."""
        return [
            (PREFIX + f.name.upper(), self._shown(f.name), str(f.metadata["reason"]))
            for f in fields(self)
        ]
