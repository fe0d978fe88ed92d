"""Settings come from the environment and the project's .env, with errors that name the remedy."""

import os
import runpy
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any

import pytest

import paper_pipeline.settings as module
from paper_pipeline.resources import Workspace
from paper_pipeline.settings import Settings, SettingsError, find_env_file

SECRET = "hf_" + "x" * 8
Put = Callable[[dict[str, str]], Settings]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout that the package seems to run from; the working directory is another."""
    root, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (root / "pyproject.toml").touch()
    monkeypatch.setattr(module, "ENV_FILE", find_env_file(root / "paper_pipeline"))
    monkeypatch.chdir(elsewhere)
    return root


@pytest.fixture(params=["mapping", "environment", "file"])
def read(request: pytest.FixtureRequest) -> Iterator[Put]:
    """Reads variables from each of the places where they may stand."""
    monkeypatch = request.getfixturevalue("monkeypatch")

    def from_environment(variables: dict[str, str]) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Settings()

    def from_file(variables: dict[str, str]) -> Settings:
        lines = [f"{name}={value}\n" for name, value in variables.items()]
        (request.getfixturevalue("root") / ".env").write_text("".join(lines), "utf-8")
        return Settings()

    places: dict[str, Put] = {
        "mapping": Settings.from_environment,
        "environment": from_environment,
        "file": from_file,
    }
    return places[request.param]


def test_defaults_lie_below_the_data_folder() -> None:
    settings = Settings.from_environment({})
    assert settings.inbox_dir == settings.data_dir / "inbox"
    assert settings.max_dump_bytes == 64 * 1024 * 1024


def test_every_setting_has_a_reason() -> None:
    assert all(reason for _, _, reason in Settings().describe())


def test_every_field_can_be_set(read: Put) -> None:
    environment = {
        "PAPER_PIPELINE_DATA": "/srv/corpus",
        "PAPER_PIPELINE_INBOX": "/srv/pages",
        "PAPER_PIPELINE_MAX_DUMP_MIB": "3",
        "PAPER_PIPELINE_SETTLE_SECONDS": "0.5",
        "PAPER_PIPELINE_PLOTS": "off",
        "PAPER_PIPELINE_FETCH_RATE": "inf",
        "PAPER_PIPELINE_CORRECTIONS": "",
        "OTHER_DATA": "/elsewhere",
    }
    settings = read(environment)
    assert set(environment) - {"OTHER_DATA"} <= {name for name, _, _ in settings.describe()}
    assert settings.lake_dir == Path("/srv/corpus/lake")
    assert settings.inbox_dir == Path("/srv/pages")
    assert settings.corrections_file == Path("/srv/corpus/corrections.yaml")
    assert (settings.max_dump_mib, settings.settle_seconds, settings.plots) == (3, 0.5, "off")
    assert settings.fetch_rate == float("inf")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MAX_DUMP_MIB", "many", "expected int, found 'many'"),
        ("MAX_DUMP_MIB", "3.5", "expected int, found '3.5'"),
        ("MAX_DUMP_MIB", "0", "expected 1 or more, found '0'"),
        ("SETTLE_SECONDS", "-1", "expected 0 or more, found '-1'"),
        ("SETTLE_SECONDS", "soon", "expected float, found 'soon'"),
        ("SETTLE_SECONDS", "nan", "expected 0 or more, found 'nan'"),
        ("READ_TIMEOUT_SECONDS", "0", "expected 0.001 or more, found '0'"),
        ("PLOTS", "yes", "expected on or off, found 'yes'"),
        ("ARXIV", "1", "expected on or off, found '1'"),
        ("ARXIV_CALLS", "0", "expected 1 or more, found '0'"),
        ("ARXIV_REFRESH_DAYS", "0", "expected 1 or more, found '0'"),
        ("QUARANTINE_LIMIT", "-0.1", "expected 0 or more, found '-0.1'"),
        ("QUARANTINE_LIMIT", "5", "expected 1 or less, found '5'"),
        ("QUARANTINE_LIMIT", "nan", "expected 1 or less, found 'nan'"),
        ("DRIFT_CHANCE", "0.6", "expected 0.5 or less, found '0.6'"),
        ("DRIFT_CHANCE", "0", "expected 1e-12 or more, found '0'"),
        ("DRIFT_FEWEST", "2", "expected 3 or more, found '2'"),
        ("FETCH_HOURS", "0", "expected 0.001 or more, found '0'"),
        ("DATA", "~nobody-here/x",
         "expected a path, with a user who is there after ~, found '~nobody-here/x'"),
        ("INBOX", "~nobody-here",
         "expected a path, with a user who is there after ~, found '~nobody-here'"),
        ("KNOWN_GAPS", "soon", "expected days as 2023-12-25,2024-01-01, found 'soon'"),
        ("KNOWN_GAPS", "2023-12-25;2024-01-01",
         "expected days as 2023-12-25,2024-01-01, found '2023-12-25;2024-01-01'"),
    ],
)  # fmt: skip
def test_bad_values_are_named(read: Put, variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read({f"PAPER_PIPELINE_{variable}": value})
    assert str(caught.value) == f"PAPER_PIPELINE_{variable}: {words}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("INBX", "; did you mean PAPER_PIPELINE_INBOX?"),
        ("INBOXX", "; did you mean PAPER_PIPELINE_INBOX?"),
        ("MAX_DUMP_MB", "; did you mean PAPER_PIPELINE_MAX_DUMP_MIB?"),
        ("HF_TOKN", "; did you mean PAPER_PIPELINE_HF_TOKEN?"),
        ("ZZZ", "."),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(read: Put, name: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read({f"PAPER_PIPELINE_{name}": SECRET})
    said = str(caught.value)
    start = f"PAPER_PIPELINE_{name} is not a setting{hint} Known settings: PAPER_PIPELINE_ARXIV, "
    assert said.startswith(start)
    assert all(known in said for known, _, _ in Settings.from_environment({}).describe())
    assert SECRET not in said


@pytest.mark.parametrize("changes", [{"max_dump_mib": 0}, {"plots": "yes"}, {"dta": "x"}])
def test_what_the_program_gives_is_checked_too(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"^PAPER_PIPELINE_"):
        Settings(**changes)


@pytest.mark.parametrize(
    ("file", "environment", "given", "expected"),
    [
        (None, None, None, "data"),
        ("of-file", None, None, "of-file"),
        (None, "of-environment", None, "of-environment"),
        ("of-file", "of-environment", None, "of-environment"),
        ("of-file", "", None, "of-file"),
        ("", None, None, "data"),
        ("of-file", "of-environment", "given", "given"),
        ("of-file", None, "data", "data"),
    ],
)
def test_what_is_given_wins_over_the_environment_which_wins_over_the_file(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str | None,
    environment: str | None,
    given: str | None,
    expected: str,
) -> None:
    if file is not None:
        (root / ".env").write_text(f"PAPER_PIPELINE_DATA={file}\n")
    if environment is not None:
        monkeypatch.setenv("PAPER_PIPELINE_DATA", environment)
    assert Workspace(data=given or "").settings().data == expected
    assert Settings.from_environment({}).data == "data"


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b"\xef\xbb\xbfPAPER_PIPELINE_DATA=x\r\nDAGSTER_HOME=y\r\n", "x"),
        (b"# where\nexport PAPER_PIPELINE_DATA='a b'  # here\n", "a b"),
        ("PAPER_PIPELINE_DATA=/srv/données\n".encode(), "/srv/données"),
    ],
)
def test_files_as_people_write_them(root: Path, content: bytes, data: str) -> None:
    (root / ".env").write_bytes(content)
    assert Settings().data == data


def test_a_file_in_another_encoding_is_named(root: Path) -> None:
    (root / ".env").write_text("PAPER_PIPELINE_DATA=x\n", "utf-16")
    with pytest.raises(SettingsError, match=r"checkout/\.env: expected UTF-8, found"):
        Settings()


def test_the_file_of_the_working_directory_is_not_read(root: Path) -> None:
    Path(".env").write_text("PAPER_PIPELINE_DATA=stray\nPAPER_PIPELINE_ODD=1\n")
    assert Settings().data == "data"
    assert find_env_file(root / "paper_pipeline") == root / ".env"


def test_there_is_no_file_where_the_package_is_installed(root: Path) -> None:
    (root / ".env").write_text("PAPER_PIPELINE_DATA=stray\n")
    (root / "pyproject.toml").unlink()
    assert find_env_file(root / "paper_pipeline") is None


def test_the_ui_is_started_where_dagster_finds_no_other_file(
    command: Callable[..., subprocess.CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Dagster puts the .env of its working directory above the environment."""
    started: dict[str, Any] = {}
    here = Path.cwd()
    monkeypatch.chdir(here)  # which is where the tests after this one are again
    monkeypatch.setattr(os, "environ", dict(os.environ))

    def start(*_: object, **__: object) -> None:
        started.update(cwd=Path.cwd(), environment=dict(os.environ))

    monkeypatch.setattr(runpy, "run_module", start)
    monkeypatch.setenv("PAPER_PIPELINE_CORRECTIONS", "mine.yaml")
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    ended = command("ui", "--port", port)
    assert (ended.returncode, ended.stderr) == (
        1, "The server has ended by itself; what it wrote above says why.\n",
    )  # fmt: skip
    there = Settings.from_environment(started["environment"])
    assert started["cwd"] == there.dagster_home
    assert there.corrections_file == here / "mine.yaml"
    assert there.inbox_dir == there.data_dir / "inbox"


def test_secrets_are_not_shown(read: Put) -> None:
    settings = read({"PAPER_PIPELINE_HF_TOKEN": SECRET})
    assert settings.hf_token.get_secret_value() == SECRET
    for shown in (repr(settings), str(settings), str(settings.describe()), str(dict(settings))):
        assert SECRET not in shown
    assert ("PAPER_PIPELINE_HF_TOKEN", "(set, not shown)") in [
        (name, value) for name, value, _ in settings.describe()
    ]


@pytest.mark.parametrize(
    "changes", [{"plots": "yes"}, {"dta": SECRET}, {"hf_token": [SECRET]}], ids=str
)
def test_errors_show_no_secrets(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(**{"hf_token": SECRET, **changes})
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("name", "words"), [("gone", "found nothing at"), ("file", "no folder")])
def test_an_inbox_that_is_named_is_a_folder(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data=str(tmp_path), inbox=str(tmp_path / name))
    with pytest.raises(SettingsError, match=f"^PAPER_PIPELINE_INBOX: .*{words}"):
        settings.require_inbox()
    assert not Settings(data=str(tmp_path)).require_inbox().exists()  # none is named
