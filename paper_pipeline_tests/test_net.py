"""Which server an ugly URL asks, if any; what of it is shown; which tokens and ports will do."""

import re
import socket
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paper_pipeline.net import (
    DEFAULT_PORTS,
    Origin,
    origin_of,
    require_free,
    require_token,
    shown_url,
)
from paper_pipeline.settings import SettingsError

SECRET = "hf_ThisIsNotARealToken"  # noqa: S105  # made up, to be searched for


# --- Origins -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://huggingface.co/api?date=2026-08-21#top", ("https", "huggingface.co", 443)),
        ("https://huggingface.co:443", ("https", "huggingface.co", 443)),
        ("https://huggingface.co:", ("https", "huggingface.co", 443)),
        ("https://huggingface.co:0/", ("https", "huggingface.co", 443)),  # as urllib3 asks it
        ("https://huggingface.co:00443/", ("https", "huggingface.co", 443)),
        ("https://huggingface.co:8443/", ("https", "huggingface.co", 8443)),
        ("https://huggingface.co:65535/", ("https", "huggingface.co", 65535)),
        ("HTTPS://HuggingFace.CO/", ("https", "huggingface.co", 443)),
        ("https://huggingface.co./", ("https", "huggingface.co.", 443)),  # not the same name
        ("https://huggingface.co.a.invalid/", ("https", "huggingface.co.a.invalid", 443)),
        ("https://elsewhere.invalid/@huggingface.co", ("https", "elsewhere.invalid", 443)),
        ("https://elsewhere.invalid#@huggingface.co/", ("https", "elsewhere.invalid", 443)),
        ("https://elsewhere.invalid?@huggingface.co/", ("https", "elsewhere.invalid", 443)),
        ("https://a.invalid\\.huggingface.co/", ("https", "a.invalid\\.huggingface.co", 443)),
        ("https://hugging\tface.co\n/", ("https", "huggingface.co", 443)),  # as browsers read it
        (" https://huggingface.co/", ("https", "huggingface.co", 443)),
        ("https://[2001:DB8::1]:8443/", ("https", "2001:db8::1", 8443)),
        ("http://127.0.0.1:8000/api", ("http", "127.0.0.1", 8000)),
        ("http://127.0.0.1", ("http", "127.0.0.1", 80)),
        ("http://127.8.9.10/", ("http", "127.8.9.10", 80)),
        ("http://LocalHost/", ("http", "localhost", 80)),
        ("http://[::1]:8000/", ("http", "::1", 8000)),
        ("http://[0:0:0:0:0:0:0:1]/", ("http", "0:0:0:0:0:0:0:1", 80)),
    ],
)  # fmt: skip
def test_the_server_that_a_url_asks(url: str, origin: tuple[str, str, int]) -> None:
    assert origin_of(url) == Origin(*origin)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        # No address of a web server, or none that can be read.
        ("", "expected an https address, or"),
        ("huggingface.co", "expected an https address, or"),
        ("//huggingface.co/", "expected an https address, or"),
        ("127.0.0.1:80", "expected an https address, or"),
        ("localhost:80", "expected an https address, or"),
        ("https:", "expected an https address, or"),
        ("https:///api", "expected an https address, or"),
        ("https:huggingface.co", "expected an https address, or"),
        ("https://:443/", "expected an https address, or"),
        ("https://?huggingface.co", "expected an https address, or"),
        ("\\\\huggingface.co", "expected an https address, or"),
        ("https:\\\\huggingface.co", "expected an https address, or"),
        ("ftp://127.0.0.1/", "expected an https address, or"),
        ("file:///etc/hostname", "expected an https address, or"),
        ("file://localhost/etc/hostname", "expected an https address, or"),
        ("data:application/json,[]", "expected an https address, or"),
        ("javascript://huggingface.co/", "expected an https address, or"),
        ("httpss://huggingface.co/", "expected an https address, or"),
        ("http+unix://localhost/", "expected an https address, or"),
        ("https://[::1/", "expected an https address, or"),
        ("https://::1]/", "expected an https address, or"),
        ("https://[localhost]/", "expected an https address, or"),
        ("https://huggingface.co\u2100/", "expected an https address, or"),  # a/c in one
        # Ports.
        ("http://127.0.0.1:x/", "expected an https address, or"),
        ("https://huggingface.co:65536/", "expected an https address, or"),
        ("https://huggingface.co:-1/", "expected an https address, or"),
        ("https://huggingface.co:+443/", "expected an https address, or"),
        ("https://huggingface.co:4 43/", "expected an https address, or"),
        ("https://huggingface.co:\uff14\uff14\uff13/", "expected an https address, or"),
        ("https://huggingface.co:443:443/", "expected an https address, or"),
        ("http://::1/", "expected an https address, or"),
        # Users and passwords, whoever is asked.
        (f"https://me:{SECRET}@huggingface.co/", "no user or password"),
        (f"https://{SECRET}@huggingface.co/", "no user or password"),
        (f"https://:{SECRET}@huggingface.co/", "no user or password"),
        ("https://@huggingface.co/", "no user or password"),
        ("https://:@huggingface.co/", "no user or password"),
        ("https://huggingface.co@elsewhere.invalid/", "no user or password"),
        ("https://huggingface.co:443@elsewhere.invalid/", "no user or password"),
        ("https://elsewhere.invalid\\@huggingface.co/", "no user or password"),
        ("https://a@b@huggingface.co/", "no user or password"),
        (f"http://me:{SECRET}@127.0.0.1/", "no user or password"),
        ("http://127.0.0.1@elsewhere.invalid/", "no user or password"),
        (f"https://me:{SECRET}@huggingface.co:x/", "expected an https address, or"),
        (f"https://me:{SECRET}@huggingface.co\u2100/", "expected an https address, or"),
        (f"https://me:{SECRET}", "expected an https address, or"),  # the rest was forgotten
        # Plain http to another machine, or to what only looks like this one.
        ("http://huggingface.co/", "expected https, found http://huggingface.co;"),
        ("http://huggingface.co:443/", "expected https"),
        ("http://10.0.0.1/", "expected https"),
        ("http://169.254.169.254/latest/meta-data/", "expected https"),
        ("http://0.0.0.0/", "expected https"),
        ("http://[::]/", "expected https"),
        ("http://127.0.0.1.elsewhere.invalid/", "expected https"),
        ("http://localhost.elsewhere.invalid/", "expected https"),
        ("http://elsewhere.invalid/127.0.0.1", "expected https"),
        ("http://elsewhere.invalid#127.0.0.1", "expected https"),
        ("http://127.0.0.1./", "expected https"),
        ("http://localhost./", "expected https"),
        ("http://local\u00adhost/", "expected https"),  # a soft hyphen
        ("http://\uff4cocalhost/", "expected https"),
        ("http://127\u30020\u30020\u30021/", "expected https"),
        ("http://127.1/", "expected https"),
        ("http://2130706433/", "expected https"),
        ("http://0x7f.0.0.1/", "expected https"),
        ("http://127.0.0.01/", "expected https"),
        ("http://%31%32%37.0.0.1/", "expected https"),
        ("http://127.0.0.1\\.elsewhere.invalid/", "expected https"),
        ("http://127.0.0.1 /", "expected https"),
        ("http://127.0.0.1\n.elsewhere.invalid/", "expected https"),
    ],
)  # fmt: skip
def test_urls_that_are_refused(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        origin_of(url)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None  # whose text might quote it


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.255.255.254", True), ("::1", True),
        ("0:0:0:0:0:0:0:1", True), ("", False), ("localhost.", False), ("128.0.0.1", False),
        ("126.255.255.255", False), ("::", False), ("::2", False), ("fe80::1", False),
        ("[::1]", False), ("127.0.0", False), ("ip6-localhost", False),
    ],
)  # fmt: skip
def test_this_machine(host: str, is_loopback: bool) -> None:
    assert Origin("https", host, 443).is_loopback is is_loopback


