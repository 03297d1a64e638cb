"""tweepy without OAuth 2, which we never use: sixty modules that each command that asks X would load.

We sign by OAuth 1.0a; tweepy takes these names from requests_oauthlib for classes that we make nothing of.
"""

from __future__ import annotations

import sys
from types import ModuleType

for _name, _classes in (("oauth2_auth", ("OAuth2",)), ("oauth2_session", ("OAuth2Session", "TokenUpdated"))):
    _module = ModuleType(f"requests_oauthlib.{_name}")
    _module.__dict__.update({one: type(one, (), {}) for one in _classes})
    sys.modules.setdefault(_module.__name__, _module)

import requests_oauthlib as requests_oauthlib  # noqa: E402  (its loggers must exist before they are silenced)
import tweepy as tweepy  # noqa: E402
from requests_oauthlib import OAuth1 as OAuth1  # noqa: E402
from tweepy.client import Client as Client  # noqa: E402
