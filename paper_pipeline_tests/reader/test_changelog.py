"""A changelog gets every release once, and what people wrote stays as it is."""

import pytest

from paper_pipeline.reader.changelog import add_entries

OLD, NEW = {"2026.01.08": "- Old."}, {"2026.01.09": "- New.", "2026.01.08": "- Old."}
WRITTEN = """# Changelog

## 1.0

### Code

- Something.

### Data

- By hand.

#### 2026.01.08

- Mended by hand.

## 0.9
"""


@pytest.mark.parametrize(
    ("changelog", "entries", "expected"),
    [
        ("", OLD, "## Data\n\n### 2026.01.08\n\n- Old.\n"),
        ("", {}, "## Data\n"),
        ("# Changes\n", OLD, "# Changes\n\n## Data\n\n### 2026.01.08\n\n- Old.\n"),
        (
            "## Data\n\n### 2026.01.08\n\n- Mine.\n",
            NEW,
            "## Data\n\n### 2026.01.09\n\n- New.\n\n### 2026.01.08\n\n- Mine.\n",
        ),
        (
            WRITTEN,
            NEW,
            WRITTEN.replace("### Data\n", "### Data\n\n#### 2026.01.09\n\n- New.\n"),
        ),
        (WRITTEN, OLD, WRITTEN),
        ("# Database\n", OLD, "# Database\n\n## Data\n\n### 2026.01.08\n\n- Old.\n"),
    ],
    ids=["no file", "no release", "no heading", "a new one", "among others", "known", "alike"],
)
def test_entries_are_added(changelog: str, entries: dict[str, str], expected: str) -> None:
    added = add_entries(changelog, entries)
    assert added == expected
    assert add_entries(added, entries) == added
