"""Formats declare themselves, and none of them can stop the others or the run."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from typing import Any, NoReturn

import pytest

from paper_pipeline.clean import formats
from paper_pipeline.clean.formats import FORMATS, current_version, find_format, parse_dump
from paper_pipeline.clean.formats.format import Format
from paper_pipeline.clean.page import Capture, Page
from paper_pipeline.clean.soundness.measures import FIELDS
from paper_pipeline_tests.corpus import abstract, page

TEXT, API, HTML, ARCHIVE = FORMATS
PAGE = page(("A title", abstract(1))).encode()


def failing(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise error

    return fail


def register(monkeypatch: pytest.MonkeyPatch, *registered: Format) -> None:
    monkeypatch.setattr(formats, "FORMATS", registered)


# --- Declarations --------------------------------------------------------------------------------


def test_every_module_that_declares_a_format_is_registered() -> None:
    names = [
        module.name for module in pkgutil.iter_modules(formats.__path__, f"{formats.__name__}.")
    ]
    modules = [importlib.import_module(name) for name in names]
    declared = {m.__name__.rpartition(".")[2]: m.FORMAT for m in modules if hasattr(m, "FORMAT")}
    assert declared == {page_format.name: page_format for page_format in FORMATS}


def test_a_format_decides_on_every_attribute() -> None:
    assert all(f.default is MISSING and f.default_factory is MISSING for f in fields(Format))
    for page_format in FORMATS:
        assert page_format.parser_version >= 1
        assert page_format.filled_columns <= set(FIELDS)


@pytest.mark.parametrize("name", ["unknown", "gone", ""])
def test_what_no_format_reads_is_read_again_when_any_changes(monkeypatch, name: str) -> None:
    versions = []
    for registered in (
        FORMATS,
        (replace(TEXT, parser_version=2), API, HTML, ARCHIVE),
        (*FORMATS, replace(TEXT, name="fifth")),
        (TEXT, API, HTML),
    ):
        register(monkeypatch, *registered)
        versions.append(current_version(name))
    assert len(set(versions)) == len(versions)
    assert find_format(name).name == "unknown"


# --- Code that raises ----------------------------------------------------------------------------


def failure_of(parsed: Page, byte_count: int = len(PAGE)) -> str:
    """The reason of a dump that is one broken entry because code raised."""
    (entry,) = parsed.broken
    assert (parsed.entries, parsed.drift, parsed.page_on) == ([], [], None)
    assert (entry.byte_start, entry.byte_end, entry.rule) == (0, byte_count, "parser_failed")
    return entry.reason


def test_a_parser_that_raises_leaves_one_broken_entry(monkeypatch, caplog) -> None:
    register(monkeypatch, replace(TEXT, parse_page=failing(KeyError("title"))), *FORMATS[1:])
    parsed = parse_dump(PAGE, Capture())
    reason = failure_of(parsed)
    assert (parsed.format, parsed.layout) == ("listing_text", "unknown")
    for part in ("expected", "listing_text", "KeyError: 'title'", "Remedy: ", "parser_version"):
        assert part in reason
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "Traceback" in record.getMessage()
    assert "KeyError" in record.getMessage()


def test_a_dump_that_was_recognised_is_no_other_formats(monkeypatch) -> None:
    broken = replace(TEXT, parse_page=failing(ValueError("no")))
    register(monkeypatch, broken, replace(TEXT, name="greedy"))
    assert parse_dump(PAGE, Capture()).format == "listing_text"


def test_a_recogniser_that_raises_keeps_no_other_format_from_its_dumps(monkeypatch) -> None:
    broken = replace(API, recognises=failing(ValueError("no")))
    register(monkeypatch, broken, TEXT)
    parsed = parse_dump(PAGE, Capture())
    assert (parsed.format, parsed.broken, len(parsed.entries)) == ("listing_text", [], 1)
    parsed = parse_dump(b"neither", Capture())
    assert parsed.format == broken.name
    assert "ValueError: no" in failure_of(parsed, len(b"neither"))


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class Noted(Exception):
    __notes__ = ("seen at byte 7",)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("\x1b[31mred\x07\nnext \ud800 line"), "ValueError: ?[31mred? next ? line. "),
        (ValueError(), "ValueError. "),
        (ValueError("x" * 10**6), "ValueError: " + "x" * 488 + "…. "),
        (RecursionError("too deep"), "RecursionError: too deep. "),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "UnicodeDecodeError: 'utf-8' codec"),
        (OSError(5, "no disk"), "OSError: [Errno 5] no disk. "),
        (Unspeakable(), "Unspeakable: <exception str() failed>. "),
        (Noted("bad"), "Noted: bad seen at byte 7. "),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_reason_names_the_error_and_can_be_shown(monkeypatch, error, told: str) -> None:
    register(monkeypatch, replace(TEXT, parse_page=failing(error)))
    reason = failure_of(parse_dump(PAGE, Capture()))
    assert told in reason
    assert reason.isprintable()
    assert len(reason) < 1000


@pytest.mark.parametrize("error", [MemoryError, ImportError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("part", ["recognises", "parse_page"])
def test_what_says_nothing_about_the_dump_ends_the_run(monkeypatch, error, part: str) -> None:
    changed: dict[str, Any] = {part: failing(error())}
    register(monkeypatch, replace(TEXT, **changed))
    with pytest.raises(error):
        parse_dump(PAGE, Capture())
