"""Settings: one frozen value, read when asked for, never at import.

Data flow: environment variables PAPER_PIPELINE_*, the project's .env -> Settings.

Every setting is a field here with its limits and its reason; `paper-pipeline status --settings`
prints them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "PAPER_PIPELINE_"


class SettingsError(ValueError):
    """A setting has a value that it cannot take, or a variable with our prefix names no setting."""


@dataclass(frozen=True)  # no slots: settings take their defaults from the class
class DriftLimits:
    """When something about a dump is unusual. The reasons for the defaults stand at the settings.

    Attributes:
        window: The most dumps to compare with, the nearest before.
        fewest: With fewer, what is usual in real pages is the standard.
        chance: A reading as odd as this by counting noise alone is not looked at further.
        deviations: Robust standard deviations of the window it must lie beyond as well.
        least_change: Share of entries (or part of a size) that matters.
        grave_change: The same for an error.
        least_days: Days that matter, for dates; four times as many are an error.
        stale_share: Titles of an earlier day in a list, from which on it is that day's list.
    """

    window: int = 40
    fewest: int = 10
    chance: float = 1e-4
    deviations: float = 3.5
    least_change: float = 0.1
    grave_change: float = 0.3
    least_days: float = 7.0
    stale_share: float = 0.5


def find_env_file(package: Path) -> Path | None:
    """The .env of the checkout that a package lies in; None where it is installed elsewhere."""
    root = package.resolve().parent
    return root / ".env" if (root / "pyproject.toml").is_file() else None


ENV_FILE = find_env_file(Path(__file__).parent)


class _Environment(EnvSettingsSource):
    """Environment variables, unknown ones with our prefix too, so that the model refuses them.

    The library hands on those of a .env file only (its issue 985).
    """

    def __call__(self) -> dict[str, Any]:
        prefix = PREFIX.lower()  # as the names are here
        return {
            name.removeprefix(prefix): value
            for name, value in self.env_vars.items()
            if name.startswith(prefix)
        }


class Settings(BaseSettings):
    """What an installation may change. Folders left empty are found below `data`.

    `Settings(...)` takes what is not given from the environment, and what is not there from .env.

    Raises:
        SettingsError: A value is not of its setting's type, is out of range, or a name is that of
            no setting (a typing error would otherwise go unnoticed).
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        dotenv_filtering="match_prefix",  # the rest of .env is for others
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    data: str = "data"
    """folder of the inbox, lake, releases and Dagster's home"""
    inbox: str = ""
    """folder where dumps arrive; empty: inbox/ below the data folder"""
    corrections: str = ""
    """file of people's corrections; empty: corrections.yaml in the data folder"""
    quarantine_decisions: str = ""
    """file of people's decisions on entries; empty: quarantine.jsonl in the data folder"""
    quarantine_limit: float = Field(default=0.05, ge=0, le=1)
    """share of quarantined entries in the newest dumps; real pages have under 0.01"""
    max_dump_mib: int = Field(default=64, ge=1)
    """a page of a hundred entries is under 1 MiB; anything this large is no listing"""
    settle_seconds: float = Field(default=10.0, ge=0)
    """the sensor leaves a file alone until it has not changed for this long"""
    daily_papers_url: str = "https://huggingface.co/api/daily_papers"
    """where the day's list is asked for"""
    fetch_rate: float = Field(default=1.0, ge=0)
    """requests a second at most, to be polite; 0 for no limit, on loopback only"""
    fetch_contact: str = ""
    """address or page in the User-Agent, so a site can reach you"""
    connect_timeout_seconds: float = Field(default=10.0, ge=0.001)
    """a site that does not answer is down"""
    read_timeout_seconds: float = Field(default=30.0, ge=0.001)
    """the longest silence within an answer"""
    total_timeout_seconds: float = Field(default=120.0, ge=0.001)
    """the longest an answer may take in all"""
    max_answer_mib: int = Field(default=32, ge=1)
    """a day of a hundred papers is under 1 MiB, decompressed"""
    fetch_attempts: int = Field(default=5, ge=1)
    """tries for one answer before its day is put off"""
    fetch_hours: float = Field(default=6.0, ge=0.001)
    """hours that a run asks a site at most; what is left is for the next run"""
    refetch_days: int = Field(default=7, ge=0)
    """so many days back lists, upvotes and comments still move, so they are asked for again"""
    drift_window: int = Field(default=DriftLimits.window, ge=1)
    """dumps of its kind that a dump is compared with: two months of lists"""
    drift_fewest: int = Field(default=DriftLimits.fewest, ge=3)
    """with fewer before it, a dump is held against what is usual in real pages"""
    drift_chance: float = Field(default=DriftLimits.chance, ge=1e-12, le=0.5)
    """what chance alone shows this seldom is odd; a year has 10,000 readings of lists"""
    drift_deviations: float = Field(default=DriftLimits.deviations, ge=0)
    """robust standard deviations of the window; the usual bound for outliers"""
    drift_least_change: float = Field(default=DriftLimits.least_change, ge=0, le=1)
    """share of a dump's entries below which a change is no news"""
    drift_grave_change: float = Field(default=DriftLimits.grave_change, ge=0, le=1)
    """share of damaged entries that keeps a dump out; real days have 0.02 at most"""
    stale_share: float = Field(default=DriftLimits.stale_share, ge=0, le=1)
    """a list with this share of an earlier day's titles is that day's; usual is under 0.05"""
    history_days: int = Field(default=30, ge=1)
    """versions of tables that are older and in no release are removed once a week"""
    kept_releases: int = Field(default=0, ge=0)
    """so many releases stay, the newest; 0 for all, as people cite them"""
    removed_limit: float = Field(default=0.02, ge=0, le=1)
    """share of a release's papers that the next may lack; dumps stay, so papers do"""
    changed_limit: float = Field(default=0.1, ge=0, le=1)
    """share that may say something else or be merged; a new source of all lists had 0.03"""
    replacing: str = ""
    """the release that the next may differ from beyond these limits, on purpose"""
    known_gaps: str = ""
    """weekdays known to have no list, as 2023-12-25,2024-01-01; not reported as missing"""
    arxiv: Literal["on", "off"] = "off"
    """on or off: ask arXiv for what it knows of the papers that have an arXiv id"""
    arxiv_url: str = "https://export.arxiv.org/api/query"
    """where that is asked for, at most every 3 s"""
    arxiv_refresh_days: int = Field(default=30, ge=1)
    """versions, DOIs and journals still come, so an answer this old is asked for again"""
    arxiv_calls: int = Field(default=100, ge=1)
    """calls to arXiv in one run at most: 10,000 papers, 5 minutes; the rest is for the next"""
    hf_token: SecretStr = SecretStr("")
    """token sent to the site if it asks for one; to publish, one that may write; never shown"""
    plots: Literal["on", "off"] = "on"
    """on or off: a plot in the metadata of every main asset"""

    def __init__(self, **values: Any):
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError(_tell(error.errors()[0])) from None
        except UnicodeDecodeError as error:
            raise SettingsError(f"{ENV_FILE}: expected UTF-8, found {error.reason}") from None

    @property
    def data_dir(self) -> Path:
        """The data folder, absolute."""
        return _absolute(self.data)

    @property
    def inbox_dir(self) -> Path:
        """Where dumps arrive, absolute."""
        return _absolute(self.inbox) if self.inbox else self.data_dir / "inbox"

    @property
    def corrections_file(self) -> Path:
        """What people say of papers."""
        given = self.corrections
        return _absolute(given) if given else self.data_dir / "corrections.yaml"

    @property
    def quarantine_decisions_file(self) -> Path:
        """What people have decided of entries in quarantine."""
        given = self.quarantine_decisions
        return _absolute(given) if given else self.data_dir / "quarantine.jsonl"

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
    def running_dir(self) -> Path:
        """Where runs at work are announced."""
        return self.dagster_home / "running"

    @property
    def max_dump_bytes(self) -> int:
        """The size limit of a dump in bytes, after decompression."""
        return self.max_dump_mib * 1024 * 1024

    @property
    def drift_limits(self) -> DriftLimits:
        """When something about a dump is unusual; least_days is no setting."""
        return DriftLimits(
            window=self.drift_window,
            fewest=self.drift_fewest,
            chance=self.drift_chance,
            deviations=self.drift_deviations,
            least_change=self.drift_least_change,
            grave_change=self.drift_grave_change,
            stale_share=self.stale_share,
        )

    def require_inbox(self) -> Path:
        """The inbox; one that was named is there, the one below the data folder need not be.

        Raises:
            SettingsError: PAPER_PIPELINE_INBOX names no folder.
        """
        if self.inbox and not self.inbox_dir.is_dir():
            raise SettingsError(
                f"{_variable('inbox')}: expected a folder to take pages from, found "
                f"{'no folder' if self.inbox_dir.exists() else 'nothing'} at {self.inbox_dir}; "
                "make it, mount it, or name another one"
            )
        return self.inbox_dir

    def known_gap_days(self) -> frozenset[date]:
        """The weekdays known to have no list."""
        return _parse_days(self.known_gaps)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Reads the settings.

        Args:
            environment: Variables to read instead of the process's own and the project's .env.

        Raises:
            SettingsError: As of the class.
        """
        if environment is None:
            return cls()
        source = _Environment(cls)
        source.env_vars = {name.lower(): value for name, value in environment.items() if value}
        return cls(_build_sources=((source,), {}))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given wins over the environment, which wins over the project's .env."""
        return init_settings, _Environment(settings_cls), DotEnvSettingsSource(cls, ENV_FILE)

    @field_validator("data", "inbox", "corrections", "quarantine_decisions")
    @classmethod
    def _check_place(cls, place: str) -> str:
        try:
            _absolute(place)
        except RuntimeError:
            raise ValueError("a path, with a user who is there after ~") from None
        return place

    @field_validator("known_gaps")
    @classmethod
    def _check_days(cls, days: str) -> str:
        _parse_days(days)
        return days

    def describe(self) -> list[tuple[str, str, str]]:
        """Every setting as (environment variable, value in force, reason)."""
        return [
            (_variable(name), _shown(getattr(self, name)), str(field.description))
            for name, field in type(self).model_fields.items()
        ]


