"""Settings come from the environment, with errors that name the variable and the remedy."""

from pathlib import Path

import pytest

from paper_pipeline.settings import Settings, SettingsError


def test_defaults_lie_below_the_data_folder() -> None:
    settings = Settings.from_environment({})
    assert settings.inbox_dir == settings.data_dir / "inbox"
    assert settings.max_dump_bytes == 64 * 1024 * 1024


def test_every_field_can_be_set() -> None:
    environment = {
        "PAPER_PIPELINE_DATA": "/srv/corpus",
        "PAPER_PIPELINE_INBOX": "/srv/pages",
        "PAPER_PIPELINE_MAX_DUMP_MIB": "3",
        "PAPER_PIPELINE_SETTLE_SECONDS": "0.5",
        "PAPER_PIPELINE_PLOTS": "off",
    }
    settings = Settings.from_environment(environment)
    assert set(environment) <= {name for name, _, _ in settings.describe()}
    assert settings.lake_dir == Path("/srv/corpus/lake")
    assert settings.inbox_dir == Path("/srv/pages")
    assert (settings.max_dump_mib, settings.settle_seconds, settings.plots) == (3, 0.5, "off")


SECRET = "hf_" + "x" * 8


def test_secrets_are_not_shown() -> None:
    settings = Settings.from_environment({"PAPER_PIPELINE_HF_TOKEN": SECRET})
    assert settings.hf_token == SECRET
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.describe())


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MAX_DUMP_MIB", "many", "expected int, found 'many'"),
        ("MAX_DUMP_MIB", "0", "expected 1 or more"),
        ("SETTLE_SECONDS", "-1", "expected 0 or more"),
        ("PLOTS", "yes", "expected on or off"),
        ("ARXIV", "1", "PAPER_PIPELINE_ARXIV: expected on or off"),
        ("ARXIV_CALLS", "0", "expected 1 or more"),
        ("ARXIV_REFRESH_DAYS", "0", "expected 1 or more"),
        ("QUARANTINE_LIMIT", "-0.1", "expected 0 or more"),
        ("QUARANTINE_LIMIT", "5", "PAPER_PIPELINE_QUARANTINE_LIMIT: expected 1 or less"),
        ("QUARANTINE_LIMIT", "nan", "expected 0 or more"),
        ("INBOXX", "x", "is not a setting"),
    ],
)
def test_bad_values_are_named(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Settings.from_environment({f"PAPER_PIPELINE_{variable}": value})