hosts = st.one_of(
    st.sampled_from(
        ["localhost", "127.0.0.1", "[::1]", "[::1", "huggingface.co", "huggingface.co.", ""]
    ),
    st.text(max_size=12),
)
urls = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["https", "http", "HTTP", "ftp", ""]),
        st.sampled_from(["://", ":", "//", ":///", ":\\\\"]),
        st.sampled_from(["", "", "", "@", f"me:{SECRET}@", f"{SECRET}\\@", f"a@{SECRET}@"]),
        hosts,
        st.sampled_from(["", ":", ":0", ":80", ":65535", ":65536", ":-1", ":x"]),
        st.text("/?#@\\:[]ab\t\n", max_size=6),
    ),
)


@given(urls | st.text())
@example("http://[::1%lo]/")
def test_an_origin_is_always_one_that_may_be_asked(url: str) -> None:
    try:
        origin = origin_of(url)
    except ValueError as error:
        said = str(error)
    else:
        said = f"expected {origin}"
        assert origin.scheme == "https" or (origin.scheme in DEFAULT_PORTS and origin.is_loopback)
        assert 0 < origin.port < 65536
        assert origin_of(str(origin)) == origin
    assert said.startswith("expected ")
    assert SECRET not in said


# --- What is shown -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "parameters", "shown"),
    [
        ("https://a.example/x?date=1&key=2#top", {"date"}, "https://a.example/x?date=1&key=..."),
        ("https://a.example/x?date=1&key=2#top", (), "https://a.example/x"),
        ("https://a.example/x?key&date=", {"date"}, "https://a.example/x?key=...&date="),
        ("https://a.example/?date=1&date=2", {"date"}, "https://a.example/?date=1&date=2"),
        ("https://a.example/?DATE=1", {"date"}, "https://a.example/?DATE=..."),
        ("https://a.example/?q=" + "9" * 61, {"q"}, "https://a.example/?q=" + "9" * 57 + "..."),
        ("https://a.example/?q=" + "9" * 60, {"q"}, "https://a.example/?q=" + "9" * 60),
        (f"https://me:{SECRET}@a.example:8443/x", (), "https://a.example:8443/x"),
        (f"https://a@{SECRET}@a.example/", (), "https://a.example/"),
        (f"https://{SECRET}\\@a.example/", (), "https://a.example/"),
        (f"https://a.example/#{SECRET}", (), "https://a.example/"),
        ("http://[::1]:80/x", (), "http://[::1]:80/x"),
        ("http://127.0.0.1:x/", (), "http://127.0.0.1:x/"),
        ("file:///etc/hostname", (), "file:///etc/hostname"),
        ("127.0.0.1:80", (), "127.0.0.1:80"),
        ("", (), ""),
        (f"http://{SECRET}@[::1/", {"date"}, "(an address that cannot be read)"),
        (f"https://{SECRET}@a.example\u2100/", (), "(an address that cannot be read)"),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_url(url: str, parameters: set[str], shown: str) -> None:
    assert shown_url(url, parameters) == shown


@given(
    user=st.text().map(lambda text: re.sub(r"[/?#]", "", text)),
    host=hosts.map(lambda text: re.sub(r"[/?#]", "", text)),
    name=st.text().map(lambda text: re.sub(r"[&=#]", "", text)),
    is_read=st.booleans(),
)
def test_no_secret_of_a_url_is_shown(user: str, host: str, name: str, is_read: bool) -> None:
    url = f"https://{user}{SECRET}@{host}/?key{name}={SECRET}#{SECRET}"
    assert SECRET not in shown_url(url, {"date"} if is_read else ())


# --- Tokens and ports ----------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", SECRET, "!~"])
def test_tokens_that_can_stand_in_a_header(token: str) -> None:
    require_token(token)


@pytest.mark.parametrize("sign", [" ", "\n", "\r\nX-Other: 1", "\0", "\x7f", "ö", "\u00a0"])
def test_tokens_that_cannot_are_not_shown(sign: str) -> None:
    with pytest.raises(SettingsError, match=r"^PAPER_PIPELINE_HF_TOKEN: ") as caught:
        require_token(SECRET + sign)
    assert SECRET not in str(caught.value)


def test_ports_that_are_free_and_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} of 127\.0\.0\.1 .*with --port"):
            require_free(port)
    require_free(port)
    require_free(port)  # asking does not take it


def test_importing_it_is_cheap() -> None:
    slow = {"requests", "urllib3", "httpx2", "huggingface_hub", "pyarrow", "dagster"}
    code = f"import sys, paper_pipeline.net; print(*sorted({slow} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
