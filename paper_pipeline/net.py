"""Addresses: which server a URL asks, whether it may be asked at all, and what may be shown of it.

Data flow: URL -> Origin, or an error; URL -> text for messages.

What acquire/fetch.py and reader/hub.py, which talk to other machines, and the servers of this
machine agree on. Which origins each of them asks, and sending requests, belongs there: nothing here
opens a connection.
"""

import ipaddress
import socket
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from paper_pipeline.settings import PREFIX, SettingsError

LOOPBACK = "127.0.0.1"
DEFAULT_PORTS = {"https": 443, "http": 80}
TOKEN_VARIABLE = PREFIX + "HF_TOKEN"
LONGEST_SHOWN_VALUE = 60  # of a parameter, in characters: a hundred ids tell no more than three


class Origin(NamedTuple):
    """A server, as a URL names it: the same name on another port is another server.

    Attributes:
        scheme: https or http.
        host: In lower case; an IPv6 address without its brackets.
        port: The scheme's own where the URL names none.
    """

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the server is this machine: localhost, 127.0.0.0/8 or ::1."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def origin_of(url: str) -> Origin:
    """Finds the server that a URL asks, if a server may be asked that way.

    Raises:
        ValueError: It is not an http or https address, its port is not a number up to 65535, it
            holds a user or password, or it is plain http to another machine. The message
            quotes no more than the host.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # its text may quote a password
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise ValueError("expected an https address, or http to this machine, found neither")
    if "@" in parts.netloc:
        raise ValueError(
            f"expected no user or password in the address; a token goes into {TOKEN_VARIABLE}"
        )
    # 0 stands for the default, as it does in urllib3.
    origin = Origin(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme])
    if origin.scheme != "https" and not origin.is_loopback:
        raise ValueError(
            f"expected https, found {origin.scheme}://{origin.host}; "
            f"plain http is for this machine ({LOOPBACK}, localhost)"
        )
    return origin


def shown_url(url: str, parameters: Collection[str] = ()) -> str:
    """A URL fit for messages and logs: without user, password and fragment.

    Args:
        url: Any text.
        parameters: Those of the query whose values may be shown; the others are named only.
            Without any, the whole query is left out: it may hold a signature.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(an address that cannot be read)"
    query = [
        (name, _shorten(value) if name in parameters else "...")
        for name, value in parse_qsl(parts.query if parameters else "", keep_blank_values=True)
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query), ""))


def _shorten(value: str) -> str:
    return value if len(value) <= LONGEST_SHOWN_VALUE else value[: LONGEST_SHOWN_VALUE - 3] + "..."


def require_token(token: str) -> None:
    """Checks that a token can be sent in a header; an empty one can.

    Call this before a library sees the token: libraries quote the headers that they refuse.

    Raises:
        SettingsError: It cannot. The message does not show it.
    """
    if not all("!" <= character <= "~" for character in token):
        raise SettingsError(
            f"{TOKEN_VARIABLE}: expected letters, digits and signs, found a blank, a line break "
            "or another character that no token has (not shown)"
        )


def require_free(port: int) -> None:
    """Makes sure that a server can be started on a port of 127.0.0.1.

    Raises:
        SettingsError: It cannot.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise SettingsError(
                f"port {port} of {LOOPBACK} cannot be used ({error.strerror}); "
                "name another one with --port"
            ) from error
