"""The Hub: a release as a dataset repository on huggingface.co, one commit and one tag a release.

Data flow: data/releases/<version>/ -> Plan (nothing is sent) -> a commit, tagged with the version.

huggingface_hub is the extra `hub`, imported by the functions that send something. They send to
huggingface.co, or to a stand-in on this machine, and to nobody else; the token is that of the
settings, never one of a login, and is neither shown nor logged. As in acquire/fetch.py, proxies
and .netrc of the environment are not read. What a release holds belongs in release/.

Tests run against a stand-in server that answers as the library expects. Against the real site this
has not been tried: what it may do otherwise is which files it wants as large ones, where it has
them stored (STORAGE_HOSTS), and how it words its refusals.
"""

import hashlib
import logging
import re
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from paper_pipeline.net import TOKEN_VARIABLE, origin_of, require_token, shown_url
from paper_pipeline.published.release import (
    MANIFEST_FILE,
    VERSION,
    ReleaseFolder,
    parse_manifest,
    version_order,
)
from paper_pipeline.settings import SettingsError

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

HUGGING_FACE = "https://huggingface.co"
# Large files go where the site says, by addresses that it has signed, without the token.
STORAGE_HOSTS = (".huggingface.co", ".hf.co", ".amazonaws.com")
# Owner and name: ASCII letters, digits, - _ . inside, no -- and no .., as the site has it.
REPO_ID = re.compile(r"(?!.*(?:--|\.\.))(?:\w|\w[\w.-]{0,94}\w)/(?:\w|\w[\w.-]{0,94}\w)", re.ASCII)
BRANCH = "main"
# The longest silence: the site answers a commit only when it has checked all files.
CONNECT_TIMEOUT_SECONDS = 10.0
SILENCE_TIMEOUT_SECONDS = 300.0
# Of huggingface_hub, in its module `constants`. Xet, its newer way to send large files, opens
# connections of its own that no allow list of ours would see.
SWITCHED_ON = ("HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_DISABLE_XET")
# Loggers that quote addresses with their signatures, of the library and of its client.
TALKERS = ("huggingface_hub", "httpx2", "httpcore2")
LONGEST_SHOWN = 300  # of what a server says, in characters

# What is being done, bytes done, bytes in all.
Progress = Callable[[str, int, int], None]


