"""Publishing on the Hub, against a stand-in server on this machine.

The stand-in answers what huggingface_hub 2.4 asks, as the library's own code expects it. Nothing
here has ever been tried against huggingface.co: that its answers are these is an assumption.
"""

import base64
import hashlib
import json
import logging
import re
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from paper_pipeline.cli.app import app
from paper_pipeline.published.release import MissingFile
from paper_pipeline.reader import hub
from paper_pipeline.reader.hub import HubError, Plan, plan_upload, upload_release

# huggingface_hub's own way of sending large files; there is nothing to change here.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

TOKEN = "hf_NobodysTokenAtAll"  # noqa: S105 -- of nobody, for the stand-in
REPO = "lantern-lab/daily.papers"
VERSION = "2026.11.21"
SIGNATURE = "X-Amz-Signature=doNotShowThis"
CARD = "---\nlicense: cc0-1.0\n---\n# Lanterns\n"
FILES = {
    "papers.parquet": b"PAR1" + bytes(range(256)) * 40 + b"PAR1",
    "papers.db": b"SQLite format 3\0" + b"\1\2\3" * 500,
    "README.md": CARD.encode(),
    "report.html": "<p>größer</p>".encode(),
}


# --- The stand-in --------------------------------------------------------------------------------


@dataclass
class Commit:
    oid: str
    files: dict[str, bytes]
    message: str = "initial commit"
    description: str = ""


@dataclass
class Repository:
    visibility: str
    commits: list[Commit]
    tags: dict[str, str] = field(default_factory=dict)

    def at(self, revision: str) -> Commit | None:
        wanted = self.commits[-1].oid if revision == "main" else self.tags.get(revision, revision)
        return next((commit for commit in self.commits if commit.oid == wanted), None)

    def add(self, files: dict[str, bytes], message: str = "by hand", description: str = "") -> str:
        oid = hashlib.sha1(repr((len(self.commits), files, message)).encode()).hexdigest()  # noqa: S324
        self.commits.append(Commit(oid, files, message, description))
        return oid


@dataclass
class Request:
    method: str
    path: str
    query: str
    token: str
    body: bytes


@dataclass
class Answer:
    status: int
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


