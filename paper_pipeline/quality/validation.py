"""Quality: runs a table's contract as a Great Expectations suite and reports plainly.

Data flow: a Table's promises -> expectations -> one validation of the rows -> Report; suites,
validation history and Data Docs are kept in a file context.

The promises themselves are declared in lake/tables/; what becomes of a report (a Dagster check, an
exit code) belongs to checks/. Great Expectations takes seconds to import, so it is imported inside
the functions that need it.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import filelock
import pandas as pd
import pyarrow as pa

from paper_pipeline.lake.tables import TABLES
from paper_pipeline.lake.tables.contract import Column, Table

log = logging.getLogger(__name__)
Found = TypeVar("Found")

MOST_EXAMPLES = 20
MOST_EXAMPLE_CHARACTERS = 300
# Validations of a table that are kept, with their pages: three weeks of days.
KEPT_VALIDATIONS = 20
STYLES = Path(__file__).with_name("data_docs.css")
SOURCE, BATCH = "lake", "rows"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one expectation found.

    Attributes:
        expectation: The expectation's type, as Great Expectations names it.
        column: The column it is about.
        promise: The promise in words.
        severity: critical or warning.
        is_met: Whether all rows keep it.
        unexpected_count: Rows that do not.
        keys: Keys of some of these rows, at most MOST_EXAMPLES.
        example: One value that broke the promise.
    """

    expectation: str
    column: str
    promise: str
    severity: str
    is_met: bool
    unexpected_count: int = 0
    keys: list[str] = field(default_factory=list[str])
    example: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the validation of a table found.

    Attributes:
        table: Name of the table.
        row_count: Rows looked at.
        findings: One for every promise.
        page: Where the page of Data Docs about it is, or will be; empty without a file context.
    """

    table: str
    row_count: int
    findings: list[Finding]
    page: str = ""

    @property
    def is_met(self) -> bool:
        """Whether every promise is kept."""
        return all(finding.is_met for finding in self.findings)

    @property
    def broken(self) -> list[Finding]:
        """The promises that are not kept, critical ones first."""
        broken = [finding for finding in self.findings if not finding.is_met]
        return sorted(broken, key=lambda finding: finding.severity)

    @property
    def severity(self) -> str:
        """The gravest of what is broken."""
        return self.broken[0].severity if self.broken else "warning"


def expectations(table: Table) -> list[dict[str, Any]]:
    """The contract of a table as expectations: type, column, promise, severity, arguments.

    What cannot be otherwise is not among them: the store takes and gives just the columns and types
    of the contract, and neither it nor Lance takes a null where the contract allows none. A column
    that refers to another table is looked up there, where its pattern is kept watch over.
    """
    referring = {reference.column for reference in table.references}
    return [
        {
            "type": kind,
            "column": column.name,
            "promise": promise,
            "severity": column.severity,
            "arguments": arguments,
        }
        for column in table.columns
        for kind, promise, arguments in _promises(column, column.name in referring)
    ]


def _promises(column: Column, is_reference: bool) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if column.unique:
        yield "expect_column_values_to_be_unique", "unique", {}
    if column.minimum is not None or column.maximum is not None:
        limits = {"min_value": column.minimum, "max_value": column.maximum}
        yield "expect_column_values_to_be_between", _range(column.minimum, column.maximum), limits
    if column.min_length is not None or column.max_length is not None:
        limits = {"min_value": column.min_length, "max_value": column.max_length}
        words = f"length {_range(column.min_length, column.max_length)}"
        yield "expect_column_value_lengths_to_be_between", words, limits
    if column.pattern and not is_reference:
        words = f"matches {column.pattern}"
        yield "expect_column_values_to_match_regex", words, {"regex": column.pattern}
    if column.allowed:
        words = "one of " + ", ".join(column.allowed)
        yield "expect_column_values_to_be_in_set", words, {"value_set": list(column.allowed)}


def _range(least: object, most: object) -> str:
    if least is None or most is None:
        return f"{most} or less" if least is None else f"{least} or more"
    return f"{least} to {most}"


def validated_columns(table: Table) -> list[str]:
    """The key and the columns that something is promised of."""
    promised = {item["column"] for item in expectations(table)}
    return [name for name in table.schema.names if name in promised or name == table.key]


def validate(table: Table, rows: pa.Table, folder: Path | None = None) -> Report:
    """Checks rows against the contract of their table, in one run of its suite.

    That run only says yes or no, at half the price of one that lists keys. Where something is
    broken a second one finds what, and _outcome the keys.

    Args:
        table: The contract.
        rows: The rows, its validated_columns at least.
        folder: Keeps a file context of Great Expectations: the suite, this validation among the
            last KEPT_VALIDATIONS, its page of Data Docs once publish_docs has made it. Without one
            nothing is kept.

    Returns:
        A finding for every promise. Where there are no rows all promises are kept, and Great
        Expectations is not asked.
    """
    wanted = expectations(table)
    if not rows.num_rows:
        return Report(table.name, 0, [_finding(item, is_met=True) for item in wanted])
    return _in_context(folder, lambda gx, context: _run_suite(gx, context, table, rows, folder))


def _run_suite(gx: Any, context: Any, table: Table, rows: pa.Table, folder: Path | None) -> Report:
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    wanted = expectations(table)
    frame = rows.select(validated_columns(table)).to_pandas()
    definition = _definition(gx, context, table, wanted)
    now = datetime.now(UTC)
    run_id = RunIdentifier(run_name=f"{now:%Y%m%dT%H%M%SZ}", run_time=now)
    given = {"batch_parameters": {"dataframe": frame}, "run_id": run_id}
    result = definition.run(**given, result_format="BOOLEAN_ONLY")
    if not result.success:  # once more, for what broke it; that takes the place of the first
        details = {"result_format": "BASIC", "partial_unexpected_count": MOST_EXAMPLES}
        result = definition.run(**given, result_format=details)
    findings = [_outcome(wanted, frame, table.key, outcome) for outcome in result.results]
    if folder is None:
        return Report(table.name, rows.num_rows, findings)
    suite = ExpectationSuiteIdentifier(table.name)
    key = ValidationResultIdentifier(suite, run_id, f"{SOURCE}-{table.name}")
    return Report(table.name, rows.num_rows, findings, str(_page(folder, key)))


def publish_docs(folder: Path, tables: Sequence[Table] = TABLES) -> Path | None:
    """Brings Data Docs up to date with the validations kept, and forgets the oldest of them.

    Also makes a checkpoint for every table, for people who run validations by hand.

    Args:
        folder: Of the file context.
        tables: The tables wanted.

    Returns:
        The page to begin with; None where nothing was ever validated.
    """
    if not _settings_file(folder).exists():
        return None
    if _is_documented(folder):  # told without importing anything, as most runs change nothing
        return index_page(folder)
    names = {table.name for table in tables}
    _in_context(folder, lambda gx, context: _build_docs(gx, context, names, folder))
    return index_page(folder)


def _build_docs(gx: Any, context: Any, names: set[str], folder: Path) -> None:
    suites = [key for key in context.expectations_store.list_keys() if key.name in names]
    stored = context.validation_results_store
    results = [
        key
        for suite in suites
        for key in _forget_oldest(stored, suite.name)
        if not _page(folder, key).exists()
    ]
    checkpoints = {key.to_tuple()[0] for key in context.checkpoint_store.list_keys()}
    for name in sorted({suite.name for suite in suites} - checkpoints):
        definition = context.validation_definitions.get(name)
        action = gx.checkpoint.UpdateDataDocsAction(name="data_docs")
        context.checkpoints.add(
            gx.Checkpoint(name=name, validation_definitions=[definition], actions=[action])
        )
    if results:
        # It goes on after an error, which it tells with its traceback: a full disk, for one.
        logging.getLogger("great_expectations.render.renderer.site_builder").setLevel(
            logging.CRITICAL
        )
        context.build_data_docs(resource_identifiers=[*suites, *results])
        missing = sum(not _page(folder, key).exists() for key in results)
        if missing:
            log.warning("%d pages of Data Docs could not be written; the next run does", missing)


def index_page(folder: Path) -> Path:
    """The page of Data Docs to begin with, there once publish_docs has made it."""
    return _site(folder) / "index.html"


def _is_documented(folder: Path) -> bool:
    """Whether every validation that is kept has its page."""
    results = folder / "gx" / "uncommitted" / "validations"
    pages = _site(folder) / "validations"
    return all(
        (pages / result.relative_to(results)).with_name(f"{result.stem}.html").exists()
        for result in results.rglob("*.json")
    )


def _forget_oldest(store: Any, suite: str) -> list[Any]:
    """The validations of a suite that are kept; the pages of others go with the next index."""
    keys = [key for key in store.list_keys() if key.expectation_suite_identifier.name == suite]
    now = datetime.now(UTC)  # those of a day to come were made under a clock that was ahead
    keys.sort(key=lambda key: (key.run_id.run_time <= now, key.run_id.run_time))
    for key in keys[:-KEPT_VALIDATIONS]:
        store.remove_key(key)
    return keys[-KEPT_VALIDATIONS:]


def _great_expectations() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return gx


def _settings_file(folder: Path) -> Path:
    return folder / "gx" / "great_expectations.yml"


def _site(folder: Path) -> Path:
    return folder / "gx" / "uncommitted" / "data_docs" / "local_site"


def _page(folder: Path, key: Any) -> Path:
    """Where Data Docs put the page of a validation."""
    *places, batch = key.to_tuple()
    return _site(folder).joinpath("validations", *places, f"{batch}.html")


def _put_aside(folder: Path, error: BaseException) -> None:
    """Puts the context of a folder aside, and says why."""
    kept, aside = folder / "gx", folder / "gx.damaged"
    shutil.rmtree(aside, ignore_errors=True)
    kept.rename(aside)
    _contexts.pop(folder, None)
    log.warning(
        "%s: expected what Great Expectations keeps, found it damaged (%s). It is made again; what "
        "was there is in %s",
        kept, type(error).__name__, aside,
    )  # fmt: skip


# Contexts of this process, by folder, with what tells their settings file from one made anew.
_contexts: dict[Path | None, tuple[int, Any]] = {}


def _in_context(folder: Path | None, work: Callable[[Any, Any], Found]) -> Found:
    """Does something with the context of a folder, held for one process.

    A context that turns out to be damaged is put aside and the work done again with one made anew:
    all in it is derived, and a second failure is not its fault.

    Args:
        folder: Of the file context; without one the context forgets.
        work: What to do with Great Expectations and the context.
    """
    gx = _great_expectations()
    from great_expectations.data_context.data_context.context_factory import project_manager
    from marshmallow.exceptions import MarshmallowError

    def attempt() -> Found:
        context = _open(gx, folder)
        if folder is not None:
            project_manager.set_project(context)
        return work(gx, context)

    if folder is None:
        return attempt()
    folder.mkdir(parents=True, exist_ok=True)
    is_kept = _settings_file(folder).exists()
    # What its readers raise over files that are cut, empty or filled with something else.
    damage = (AttributeError, LookupError, TypeError, ValueError, MarshmallowError)
    with filelock.FileLock(folder / ".lock"):
        try:
            return attempt()
        except (gx.exceptions.GreatExpectationsError, *damage) as error:
            if not is_kept:
                raise
            _put_aside(folder, error)
            return attempt()


def _open(gx: Any, folder: Path | None) -> Any:
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.datasource.fluent.pandas_datasource import PandasDatasource

    file = _settings_file(folder) if folder else None
    identity = file.stat().st_ino if file and file.exists() else 0
    known, context = _contexts.get(folder, (0, None))
    if context is not None and known == identity and folder is not None:
        return context
    if folder is None:
        context = gx.get_context(mode="ephemeral")
    else:
        context = gx.get_context(mode="file", project_root_dir=folder)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    if not identity:
        batch = {"name": BATCH, "partitioner": None}
        assets = [
            {"name": table.name, "type": "dataframe", "batch_definitions": [batch]}
            for table in TABLES
        ]
        source = PandasDatasource.parse_obj(  # pyright: ignore[reportDeprecated] -- it is pydantic 1
            {"name": SOURCE, "type": "pandas", "assets": assets}
        )
        context.data_sources.add_or_update_pandas(source)
        if folder is not None:
            # It holds but remarks, and would be read nine times for every table.
            (folder / "gx" / "uncommitted" / "config_variables.yml").unlink(missing_ok=True)
            styles = folder / "gx" / "plugins" / "custom_data_docs" / "styles"
            shutil.copy(STYLES, styles / "data_docs_custom_styles.css")
            (site,) = context.list_data_docs_sites().values()
            context.update_data_docs_site("local_site", site | {"show_how_to_buttons": False})
    if file is not None:
        _contexts[folder] = file.stat().st_ino, context
    return context


def _definition(gx: Any, context: Any, table: Table, wanted: list[dict[str, Any]]) -> Any:
    """The validation definition of a table, made when its contract is new or has changed."""
    contract = hashlib.sha256(json.dumps(wanted, default=str).encode()).hexdigest()
    definitions, suites = context.validation_definitions, context.suites
    if (table.name,) in (key.to_tuple() for key in context.validation_definition_store.list_keys()):
        known = definitions.get(table.name)
        if known.suite.meta.get("contract") == contract:
            return known
        definitions.delete(table.name)
    if table.name in (key.name for key in context.expectations_store.list_keys()):
        suites.delete(table.name)
    source = context.data_sources.get(SOURCE)
    if table.name not in source.get_asset_names():
        source.add_dataframe_asset(table.name).add_batch_definition_whole_dataframe(BATCH)
    suite = gx.ExpectationSuite(
        name=table.name,
        expectations=[_expectation(gx, table, item, n) for n, item in enumerate(wanted)],
        meta={"contract": contract},
        notes=f"One row is {table.row}.",
    )
    batch = source.get_asset(table.name).get_batch_definition(BATCH)
    return definitions.add(
        gx.ValidationDefinition(name=table.name, data=batch, suite=suites.add(suite))
    )


def _expectation(gx: Any, table: Table, item: dict[str, Any], number: int) -> Any:
    kind = getattr(gx.expectations, "".join(word.capitalize() for word in item["type"].split("_")))
    return kind(
        **item["arguments"],
        column=item["column"],
        severity=item["severity"],
        notes=table.column(item["column"]).description,
        meta={"number": number},
    )


def _finding(item: dict[str, Any], *, is_met: bool, **found: Any) -> Finding:
    named = item["type"], item["column"], item["promise"], item["severity"]
    return Finding(*named, is_met=is_met, **found)


def _outcome(wanted: list[dict[str, Any]], frame: pd.DataFrame, key: str, outcome: Any) -> Finding:
    number: int = outcome.expectation_config.meta["number"]
    item = wanted[number]
    column: str = item["column"]
    if outcome.success:
        return _finding(item, is_met=True)
    details: dict[str, Any] = outcome.result or {}
    values: list[Any] = details.get("partial_unexpected_list") or []
    raised: dict[str, Any] = outcome.exception_info or {}
    broken = frame.loc[frame[column].isin(values), key]
    return _finding(
        item,
        is_met=False,
        unexpected_count=int(details.get("unexpected_count") or 1),
        keys=[str(value) for value in broken.head(MOST_EXAMPLES)],
        example=str(values[0] if values else raised.get("exception_message") or "")[
            :MOST_EXAMPLE_CHARACTERS
        ],
    )
