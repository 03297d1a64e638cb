"""One authenticated, well-formed request on its way to the code that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.servers.x.messages import Request, Response, json_response
from tests.servers.x.model import User
from tests.servers.x.problems import invalid
from tests.servers.x.selection import Selection, selection_of
from tests.servers.x.settings import Settings
from tests.servers.x.world import World


@dataclass(frozen=True)
class Call:
    """`ids` are the path's parts, `params` the query's, `body` the JSON body (None without one)."""

    world: World
    user: User
    request: Request
    ids: Mapping[str, str]
    params: Mapping[str, str]
    body: Any

    @property
    def settings(self) -> Settings:
        """The simulator's settings at this moment."""
        return self.world.settings

    @property
    def now(self) -> float:
        """The simulated moment, in unix seconds."""
        return self.world.clock.now()

    @property
    def selection(self) -> Selection:
        """The fields and expansions asked for."""
        return selection_of(self.params, self.settings)

    def require_self(self) -> None:
        """Raise a 400 Refusal when the path names another user than the one who signed."""
        if self.ids["id"] != self.user.id:
            message = f"The `id` query parameter value [{self.ids['id']}] must be the same as the authenticating user"
            raise invalid(f"{message} [{self.user.id}]", "id", self.ids["id"])

    def answer(self, content: dict[str, Any]) -> Response:
        """200 with the content's parts that are not empty, and any partial errors a test has asked for."""
        errors = [*content.get("errors", []), *self.settings.partial_errors]
        return json_response({name: part for name, part in (content | {"errors": errors}).items() if part})
