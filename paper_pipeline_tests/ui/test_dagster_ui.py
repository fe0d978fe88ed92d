"""A person's first minutes in the Dagster UI, in a real browser.

Found by roles and texts: the UI as shipped carries no test ids.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paper_pipeline.automation import JOB_NAME
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline_tests.corpus import SAMPLE
from paper_pipeline_tests.ui.server import running_ui, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ANSWER_MS = 15_000
RUN_MS = 150_000
# Read while tests are collected: the fixture clean_environment may take it away later.
SCREENSHOTS = os.environ.get("PAPER_PIPELINE_SCREENSHOTS", "")


@pytest.mark.browser
def test_materialize_all_and_look_at_the_papers(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no `chromium` on the PATH; on Debian: apt-get install chromium")
    shots = Path(SCREENSHOTS).absolute() if SCREENSHOTS else tmp_path
    shots.mkdir(parents=True, exist_ok=True)
    expect = playwright.expect
    expect.set_options(timeout=ANSWER_MS)
    names = [check.name for check in CHECKS if check.asset == "deduplicated_papers"]
    assert names

    # The sensor watches the same folder; it shall leave the work to the button.
    with (
        running_ui(tmp_path, inbox=SAMPLE, settle_seconds="3600") as server,
        opened_page(chromium, shots / "failure.png") as page,
    ):
        page.goto(server.url)
        page.locator("a[href='/asset-groups']").click()
        for group in ("acquire", "clean", "dedup", "enrich", "assess", "release"):
            expect(page.get_by_role("button", name=group).first).to_be_visible()
        page.screenshot(path=shots / "asset_graph.png")

        # The job that needs no network; in the graph the daily pages would ask for partitions.
        page.goto(f"{server.url}/locations/paper_pipeline.definitions/jobs/{JOB_NAME}")
        page.get_by_role("button", name="Materialize all").click()
        # Dagster asks back, as no day was ever fetched; the inbox does well without.
        page.get_by_role("button", name="Confirm").click()
        page.get_by_role("link", name="Runs").first.click()
        run = page.get_by_role("link", name=re.compile("^run [0-9a-f]{8}$"))
        refresh = page.get_by_role("button", name="refresh", exact=True)

        def is_listed() -> bool:
            refresh.click()
            return run.count() > 0

        wait_until("the run to be listed", is_listed, seconds=20, every_seconds=1)
        run.click()
        ended = page.get_by_text(re.compile("^(Success|Failure|Canceled)$")).first
        ended.wait_for(timeout=RUN_MS)
        page.screenshot(path=shots / "run.png")
        expect(ended).to_have_text("Success")

        page.get_by_role("link", name="Catalog").click()
        page.get_by_role("link", name="deduplicated_papers").first.click()
        expect(page.get_by_role("tab", name="Overview", selected=True)).to_be_visible()
        key = page.get_by_role("cell", name="plot", exact=True)
        row = page.get_by_role("row").filter(has=key)
        row.scroll_into_view_if_needed()
        page.screenshot(path=shots / "deduplicated_papers.png")
        row.get_by_text("[Show Markdown]").click()
        plot = page.get_by_role("dialog").get_by_role("img", name="plot", exact=True)
        expect(plot).to_have_attribute("src", re.compile("^data:image/png;base64,"))
        expect(plot).to_have_js_property("complete", True)
        assert plot.evaluate("image => image.naturalWidth") > 0
        page.screenshot(path=shots / "plot.png")
        page.get_by_role("button", name="Close").click()

        page.get_by_role("tab", name="Checks").click()
        expect(page.get_by_text(f"Checks ({len(names)})")).to_be_visible()
        for name in names:  # long ones are shortened, with the whole name beside, out of sight
            expect(page.get_by_text(name, exact=True).first).to_be_attached()
        expect(page.get_by_text("Succeeded", exact=True)).to_have_count(len(names))
        expect(page.get_by_text("Passed", exact=True)).to_be_visible()
        page.screenshot(path=shots / "checks.png")


@contextmanager
def opened_page(chromium: str, failure: Path) -> Iterator["Page"]:
    """An empty page in a browser of its own; what it shows is kept when the body fails."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=list(CHROMIUM_ARGUMENTS)
        )
        try:
            page = browser.new_page(viewport={"width": 1600, "height": 1000})
            page.set_default_timeout(ANSWER_MS)
            # A fresh Dagster home may greet with an invitation to its community.
            skip = page.get_by_role("button", name="Skip", exact=True)
            page.add_locator_handler(skip, lambda button: button.click())
            try:
                yield page
            except BaseException:
                page.screenshot(path=failure)
                raise
        finally:
            browser.close()