class StandIn:
    """What the site keeps: repositories, large files, and what it was asked."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.stored: dict[str, bytes] = {}
        self.asked: list[Request] = []
        self.ignored: set[str] = set()  # by a .gitignore
        self.storage = ""  # of another host, where a test says so
        self.refuse: Callable[[Request], Answer | None] = lambda _: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def handle_request(self) -> None:
                parts = urlsplit(self.path)
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                length = int(self.headers.get("Content-Length", 0))
                request = Request(
                    self.command, parts.path, parts.query, token, self.rfile.read(length)
                )
                outer.asked.append(request)
                answer = outer.refuse(request) or outer.answer(request)
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json"} | answer.headers
                headers["Content-Length"] = str(len(answer.body))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_HEAD = do_POST = do_PUT = handle_request

            def log_message(self, format: str, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def sent(self) -> list[Request]:
        """The requests that carry or change something."""
        return [request for request in self.asked if request.method not in ("GET", "HEAD")]

    def answer(self, request: Request) -> Answer:
        is_storage = request.path.startswith("/storage/")
        if request.token != ("" if is_storage else TOKEN):
            return Answer(401, b'{"error": "the wrong token, or one too many"}')
        for method, pattern, reply in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                named = found.groupdict()
                repo = self.repositories.get(named.pop("repo", ""))
                if "(?P<repo>" in pattern and repo is None:
                    return Answer(404, headers={"X-Error-Code": "RepoNotFound"})
                return reply(self, request, repo, **named)
        return Answer(501, f"nobody expected {request.method} {request.path}".encode())

    def create(self, request: Request, _: None) -> Answer:
        asked = json.loads(request.body)
        assert asked["type"] == "dataset"
        name = f"{asked['organization']}/{asked['name']}"
        repo = Repository(asked["visibility"], [])
        repo.add({".gitattributes": b"*.parquet filter=lfs\n"}, "initial commit")
        self.repositories[name] = repo
        return _json({"url": f"{self.address}/datasets/{name}"})

    def refs(self, _: Request, repo: Repository) -> Answer:
        def ref(name: str, oid: str) -> dict[str, str]:
            return {"name": name, "ref": f"refs/{name}", "targetCommit": oid}

        tags = [ref(name, oid) for name, oid in repo.tags.items()]
        branches = [ref("main", repo.commits[-1].oid)]
        return _json({"branches": branches, "converts": [], "tags": tags})

    def resolve(self, request: Request, repo: Repository, revision: str, name: str) -> Answer:
        commit = repo.at(revision)
        if commit is None or name not in commit.files:
            return Answer(404, headers={"X-Error-Code": "EntryNotFound"})
        # The site answers from another place of its own, so that what never changes is cached.
        where = f"/api/resolve-cache{request.path.replace(f'/{revision}/', f'/{commit.oid}/')}"
        return Answer(307, headers={"Location": where})

    def cached(self, request: Request, repo: Repository, revision: str, name: str) -> Answer:
        commit = repo.at(revision)
        assert commit is not None
        body = commit.files[name]
        return Answer(200, body, {"X-Repo-Commit": commit.oid, "ETag": f'"{_git_hash(body)}"'})

    def preupload(self, request: Request, repo: Repository) -> Answer:
        there = repo.commits[-1].files
        answers = []
        for asked in json.loads(request.body)["files"]:
            name = asked["path"]
            mode = "lfs" if _is_large(name) else "regular"
            hashed = _sha256 if mode == "lfs" else _git_hash
            oid = {"oid": hashed(there[name])} if name in there else {}
            is_ignored = name in self.ignored
            answers.append({"path": name, "uploadMode": mode, "shouldIgnore": is_ignored, **oid})
        return _json({"files": answers})

    def batch(self, request: Request, _: Repository) -> Answer:
        objects = []
        for asked in json.loads(request.body)["objects"]:
            if asked["oid"] not in self.stored:
                place = f"{self.storage or self.address}/storage/{asked['oid']}?{SIGNATURE}"
                verify = f"{self.address}/verify/{asked['oid']}"
                asked["actions"] = {"upload": {"href": place}, "verify": {"href": verify}}
            objects.append(asked)
        return _json({"transfer": "basic", "objects": objects})

    def store(self, request: Request, _: None, oid: str) -> Answer:
        if _sha256(request.body) != oid:
            return Answer(400, b'{"error": "these are other bytes"}')
        self.stored[oid] = request.body
        return Answer(200)

    def verify(self, request: Request, _: None, oid: str) -> Answer:
        is_there = len(self.stored[oid]) == json.loads(request.body)["size"]
        return Answer(200 if is_there else 404)

    def check_card(self, request: Request, _: None) -> Answer:
        if json.loads(request.body)["content"].startswith("---"):
            return _json({"warnings": [], "errors": []})
        return Answer(400, b'{"errors": [{"message": "no metadata"}]}')

    def commit(self, request: Request, repo: Repository) -> Answer:
        header, *operations = (json.loads(line) for line in request.body.splitlines())
        if header["value"].get("parentCommit", repo.commits[-1].oid) != repo.commits[-1].oid:
            return Answer(412, b'{"error": "the branch has moved"}')
        files = dict(repo.commits[-1].files)
        for operation in operations:
            value = operation["value"]
            match operation["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.stored[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        oid = repo.add(files, header["value"]["summary"], header["value"]["description"])
        url = f"{self.address}/{request.path.removeprefix('/api/').replace('main', oid)}"
        return _json({"commitUrl": url, "commitOid": oid})

    def tag(self, request: Request, repo: Repository, revision: str) -> Answer:
        name = json.loads(request.body)["tag"]
        if name in repo.tags:
            return Answer(409, b'{"error": "the tag exists"}')
        repo.tags[name] = revision
        return Answer(200)

    def describe(self, _: Request, repo: Repository) -> Answer:
        return _json({"id": REPO, "sha": repo.commits[-1].oid})

    def paths(self, request: Request, repo: Repository, revision: str) -> Answer:
        commit = repo.at(revision)
        there = commit.files if commit else {}
        told = []
        for name in parse_qs(request.body.decode())["paths"]:
            if name in there:
                body = there[name]
                told.append(
                    {"type": "file", "path": name, "size": len(body), "oid": _git_hash(body)}
                )
                if _is_large(name):
                    lfs = {"oid": _sha256(body), "size": len(body), "pointerSize": 130}
                    told[-1]["lfs"] = lfs
        return _json(told)


_API = r"/api/datasets/(?P<repo>[^/]+/[^/]+)"
_PAGE = r"/datasets/(?P<repo>[^/]+/[^/]+)"
_PLACE = r"/(?P<revision>[^/]+)/(?P<name>[^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("POST", "/api/repos/create", StandIn.create),
    ("POST", "/api/validate-yaml", StandIn.check_card),
    ("GET", _API + "/refs", StandIn.refs),
    ("GET", _API + "/revision/main", StandIn.describe),
    ("POST", _API + "/preupload/main", StandIn.preupload),
    ("POST", _API + "/paths-info/(?P<revision>[^/]+)", StandIn.paths),
    ("POST", _API + "/commit/main", StandIn.commit),
    ("POST", _API + "/tag/(?P<revision>[^/]+)", StandIn.tag),
    ("POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", StandIn.batch),
    ("PUT", "/storage/(?P<oid>[0-9a-f]{64})", StandIn.store),
    ("POST", "/verify/(?P<oid>[0-9a-f]{64})", StandIn.verify),
    *((m, _PAGE + "/resolve" + _PLACE, StandIn.resolve) for m in ("GET", "HEAD")),
    *(
        (m, "/api/resolve-cache" + _PAGE + "/resolve" + _PLACE, StandIn.cached)
        for m in ("GET", "HEAD")
    ),
]


def _json(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode())


def _is_large(name: str) -> bool:
    return name.endswith((".parquet", ".db"))


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _git_hash(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()  # noqa: S324 -- as git has it


# --- Fixtures ------------------------------------------------------------------------------------


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    """A site on this machine, beside a login and a proxy that nobody is to use."""
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_login")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    # Nothing here is https, and reading all authorities again for every client takes half the time.
    monkeypatch.setattr(
        ssl.SSLContext, "load_verify_locations", lambda *_, **__: None, raising=False
    )
    standing = StandIn()
    yield standing
    standing.close()
    assert {request.token for request in standing.asked} <= {TOKEN, ""}


def write_release(
    data: Path,
    version: str = VERSION,
    files: dict[str, bytes] = FILES,
    changed: dict[str, Any] | None = None,
) -> Path:
    folder = data / "releases" / version
    folder.mkdir(parents=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    manifest = {
        "version": version,
        "fingerprint": _sha256(files["papers.parquet"]),
        "files": {
            name: {"byte_count": len(body), "sha256": _sha256(body)} for name, body in files.items()
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | (changed or {})), "utf-8")
    return folder


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment was when another test imported the library."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path / "data")


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def publish(site: StandIn, folder: Path, **options: Any) -> str:
    plan = plan_upload(folder, REPO)
    return upload_release(plan, token=TOKEN, endpoint=site.address, **options)


def held(site: StandIn) -> dict[str, bytes]:
    """What readers of the newest commit get, without what the site puts there itself."""
    files = site.repositories[REPO].commits[-1].files
    return {name: body for name, body in files.items() if name != ".gitattributes"}


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


# --- The plan ------------------------------------------------------------------------------------


def test_a_plan_names_every_file_and_opens_no_connection(release: Path, no_sockets: None) -> None:
    plan = plan_upload(release, REPO)
    assert {file.name: file.byte_count for file in plan.files} == {
        name: len(body) for name, body in files_in(release).items()
    }
    assert plan.byte_count == sum(map(len, files_in(release).values()))
    assert (plan.version, plan.fingerprint) == (VERSION, _sha256(FILES["papers.parquet"]))
    words = "\n".join(plan.describe())
    assert f"private dataset repository {REPO}" in words
    assert f"5 files ({plan.byte_count:,} bytes)" in words
    assert f"tag the commit {VERSION}" in words


@pytest.mark.parametrize(
    "repo_id",
    ["", "papers", "a/b/c", "a/", "/b", "a b/c", "a/b.git", "a--b/c", "a/b..c", "-a/b", "a/b-",
     "https://huggingface.co/a/b", "../b", "a/b\n", "ä/b", "a/" + "b" * 97],
)  # fmt: skip
def test_names_that_no_repository_has_are_refused(release: Path, repo_id: str) -> None:
    with pytest.raises(HubError, match="owner/name"):
        plan_upload(release, repo_id)


@pytest.mark.parametrize("repo_id", ["a/b", "Ada_1/x.y-z", "o/" + "n" * 96])
def test_names_that_repositories_have_are_taken_here_and_by_the_library(
    release: Path, repo_id: str
) -> None:
    from huggingface_hub.utils import validate_repo_id

    validate_repo_id(repo_id)
    assert plan_upload(release, repo_id).repo_id == repo_id


def _described(name: str, **values: object) -> dict[str, Any]:
    return {"files": {name: {"byte_count": 1, "sha256": "0" * 64} | values}}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"files": {}}, "expected files in the manifest"),
        (_described("../secret"), "file beside it, found '../secret'"),
        (_described("/etc/passwd"), "file beside it"),
        (_described(".."), "file beside it"),
        (_described("manifest.json"), "file beside it"),
        (_described("papers.db"), "expected 1 bytes with SHA-256 0000"),
        ({"version": "../main"}, "expected a version"),
    ],
)
def test_a_manifest_that_is_not_right_is_refused(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(HubError, match=re.escape(message)):
        plan_upload(write_release(tmp_path, changed=changed), REPO)


def test_a_release_with_other_bytes_than_its_manifest_says_is_refused(release: Path) -> None:
    path = release / "papers.db"
    body = path.read_bytes()
    path.write_bytes(body[:-1] + b"?")  # of the same length
    with pytest.raises(HubError, match=r"papers\.db: expected .* SHA-256"):
        plan_upload(release, REPO)
    path.unlink()
    with pytest.raises(HubError, match=r"papers\.db: expected a file of 1,516 bytes, found none"):
        plan_upload(release, REPO)
    (release / "manifest.json").unlink()
    with pytest.raises(MissingFile):
        plan_upload(release, REPO)


# --- The upload ----------------------------------------------------------------------------------


@pytest.mark.parametrize("private", [True, False])
def test_a_release_arrives_in_one_tagged_commit(
    site: StandIn, release: Path, private: bool
) -> None:
    told: list[tuple[str, int, int]] = []
    address = publish(site, release, private=private, on_progress=lambda *said: told.append(said))
    repo = site.repositories[REPO]
    assert held(site) == files_in(release)
    assert repo.visibility == ("private" if private else "public")
    first, commit = repo.commits
    assert (first.message, commit.message) == ("initial commit", f"Release {VERSION}")
    assert commit.description == f"Fingerprint {_sha256(FILES['papers.parquet'])}"
    assert repo.tags == {VERSION: commit.oid}
    assert address == f"{site.address}/datasets/{REPO}/commit/{commit.oid}"
    assert set(site.stored) == {_sha256(FILES["papers.parquet"]), _sha256(FILES["papers.db"])}
    total = sum(map(len, files_in(release).values()))
    assert [name for name, _, _ in told] == [*sorted(FILES), "manifest.json", f"Release {VERSION}"]
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[0][1:] == (0, total)
    assert told[-1][1:] == (total, total)


def test_publishing_again_uploads_nothing(site: StandIn, release: Path) -> None:
    address = publish(site, release)
    site.asked.clear()
    assert publish(site, release) == address
    assert site.asked
    assert site.sent == []


def test_the_next_release_sends_what_differs_and_takes_out_what_is_gone(
    site: StandIn, release: Path, tmp_path: Path
) -> None:
    publish(site, release)
    repo = site.repositories[REPO]
    repo.add(repo.commits[-1].files | {"LICENSE": b"of a person"})
    site.asked.clear()
    files = {name: body for name, body in FILES.items() if name != "report.html"}
    files["papers.parquet"] += b"more"
    later = write_release(tmp_path / "data", "2026.11.21.10", files)
    publish(site, later)
    assert held(site) == files_in(later) | {"LICENSE": b"of a person"}
    assert [r.body for r in site.sent if r.method == "PUT"] == [files["papers.parquet"]]
    before = repo.at(VERSION)
    assert before is not None
    assert before.files["report.html"] == FILES["report.html"]
    with pytest.raises(HubError, match=r"2026\.11\.21\.2 to be later .* found 2026\.11\.21\.10"):
        publish(site, write_release(tmp_path / "data", "2026.11.21.2"))


def test_a_file_that_a_person_has_taken_away_already_is_no_hindrance(
    site: StandIn, release: Path, tmp_path: Path
) -> None:
    publish(site, release)
    repo = site.repositories[REPO]
    files = {name: body for name, body in FILES.items() if name != "report.html"}
    repo.add({n: b for n, b in repo.commits[-1].files.items() if n != "report.html"})
    later = write_release(tmp_path / "data", "2026.11.22", files)
    publish(site, later)
    assert held(site) == files_in(later)


@pytest.mark.parametrize(
    ("manifest", "found"),
    [
        (b'{"version": "2026.11.21", "fingerprint": "feed"}', "feed"),
        (b"<html>", "one without"),
        (b"[1]", "one without"),
        (None, "none"),
    ],
)
def test_a_tag_with_another_release_is_refused(
    site: StandIn, release: Path, manifest: bytes | None, found: str
) -> None:
    repo = Repository("private", [])
    repo.tags[VERSION] = repo.add({} if manifest is None else {"manifest.json": manifest})
    site.repositories[REPO] = repo
    with pytest.raises(HubError, match=f"found another: {found}; a version is published once"):
        publish(site, release)
    assert site.sent == []


def test_a_repository_with_other_things_keeps_them(site: StandIn, release: Path) -> None:
    repo = site.repositories[REPO] = Repository("public", [])
    repo.add({"notes.txt": b"mine"})
    publish(site, release)
    assert held(site) == files_in(release) | {"notes.txt": b"mine"}
    assert repo.visibility == "public"


@pytest.mark.parametrize(
    "manifest",
    [b'{"files": {"notes.txt": {}}, "version": 3}', b"<html>", b"[]",
     b'{"files": ["notes.txt"], "version": "2026.11.20", "fingerprint": "feed"}',
     b'{"files": {"notes.txt": {}}, "version": "2026.11.20"}'],
)  # fmt: skip
def test_a_repository_of_something_else_is_refused(
    site: StandIn, release: Path, manifest: bytes
) -> None:
    repo = site.repositories[REPO] = Repository("public", [])
    repo.add({"notes.txt": b"mine", "manifest.json": manifest})
    with pytest.raises(HubError, match=r"a manifest\.json that is none of a release"):
        publish(site, release)
    assert site.sent == []


@pytest.mark.parametrize("is_done", [False, True], ids=["unheard", "answer lost"])
def test_wherever_it_is_interrupted_publishing_again_completes_it(
    site: StandIn, tmp_path: Path, is_done: bool
) -> None:
    few = {name: FILES[name] for name in ("papers.parquet", "README.md")}
    release = write_release(tmp_path / "data", files=few)
    publish(site, release)
    count = len(site.asked)
    assert count > 10

    def interrupt(place: int, request: Request) -> Answer | None:
        if len(site.asked) != place + 1:
            return None
        if is_done:
            site.answer(request)
        return Answer(418)

    for place in range(count):
        site.repositories.clear()
        site.stored.clear()
        site.asked.clear()
        site.refuse = partial(interrupt, place)
        with pytest.raises(HubError, match="status 418"):
            publish(site, release)
        site.refuse = lambda _: None
        publish(site, release)
        repo = site.repositories[REPO]
        assert held(site) == files_in(release)
        assert [commit.message for commit in repo.commits[1:]] == [f"Release {VERSION}"]
        assert repo.tags == {VERSION: repo.commits[-1].oid}


@pytest.mark.parametrize("name", ["papers.db", "report.html"])
def test_a_release_that_does_not_arrive_in_full_is_not_tagged(
    site: StandIn, release: Path, name: str
) -> None:
    site.ignored = {name}
    with pytest.raises(HubError, match=rf"expected {name} of .* found none; it is not tagged"):
        publish(site, release)
    assert site.repositories[REPO].tags == {}
    site.ignored = set()
    publish(site, release)
    assert held(site) == files_in(release)


@pytest.mark.parametrize(
    ("name", "body"), [("papers.db", b"1" * 1516), ("report.html", b"shorter")]
)
def test_a_release_that_arrives_as_something_else_is_not_tagged(
    site: StandIn, release: Path, name: str, body: bytes
) -> None:
    def change(request: Request) -> None:
        if "/paths-info/" in request.path:
            site.repositories[REPO].commits[-1].files[name] = body

    site.refuse = change
    with pytest.raises(HubError, match=rf"expected {name} of .* it is not tagged"):
        publish(site, release)
    assert site.repositories[REPO].tags == {}


def test_a_file_that_changes_after_the_plan_is_not_sent(site: StandIn, release: Path) -> None:
    plan = plan_upload(release, REPO)
    (release / "papers.db").write_bytes(b"other")
    with pytest.raises(HubError, match=r"papers\.db: expected 1,516 bytes"):
        upload_release(plan, token=TOKEN, endpoint=site.address)
    assert site.stored == {}


def test_two_that_publish_at_once_do_not_mix(site: StandIn, release: Path) -> None:
    def commit_between(request: Request) -> None:
        if request.path.endswith("/commit/main"):
            site.repositories[REPO].add({"x": b"of another"})

    site.refuse = commit_between
    with pytest.raises(HubError, match=r"412, 'the branch has moved'.*publish again"):
        publish(site, release)
    assert held(site) == {"x": b"of another"}


# --- Refusals and secrets ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "answer", "message"),
    [
        ("/refs", Answer(401, b'{"error": "Invalid username or password."}'), "may write there"),
        ("/refs", Answer(500, b"<h1>Oops</h1>", {"Content-Type": "text/html"}), "500; ask later"),
        ("/refs", Answer(200, b"<h1>Maintenance</h1>"), "expected an answer, found JSONDecodeErr"),
        ("/repos/create", Answer(403, f'{{"error": "no {TOKEN}"}}'.encode()), r"'no \(token\)'"),
        ("/preupload/main", Answer(404), "check the name of the repository"),
        ("/objects/batch", Answer(413, b"too large"), "413, 'too large'; the site does not take"),
        ("/storage/", Answer(400, f"no {SIGNATURE}".encode()), "PUT .*/storage/[0-9a-f]+: "),
        ("/validate-yaml", Answer(400, b'{"errors": [{"message": "no license"}]}'), "no license"),
        ("/commit/main", Answer(503, b'{"error": ["a", "b"]}'), "503, 'a b'; ask later"),
        ("/tag/", Answer(409, b'{"error": "exists"}'), "409, 'exists'; somebody has changed"),
    ],
)
def test_refusals_say_what_to_do_and_never_the_token(
    site: StandIn,
    release: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    place: str,
    answer: Answer,
    message: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    site.refuse = lambda request: answer if place in request.path else None
    with pytest.raises(HubError, match=message) as refused:
        publish(site, release)
    shown = "".join((str(refused.value), caplog.text, *capfd.readouterr()))
    assert TOKEN not in shown
    assert f"?{SIGNATURE}" not in shown
    assert "\n" not in str(refused.value)


def test_a_site_that_is_down_is_said_to_be(release: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and not listening
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(HubError, match=rf"{address}: expected an answer, .*check the network"):
            upload_release(plan_upload(release, REPO), token=TOKEN, endpoint=address)


@pytest.mark.parametrize("token", ["", "hf_one two", "hf_one\n", "hf_ö"])
def test_tokens_that_none_can_be_are_refused_unshown(
    release: Path, token: str, no_sockets: None
) -> None:
    with pytest.raises(HubError, match="PAPER_PIPELINE_HF_TOKEN") as refused:
        upload_release(plan_upload(release, REPO), token=token)
    assert not token or token not in str(refused.value)


@pytest.mark.parametrize(
    "endpoint",
    ["https://huggingface.co.example.org", "http://huggingface.co", "https://hf-mirror.example",
     "http://192.0.2.1:80", "http://ada:word@127.0.0.1:80", "http://127.0.0.1:80/huggingface.co",
     "ftp://127.0.0.1", "127.0.0.1:80", "http://[::1", "http://127.0.0.1:x", "http://127.0.0.1:65536",
     "http://127.0.0.1:80?a", "http://127.0.0.1:80#a", "http://127.0.0.1.:80", "https://huggingface.co."],
)  # fmt: skip
def test_other_sites_are_refused(release: Path, endpoint: str, no_sockets: None) -> None:
    plan = plan_upload(release, REPO)
    with pytest.raises(HubError, match="releases are sent nowhere else") as refused:
        upload_release(plan, token=TOKEN, endpoint=endpoint)
    assert "word" not in str(refused.value)


HOME = "https://huggingface.co"
STORE = "https://hf-hub-lfs-us-east-1.s3-accelerate.amazonaws.com/x?" + SIGNATURE


@pytest.mark.parametrize(
    ("url", "home", "has_token", "is_allowed"),
    [
        (f"{HOME}/api/repos/create", HOME, True, True),
        (f"{HOME}:443/api", HOME, True, True),
        (f"{HOME}:444/api", HOME, True, False),
        ("http://huggingface.co/api", HOME, True, False),
        ("http://huggingface.co/api", HOME, False, False),
        (STORE, HOME, False, True),
        (STORE, HOME, True, False),
        ("https://cas-bridge.xethub.hf.co/x", HOME, False, True),
        ("https://nothf.co/x", HOME, False, False),
        ("https://amazonaws.com.example.org/x", HOME, False, False),
        ("https://huggingface.co./api", HOME, True, False),
        ("https://ada:word@huggingface.co/api", HOME, True, False),
        ("https://huggingface.co@storage.example/x", HOME, False, False),
        ("http://cas-bridge.xethub.hf.co/x", HOME, False, False),
        ("http://[::1%.hf.co]/x", HOME, False, False),
        ("ftp://cas-bridge.xethub.hf.co/x", HOME, False, False),
        ("https://[::1/x", HOME, False, False),
        ("http://127.0.0.1:80/x", HOME, False, False),
        ("http://127.0.0.1:8000/api", "http://127.0.0.1:8000", True, True),
        ("http://127.0.0.1:8001/x", "http://127.0.0.1:8000", False, True),
        ("http://127.0.0.1:8001/x", "http://127.0.0.1:8000", True, False),
        (f"{HOME}/api", "http://127.0.0.1:8000", True, False),
    ],
)
def test_requests_go_to_the_site_and_to_its_storage_without_the_token(
    url: str, home: str, has_token: bool, is_allowed: bool
) -> None:
    if is_allowed:
        hub._check_address(url, home, has_token=has_token)
        return
    with pytest.raises(HubError, match="another host") as refused:
        hub._check_address(url, home, has_token=has_token)
    assert SIGNATURE not in str(refused.value)


def test_storage_on_another_host_gets_nothing(site: StandIn, release: Path) -> None:
    site.storage = "https://storage.example.org"
    with pytest.raises(HubError, match=r"https://storage\.example\.org/storage/\w+: expected http"):
        publish(site, release)
    assert len(site.repositories[REPO].commits) == 1


def test_a_redirect_to_another_host_is_not_followed(site: StandIn, release: Path) -> None:
    away = Answer(307, headers={"Location": "https://example.org/refs?" + SIGNATURE})
    site.refuse = lambda request: away if request.path.endswith("/refs") else None
    with pytest.raises(HubError, match=r"https://example\.org/refs: expected"):
        publish(site, release)


def test_the_library_is_left_as_it_was(site: StandIn, release: Path) -> None:
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils import are_progress_bars_disabled

    def state() -> list[object]:
        switches = [getattr(constants, name) for name in hub.SWITCHED_ON]
        levels = [logging.getLogger(name).level for name in hub.TALKERS]
        return [*switches, *levels, are_progress_bars_disabled()]

    before = state()
    publish(site, release)
    assert state() == before
    assert not any("check" in hook.__name__ for hook in get_session().event_hooks["request"])


def test_without_the_library_the_extra_is_named(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    plan = plan_upload(release, REPO)
    with pytest.raises(HubError, match=r"pip install 'paper-pipeline\[hub\]'"):
        upload_release(plan, token=TOKEN)


def test_offline_mode_is_respected(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE"):
        upload_release(plan_upload(release, REPO), token=TOKEN)


# --- The command ---------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("PAPER_PIPELINE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PAPER_PIPELINE_HF_TOKEN", TOKEN)
    return lambda *arguments: CliRunner().invoke(app, ["publish", *arguments])


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--public", "--release", VERSION)])
def test_without_yes_it_only_says_what_would_be(
    release: Path, command: Callable[..., Any], no_sockets: None,
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # nor is the extra needed
    said = command(REPO, *options)
    assert said.exit_code == 0
    assert "Nothing was sent." in said.output
    assert "papers.parquet" in said.output
    assert f"make the {'public' if '--public' in options else 'private'} dataset" in said.output
    assert TOKEN not in said.output


def test_with_yes_it_uploads(
    site: StandIn, release: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "HUGGING_FACE", site.address)
    said = command(REPO, "--yes")
    assert said.exit_code == 0, said.output
    assert held(site) == files_in(release)
    commit = site.repositories[REPO].commits[-1].oid
    assert f"{site.address}/datasets/{REPO}/commit/{commit}" in said.output
    assert TOKEN not in said.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("papers",), "owner/name"),
        ((REPO, "--release", "2020.01.01"), "found no '2020.01.01'"),
        ((REPO, "--release", "newest"), "found no 'newest'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    release: Path, command: Callable[..., Any], arguments: tuple[str, ...], message: str
) -> None:
    said = command(*arguments)
    assert said.exit_code == 1
    assert message in said.output
    assert said.output.count("\n") == 1


def test_a_plan_is_a_value(release: Path) -> None:
    assert plan_upload(release, REPO) == plan_upload(release, REPO)
    assert isinstance(hash(plan_upload(release, REPO)), int)
    assert TOKEN not in repr(Plan(REPO, VERSION, "feed", release, ()))
