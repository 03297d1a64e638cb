"""What the environment says of proxies and certificates, for a session that speaks to one server."""

from __future__ import annotations

import os
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.utils import get_environ_proxies


def settle(session: requests.Session, base_url: str) -> None:
    """Take it once. Left to itself, requests goes through all of it before every request, which takes a quarter of
    the time of a post, and looks into ~/.netrc for a password to send instead of our token. It would keep cookies, too,
    and one that holds odd letters would spoil every later request."""
    session.proxies.update(get_environ_proxies(base_url))
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