def _absolute(place: str) -> Path:
    return Path(place).expanduser().absolute()


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _shown(value: object) -> str:
    return "(set, not shown)" if isinstance(value, SecretStr) and value else str(value)


def _parse_days(days: str) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(day.strip()) for day in days.split(",") if day.strip())
    except ValueError:
        raise ValueError("days as 2023-12-25,2024-01-01") from None


def _tell(problem: ErrorDetails) -> str:
    """What pydantic found, in one line and without the value of a secret."""
    name, found, details = str(problem["loc"][0]), problem["input"], problem.get("ctx", {})
    fields = Settings.model_fields
    if name not in fields:
        near = get_close_matches(name, fields, n=1)
        hint = f"; did you mean {_variable(near[0])}?" if near else "."
        known = ", ".join(sorted(map(_variable, fields)))
        return f"{_variable(name)} is not a setting{hint} Known settings: {known}"
    kind = fields[name].annotation
    match problem["type"]:
        case "greater_than_equal":
            expected = f"{details['ge']:g} or more"
        case "less_than_equal":
            expected = f"{details['le']:g} or less"
        case "literal_error":
            expected = details["expected"].replace("'", "")
        case "value_error":
            expected = str(details["error"])
        case _:
            expected = getattr(kind, "__name__", str(kind))
    shown = "another kind of value" if kind is SecretStr else repr(found)
    return f"{_variable(name)}: expected {expected}, found {shown}"