class HubError(Exception):
    """A release cannot be published; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to be uploaded, with what the manifest says of it."""

    name: str
    byte_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing a release would do.

    Attributes:
        repo_id: The dataset repository, as owner/name.
        version: The release's version, and the tag.
        fingerprint: The hash over its content.
        folder: Where its files are.
        files: All files that its manifest names, and the manifest.
    """

    repo_id: str
    version: str
    fingerprint: str
    folder: Path
    files: tuple[PlannedFile, ...]

    @property
    def byte_count(self) -> int:
        """The size of all files."""
        return sum(file.byte_count for file in self.files)

    @property
    def commit_message(self) -> str:
        """The first line of the commit."""
        return f"Release {self.version}"

    def describe(self, *, private: bool = True) -> list[str]:
        """The steps in words.

        Args:
            private: Whether a repository that is made is private.
        """
        kind = "private" if private else "public"
        return [
            f"make the {kind} dataset repository {self.repo_id}, if it is missing",
            f"add {len(self.files)} files ({self.byte_count:,} bytes) to {BRANCH} in one commit, "
            f"{self.commit_message!r}, and take out those of the release before that it lacks",
            f"tag the commit {self.version}",
            f"if the tag {self.version} is there already: do nothing where its manifest is the "
            "same, refuse where it is another",
        ]


def plan_upload(release_folder: Path, repo_id: str) -> Plan:
    """Verifies a release, and plans its upload; nothing is sent.

    Args:
        release_folder: Folder of the release.
        repo_id: The dataset repository, as owner/name.

    Raises:
        HubError: The repository's name cannot be one, or the files are not those of the manifest.
        MissingFile: The folder holds no manifest.
        BrokenRelease: The manifest cannot be read.
    """
    if not REPO_ID.fullmatch(repo_id) or repo_id.endswith(".git"):
        raise HubError(
            f"expected a repository as owner/name, of letters, digits and single - _ . within, "
            f"found {repo_id!r}"
        )
    release = ReleaseFolder.open(release_folder)
    if not VERSION.fullmatch(release.version):
        raise HubError(
            f"{release.folder}: expected a version as in 2026.11.21, found {release.version!r}; "
            "publish the release again"
        )
    manifest = (release.folder / MANIFEST_FILE).read_bytes()
    described = PlannedFile(MANIFEST_FILE, len(manifest), hashlib.sha256(manifest).hexdigest())
    plan = Plan(
        repo_id,
        release.version,
        release.fingerprint,
        release.folder,
        (*_files_of(release.manifest, release.folder / MANIFEST_FILE), described),
    )
    for file in plan.files:
        _verify(release.folder / file.name, file)
    return plan


def upload_release(
    plan: Plan,
    *,
    token: str,
    endpoint: str | None = None,
    private: bool = True,
    on_progress: Progress | None = None,
) -> str:
    """Publishes a release as a tagged commit; where it has been, nothing is uploaded.

    The tag comes last: what was interrupted is untagged, and publishing again completes it.

    Args:
        plan: Of plan_upload.
        token: One that may write to the repository.
        endpoint: Address of a stand-in on this machine; huggingface.co when None.
        private: Whether a repository that is made is private; one that is there stays as it is.
        on_progress: Told of every file before it is sent, and of the end.

    Returns:
        The address of the commit.

    Raises:
        HubError: The release is not there in full. The message never holds the token.
    """
    home = _check_endpoint(endpoint or HUGGING_FACE)
    _check_token(token)
    tell = on_progress or _tell_nobody
    with _open_hub(home, token) as api:
        return _upload(api, plan, private, tell)


def _upload(api: "HfApi", plan: Plan, private: bool, tell: Progress) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    branches, tags = _read_refs(api, plan, private)
    if plan.version in tags:
        _check_tag(api, plan)
        return f"{api.endpoint}/datasets/{plan.repo_id}/commit/{tags[plan.version]}"
    gone = _find_gone(api, plan) if BRANCH in branches else []
    additions = [CommitOperationAdd(f.name, plan.folder / f.name) for f in plan.files]
    sent = 0
    for file, addition in zip(plan.files, additions, strict=True):
        tell(file.name, sent, plan.byte_count)
        _verify(plan.folder / file.name, file)  # a plan may be older than what lies there now
        api.preupload_lfs_files(plan.repo_id, [addition], repo_type="dataset")
        sent += file.byte_count
    tell(plan.commit_message, sent, plan.byte_count)
    commit = api.create_commit(
        plan.repo_id,
        [*additions, *(CommitOperationDelete(name) for name in gone)],
        commit_message=plan.commit_message,
        commit_description=f"Fingerprint {plan.fingerprint}",
        repo_type="dataset",
        parent_commit=branches.get(BRANCH),  # so that two that publish at once do not mix
    )
    _check_arrived(api, plan, commit.oid)
    api.create_tag(
        plan.repo_id,
        tag=plan.version,
        tag_message=plan.commit_message,
        revision=commit.oid,
        repo_type="dataset",
    )
    return commit.commit_url


def _read_refs(api: "HfApi", plan: Plan, private: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The commits of the branches and of the tags by name; makes the repository if need be."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        refs = api.list_repo_refs(plan.repo_id, repo_type="dataset")
    except RepositoryNotFoundError:
        api.create_repo(plan.repo_id, repo_type="dataset", private=private, exist_ok=True)
        refs = api.list_repo_refs(plan.repo_id, repo_type="dataset")
    return (
        {branch.name: branch.target_commit for branch in refs.branches},
        {tag.name: tag.target_commit for tag in refs.tags},
    )


def _check_tag(api: "HfApi", plan: Plan) -> None:
    """Makes sure that a tag holds this very release.

    Raises:
        HubError: It does not.
    """
    there = _read_manifest(api, plan, plan.version)
    planned = next(file.sha256 for file in plan.files if file.name == MANIFEST_FILE)
    if there is None or hashlib.sha256(there).hexdigest() != planned:
        found = "none" if there is None else _parse(there).get("fingerprint", "one without")
        raise HubError(
            f"{plan.repo_id}: expected the tag {plan.version} to hold this release's manifest, of "
            f"fingerprint {plan.fingerprint}, found another: {found}; a version is published once: "
            "make a release with a new version, or choose another repository"
        )


def _check_arrived(api: "HfApi", plan: Plan, commit: str) -> None:
    """Makes sure that a commit holds the release: a .gitignore there leaves out files unsaid.

    Raises:
        HubError: It does not.
    """
    from huggingface_hub.hf_api import RepoFile

    names = [file.name for file in plan.files]
    found = api.get_paths_info(plan.repo_id, names, revision=commit, repo_type="dataset")
    there = {file.path: file for file in found if isinstance(file, RepoFile)}
    for file in plan.files:
        arrived = there.get(file.name)
        large = arrived.lfs if arrived else None
        byte_count = large.size if large else arrived.size if arrived else None
        if byte_count != file.byte_count or (large and large.sha256 != file.sha256):
            shown = "none" if byte_count is None else f"one of {byte_count:,} bytes"
            raise HubError(
                f"{plan.repo_id}: expected {file.name} of {file.byte_count:,} bytes in the commit "
                f"{commit}, found {shown}; it is not tagged: see whether a .gitignore there leaves "
                "the file out, and publish again"
            )


def _find_gone(api: "HfApi", plan: Plan) -> list[str]:
    """Files that the release on the branch has and this one lacks; others' files are left alone.

    Raises:
        HubError: The branch holds a later release, or a manifest of something else.
    """
    from huggingface_hub.hf_api import RepoFile

    before = _read_manifest(api, plan, BRANCH)
    if before is None:
        return []
    manifest = _parse(before)
    version, files = str(manifest.get("version", "")), manifest.get("files")
    if not VERSION.fullmatch(version) or not isinstance(files, dict):
        raise HubError(
            f"{plan.repo_id}: expected nothing or a release, found a {MANIFEST_FILE} that is none "
            "of a release; choose another repository, or take that file away"
        )
    if version_order(version) > version_order(plan.version):
        raise HubError(
            f"{plan.repo_id}: expected release {plan.version} to be later than the one there, "
            f"found {version}, which readers would lose; publish releases oldest first"
        )
    gone = sorted(set(cast("dict[str, object]", files)) - {file.name for file in plan.files})
    # A person may have taken one away already, and what is not there cannot be deleted.
    found = api.get_paths_info(plan.repo_id, gone, repo_type="dataset") if gone else []
    return [file.path for file in found if isinstance(file, RepoFile)]


def _read_manifest(api: "HfApi", plan: Plan, revision: str) -> bytes | None:
    """The manifest as it stands in a revision; None where there is none."""
    from huggingface_hub.errors import RemoteEntryNotFoundError

    with tempfile.TemporaryDirectory(prefix="paper-pipeline-hub-") as folder:
        try:
            path = api.hf_hub_download(  # pyright: ignore[reportUnknownMemberType] -- tqdm has no types
                plan.repo_id, MANIFEST_FILE, repo_type="dataset", revision=revision,
                local_dir=folder,
            )  # fmt: skip
        except RemoteEntryNotFoundError:
            return None
        return Path(path).read_bytes()


# --- What is sent, and to whom ------------------------------------------------------------------


@contextmanager
def _open_hub(home: str, token: str) -> "Generator[HfApi]":
    """The library with its settings and its client replaced by ours, as long as this is open.

    Raises:
        HubError: In place of all that the library raises.
    """
    try:
        import httpx2
        from huggingface_hub import HfApi, constants, set_client_factory
        from huggingface_hub.utils import disable_progress_bars
        from huggingface_hub.utils._http import default_client_factory
    except ImportError as error:
        raise HubError(
            f"expected huggingface_hub 2.4 or later, found: {error}; "
            "install the extra: pip install 'paper-pipeline[hub]'"
        ) from error
    if constants.is_offline_mode():
        raise HubError("expected to go online, found HF_HUB_OFFLINE set; unset it to publish")
    with ExitStack() as stack:
        for name in SWITCHED_ON:  # the environment is read at import, which may have been long ago
            stack.callback(setattr, constants, name, getattr(constants, name))
            setattr(constants, name, True)
        for name in TALKERS:
            talker = logging.getLogger(name)
            stack.callback(talker.setLevel, talker.level)
            talker.setLevel(logging.CRITICAL)
        stack.enter_context(disable_progress_bars())
        stack.callback(set_client_factory, default_client_factory)
        set_client_factory(lambda: _make_client(home))
        try:
            yield HfApi(home, token=token, library_name="paper_pipeline")
        # Those of the transport, of unreadable answers, and what wraps them while uploading.
        except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
            raise _name_failure(error, home, token) from None


def _make_client(home: str) -> "httpx2.Client":
    import httpx2

    def check(request: httpx2.Request) -> None:
        _check_address(str(request.url), home, has_token="authorization" in request.headers)

    return httpx2.Client(
        event_hooks={"request": [check]},  # called for redirects as well
        follow_redirects=True,
        timeout=httpx2.Timeout(SILENCE_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
        trust_env=False,
    )


def _check_address(url: str, home: str, *, has_token: bool) -> None:
    """Makes sure that a request goes to the site, or without the token to its storage.

    Raises:
        HubError: It does not.
    """
    try:
        origin = origin_of(url)
    except ValueError:
        is_allowed = False
    else:
        is_storage = (
            origin.scheme == "https" and origin.host.endswith(STORAGE_HOSTS)
            if home == HUGGING_FACE
            else origin.is_loopback
        )
        is_allowed = origin == origin_of(home) or (is_storage and not has_token)
    if not is_allowed:
        raise HubError(
            f"{shown_url(url)}: expected {home}, or its storage without the token, found another "
            "host, to which nothing was sent; see where the repository has moved"
        )


def _check_endpoint(endpoint: str) -> str:
    """The address of the site, if it may be asked.

    Raises:
        HubError: It may not.
    """
    address = endpoint.rstrip("/")
    if address == HUGGING_FACE:
        return address
    try:
        _, _, *rest = urlsplit(address)
        is_here = origin_of(address).is_loopback and not any(rest)
    except ValueError:
        is_here = False
    if not is_here:
        raise HubError(
            f"expected {HUGGING_FACE}, or this machine for a test, as http://127.0.0.1:8000, "
            f"found {shown_url(address)}; releases are sent nowhere else"
        )
    return address


def _check_token(token: str) -> None:
    if not token:
        raise HubError(
            f"expected a token, found none; set {TOKEN_VARIABLE} to one that may write to the "
            f"repository, as {HUGGING_FACE}/settings/tokens makes them"
        )
    try:
        require_token(token)
    except SettingsError as error:
        raise HubError(str(error)) from None


# --- Files and words ----------------------------------------------------------------------------


def _files_of(manifest: dict[str, Any], path: Path) -> Iterator[PlannedFile]:
    files = manifest.get("files")
    if not files:
        raise HubError(f"{path}: expected files in the manifest, found none; publish it again")
    for name, says in sorted(files.items()):
        # Only files of the folder itself: a manifest is no way to send others.
        if Path(name).name != name or name in (MANIFEST_FILE, ".."):
            raise HubError(f"{path}: expected the name of a file beside it, found {name!r}")
        yield PlannedFile(name, says["byte_count"], says["sha256"])


def _verify(path: Path, file: PlannedFile) -> None:
    """Makes sure that a file is what the manifest says.

    Raises:
        HubError: It is not.
    """
    try:
        with path.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
            byte_count = opened.tell()
    except FileNotFoundError:
        raise HubError(
            f"{path}: expected a file of {file.byte_count:,} bytes, found none; put it back, or "
            "remove the release's folder and run `paper-pipeline run`"
        ) from None
    if (byte_count, sha256) != (file.byte_count, file.sha256):
        raise HubError(
            f"{path}: expected {file.byte_count:,} bytes with SHA-256 {file.sha256}, as in the "
            f"manifest, found {byte_count:,} with {sha256}; put the file back, or remove the "
            "release's folder and run `paper-pipeline run`"
        )


def _parse(manifest: bytes) -> dict[str, Any]:
    """A manifest that somebody may have changed: empty where it is none."""
    try:
        return parse_manifest(manifest)
    except ValueError:
        return {}


def _tell_nobody(_doing: str, _done: int, _total: int) -> None:
    pass


def _name_failure(error: BaseException, home: str, token: str) -> HubError:
    """Finds what lies behind the nested errors of the library, and says it without secrets."""
    from huggingface_hub.errors import HfHubHTTPError

    last = error
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, HubError):
            return cause
        if isinstance(cause, HfHubHTTPError):
            return HubError(_hide(_describe_refusal(cause), token))
        last, cause = cause, cause.__cause__
    kind = type(last).__name__
    return HubError(
        _hide(
            f"{home}: expected an answer, found {kind}: {last}; check the network and ask later: "
            "publishing again goes on where this ended",
            token,
        )
    )


def _describe_refusal(error: Any) -> str:
    status = error.response.status_code
    match status:
        case 401 | 403:
            remedy = f"set {TOKEN_VARIABLE} to a token that may write there, or renew it"
        case 404:
            remedy = "check the name of the repository, and that the token may see it"
        case 409 | 412:
            remedy = "somebody has changed the repository at the same time; publish again"
        case _ if status == 429 or status >= 500:
            remedy = "ask later: publishing again goes on where this ended"
        case _:
            remedy = "the site does not take this; its API may be newer than huggingface_hub here"
    said = " ".join(str(error.server_message or "").split())[:LONGEST_SHOWN]
    asked = error.response.request
    return (
        f"{asked.method} {shown_url(str(asked.url))}: expected success, found status {status}"
        f"{f', {said!r}' if said else ''}; {remedy}"
    )


def _hide(words: str, token: str) -> str:
    """Takes out the token, should a server have quoted it, and the queries of addresses."""
    return re.sub(r"(https?://[^\s'\"?]*)\?[^\s'\"]*", r"\1", words.replace(token, "(token)"))
