"""How fast a large text dump is read, and how much memory that takes."""

import tempfile
from pathlib import Path

from paper_pipeline_tests.bench.measure import python, run_once
from paper_pipeline_tests.corpus import SAMPLE, SEEDS

PARSE = """
import sys, time
from datetime import date
from pathlib import Path
from paper_pipeline.clean.formats import parse_dump
from paper_pipeline.clean.page import Capture
from paper_pipeline.clean.normalize import clean_page
data = Path({path!r}).read_bytes()
started = time.process_time()
page = parse_dump(data, Capture(date(2025, 12, 31)))
parsed = time.process_time()
if {cleans}:
    clean_page(page, "ab" * 32, data, 1)
done = time.process_time()
print(len(page.entries), len(page.broken), parsed - started, done - parsed)
"""


def measure(megabytes: int = 200) -> list[tuple[str, float, float]]:
    """Parses one dump made by repeating pages of all layouts, in a process of its own.

    Returns:
        Rows of what was done, MB/s of CPU time, peak memory as a ratio to the dump's size.
    """
    pages = sorted(SEEDS.glob("*.txt")) if SEEDS.is_dir() else sorted(SAMPLE.glob("search_s*.txt"))
    unit = b"\n".join(page.read_bytes() for page in pages) + b"\n"
    rows: list[tuple[str, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.txt")
        with path.open("wb") as file:
            for _ in range(megabytes * 1_000_000 // len(unit)):
                file.write(unit)
        size = path.stat().st_size
        for name, cleans in (("parse", False), ("parse and clean to Arrow", True)):
            said = Path(folder, "said")
            code = (
                PARSE.format(path=str(path), cleans=cleans)
                .replace("print(", f"print(file=open({str(said)!r}, 'w'), *(")
                .replace("done - parsed)", "done - parsed))")
            )
            cost = run_once(python(code))
            seconds = sum(map(float, said.read_text().split()[2:]))
            rows.append((name, size / 1e6 / seconds, cost.peak_mib * 1024 * 1024 / size))
    return rows
