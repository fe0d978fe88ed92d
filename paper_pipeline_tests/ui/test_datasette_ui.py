"""A person looks for a paper in Datasette, in a real browser."""

import http.client
import importlib.util
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from paper_pipeline_tests.reader.test_explore import MANIFEST, make_database
from paper_pipeline_tests.ui.server import stop_group, wait_until
from paper_pipeline_tests.ui.test_dagster_ui import ANSWER_MS, SCREENSHOTS, opened_page

START_SECONDS = 30.0


@pytest.mark.browser
def test_search_facet_and_open_a_paper(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if importlib.util.find_spec("datasette") is None:
        pytest.skip("datasette is not installed: the extra `explore`")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no `chromium` on the PATH; on Debian: apt-get install chromium")
    shots = Path(SCREENSHOTS).absolute() if SCREENSHOTS else tmp_path
    shots.mkdir(parents=True, exist_ok=True)
    expect = playwright.expect
    expect.set_options(timeout=ANSWER_MS)

    with (
        running_datasette(make_database(tmp_path / "2026.01.09"), tmp_path) as address,
        opened_page(chromium, shots / "failure.png") as page,
    ):
        page.goto(address)
        expect(page.get_by_text("1,234 papers, 2,345 records, 3 dumps")).to_be_visible()
        page.get_by_role("link", name="newest papers").click()
        papers = page.locator("li.paper")
        expect(papers).to_have_count(5)
        expect(papers.first).to_contain_text("Moss")
        # Facets stand beside the papers, not before them.
        facets = page.locator(".facet-results").bounding_box()
        first = papers.first.bounding_box()
        assert facets
        assert first
        assert facets["x"] >= first["x"] + first["width"]
        page.screenshot(path=shots / "datasette-papers.png")

        page.get_by_label("Search:").fill("tidal attention")
        page.get_by_role("button", name="Apply").click()
        expect(papers).to_have_count(2)
        page.screenshot(path=shots / "datasette-search.png")

        page.locator(".facet-results").get_by_role("link", name="MMLU", exact=True).click()
        expect(papers).to_have_count(1)
        expect(page).to_have_url(re.compile(r"benchmarks__arraycontains=MMLU"))
        page.screenshot(path=shots / "datasette-facet.png")

        page.get_by_role("link", name="Tidal Attention for Long Rivers").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Tidal Attention for Long Rivers")
        expect(page).to_have_title("Tidal Attention for Long Rivers")
        expect(page.get_by_text("Zoë Estuary")).to_be_visible()
        expect(page.get_by_text("Long rivers of tokens are read in one pass")).to_be_visible()
        expect(page.get_by_text("70B", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="code", exact=True)).to_have_attribute(
            "href", "https://github.com/delta/tides"
        )
        page.screenshot(path=shots / "datasette-paper.png")
        page.get_by_role("link", name="1 in records").click()
        expect(page.get_by_text("ef" * 8 + ":000000")).to_be_visible()

        # A title that is a script is a title.
        page.goto(f"{address}/papers/papers/arxiv~3Adams")
        expect(page).to_have_title(re.compile(r"^Dams & <script>"))
        page.goto(f"{address}/papers/papers_with_code_and_benchmark?benchmark=riverbench")
        page.locator("td.col-page").get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Tidal Attention for Long Rivers")


@contextmanager
def running_datasette(database: Path, folder: Path) -> Iterator[str]:
    """Datasette on a free port of this machine; its address. What it wrote is shown on failure."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    script = (
        "import pathlib, sys; from paper_pipeline.reader.explore import explore\n"
        f"explore(pathlib.Path(sys.argv[1]), {MANIFEST!r}, {port})"
    )
    log = folder / "datasette.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(database)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"Datasette ended with exit code {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/-/versions.json")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    try:
        wait_until("Datasette to answer", answers, seconds=START_SECONDS)
        yield f"http://127.0.0.1:{port}"
    except BaseException:
        print(log.read_text(errors="replace")[-10_000:])
        raise
    finally:
        stop_group(process)
