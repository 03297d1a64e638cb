"""OAuth 1.0a: reading the Authorization header and proving its HMAC-SHA1 signature (RFC 5849, section 3)."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from tests.servers.x.messages import Request
from tests.servers.x.problems import refused

PUBLIC_BASES = ("https://api.twitter.com", "https://api.x.com")
REQUIRED = ("oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp")
CLOCK_SKEW_S = 300


@dataclass(frozen=True)
class Signed:
    """A request's OAuth fields, read but not yet proved."""

    fields: dict[str, str]

    @property
    def consumer_key(self) -> str:
        """The app's key."""
        return self.fields["oauth_consumer_key"]

    @property
    def token(self) -> str:
        """The user's access token, or the request token during login; empty without one."""
        return self.fields.get("oauth_token", "")


def read(request: Request) -> Signed:
    """The OAuth fields of the Authorization header; raises a 401 Refusal when they are absent, incomplete or stale."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "oauth":
        raise refused(401)
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        fields[unquote(name)] = unquote(value.strip('"'))
    if any(not fields.get(name) for name in REQUIRED) or fields["oauth_signature_method"] != "HMAC-SHA1":
        raise refused(401)
    if fields.get("oauth_version", "1.0") != "1.0" or not _is_current(fields["oauth_timestamp"]):
        raise refused(401)
    return Signed(fields)


def prove(request: Request, signed: Signed, consumer_secret: str, token_secret: str) -> None:
    """Raise a 401 Refusal unless the signature fits.

    A client may have signed for X's own address and been redirected here, so those base addresses count as well.
    """
    key = f"{_escape(consumer_secret)}&{_escape(token_secret)}".encode()
    oauth = [(name, value) for name, value in signed.fields.items() if name not in ("oauth_signature", "realm")]
    parameters = _normalized([*request.query, *request.form, *oauth])
    for base in (f"http://{request.headers.get('host', '')}", *PUBLIC_BASES):
        text = "&".join((request.method, _escape(base + request.path), _escape(parameters)))
        digest = base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha1)).decode()
        if hmac.compare_digest(digest, signed.fields["oauth_signature"]):
            return
    raise refused(401)


def _is_current(timestamp: str) -> bool:
    return timestamp.isdigit() and abs(time.time() - int(timestamp)) <= CLOCK_SKEW_S


def _normalized(parameters: Iterable[tuple[str, str]]) -> str:
    escaped = sorted((_escape(name), _escape(value)) for name, value in parameters)
    return "&".join(f"{name}={value}" for name, value in escaped)


def _escape(text: str) -> str:
    return quote(text, safe="~")
