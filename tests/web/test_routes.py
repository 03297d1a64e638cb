"""Every route, as each role and as nobody: what is declared where it is written is what holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.domain.users import Role
from bot.web import pages
from bot.web.routes import ROUTES, Need, Route
from tests.harness.console_server import Browser

pages.load()

BY_NAME = {f"{route.method} {route.path}": route for route in sorted(ROUTES, key=lambda it: (it.path, it.method))}


@pytest.fixture(scope="module")
def visitors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role | None, Browser]]:
    """A browser of each role alone, and one of nobody."""
    from tests.harness.campaign_folder import sound
    from tests.harness.console_server import served

    with served(sound(tmp_path_factory.mktemp("console")).bot) as server:
        yield {None: server.browser()} | {role: server.signed_in(role.title(), role) for role in Role}


def path_of(route: Route) -> str:
    return re.sub(r"\{\w+(?::\w+)?\}", "999", route.path)


@pytest.mark.parametrize("name", BY_NAME)
def test_nobody_gets_further_than_the_door(visitors: dict[Role | None, Browser], name: str) -> None:
    route, nobody = BY_NAME[name], visitors[None]
    answer = nobody.http.request(route.method, path_of(route), headers=nobody.own)
    if route.need in {Need.NOTHING, Need.ADDRESS}:
        assert answer.status_code in {200, 303, 403, 410} or (answer.status_code == 404 and "999" in answer.url.path)
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/session/new")


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("role", Role)
def test_a_route_is_for_the_roles_that_it_declares(visitors: dict[Role | None, Browser], name: str, role: Role) -> None:
    """Without a form's token nothing is written; so who may not is told from who may, and nothing happens."""
    route, visitor = BY_NAME[name], visitors[role]
    may = route.role in {Role.VIEWER, role}
    if route.method == "GET":
        with visitor.http.stream("GET", path_of(route)) as answer:  # one of them has no end
            is_found = answer.status_code in {200, 303, 410} or (answer.status_code == 404 and "999" in answer.url.path)
        assert is_found or (not may and answer.status_code == 404), answer.status_code
        return
    assert visitor.http.post(path_of(route), headers=visitor.own).status_code in {403, 410}
    if not may:
        token = visitor.hidden("/me")["csrf"]
        refused = visitor.http.post(path_of(route), data={"csrf": token}, headers=visitor.own)
        assert refused.status_code == 404


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("POST")])
def test_no_route_is_written_to_from_elsewhere(visitors: dict[Role | None, Browser], name: str) -> None:
    visitor = visitors[Role.ADMIN]
    token = visitor.hidden("/me")["csrf"]
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert visitor.http.post(path_of(BY_NAME[name]), data={"csrf": token}, headers=elsewhere).status_code == 403


def test_nothing_is_changed_by_reading() -> None:
    assert {route.method for route in ROUTES} == {"GET", "POST"}
    assert len(BY_NAME) == len(ROUTES), "no path is declared twice"
