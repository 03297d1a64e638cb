"""What gateways answer in place of a platform: status, body and headers, as they were seen in the wild."""

from __future__ import annotations

from dataclasses import dataclass, field

CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)


def nginx(words: str) -> str:
    head = f"<html>\r\n<head><title>{words}</title></head>\r\n"
    return f"{head}<center><h1>{words}</h1></center><hr><center>nginx</center>"


@dataclass(frozen=True)
class Seen:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    is_stopped: bool = False
    """Whether it says itself that nothing was handed on."""


CLOUDFLARE = {"Server": "cloudflare", "Content-Type": "text/html"}
PAGES = {
    "a CDN's challenge": Seen(403, CHALLENGE, CLOUDFLARE | {"cf-mitigated": "challenge"}, is_stopped=True),
    "a CDN's block": Seen(403, "<html><title>Attention Required! | Cloudflare</title>", CLOUDFLARE),
    "a CDN's problem": Seen(
        403,
        '{"type": "https://developers.cloudflare.com/1020/", "title": "Error 1020: Access denied", "status": 403, '
        '"detail": "No", "error": "Access denied", "cloudflare_error": true}',
        {"Content-Type": "application/json"},
    ),
    "nginx's 404": Seen(404, nginx("404 Not Found"), {"Content-Type": "text/html"}),
    "a 406": Seen(406, nginx("406 Not Acceptable"), {"Content-Type": "text/html"}),
    "a 401 of a staging server": Seen(401, nginx("401 Authorization Required"), {"WWW-Authenticate": "Basic"}),
    "a proxy's login": Seen(407, "<html><title>ERR: Cache Access Denied</title>", is_stopped=True),
    "a captive portal": Seen(511, "<html><title>Welcome to the hotel</title>", is_stopped=True),
    "too large for nginx": Seen(413, nginx("413 Request Entity Too Large"), is_stopped=True),
    "a login page": Seen(302, "", {"Location": "http://127.0.0.1:9/login?next=/"}),
    "an API gateway": Seen(403, '{"message": "Forbidden"}', {"Content-Type": "application/json"}),
    "nothing": Seen(403, ""),
    "plain words": Seen(400, "Bad Request", {"Content-Type": "text/plain"}),
    "half an answer": Seen(422, '{"error": "Validation fai', {"Content-Type": "application/json"}),
    "a page that says it is JSON": Seen(404, "<html>", {"Content-Type": "application/json"}),
    "a firewall's JSON": Seen(403, '{"error": "Not allowed", "support_id": "1234567"}'),
    "a firewall's words": Seen(403, '{"error": "Request blocked by our firewall", "title": "Request blocked"}'),
    "another API's 404": Seen(404, '{"status": 404, "error": "Not Found", "path": "/2/tweets"}'),
    "a framework's 404": Seen(404, '{"detail": "Not Found"}'),
    "a cloud's no": Seen(403, '{"error": {"code": 403, "message": "Denied", "status": "PERMISSION_DENIED"}}'),
    "gone": Seen(410, nginx("410 Gone")),
}
