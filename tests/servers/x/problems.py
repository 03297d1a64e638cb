"""X's own error forms: problem JSON for a refused request, and partial errors that travel beside data in a 200."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tests.servers.x.messages import Response, json_response

PROBLEMS = "https://api.twitter.com/2/problems"


class Refusal(Exception):
    """The request is not granted; carries the answer X would give.

    `violation` says what was wrong when the request itself was malformed: a client that keeps to the contract never
    causes one.
    """

    def __init__(self, response: Response, violation: str = "") -> None:
        super().__init__(f"{response.status} {violation}")
        self.response = response
        self.violation = violation


def problem(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """The plain form of X's problems, whose type is about:blank."""
    title = HTTPStatus(status).phrase
    return json_response(
        {"title": title, "detail": detail or title, "type": "about:blank", "status": status}, status, headers
    )


def refused(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> Refusal:
    """A refusal that is no fault of the request's form."""
    return Refusal(problem(status, detail, headers))


def invalid(message: str, parameter: str = "", value: object = "", *, violation: bool = True) -> Refusal:
    """400 in the form X uses for a parameter or body it does not understand."""
    parameters = {parameter: [str(value)]} if parameter else {}
    content = {
        "errors": [{"parameters": parameters, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}/invalid-request",
        "status": 400,
    }
    return Refusal(json_response(content, 400), message if violation else "")


def out_of_credits() -> Refusal:
    """402, as X says it when an account's credits are gone."""
    content = {
        "title": "CreditsDepleted",
        "detail": "Your enrolled account does not have any credits to fulfill this request.",
        "type": f"{PROBLEMS}/credits",
        "status": 402,
    }
    return Refusal(json_response(content, 402))


def not_found_error(resource: str, parameter: str, value: str) -> dict[str, Any]:
    """The partial error for something that does not exist, or no longer does."""
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }


def not_authorized_error(resource: str, parameter: str, value: str) -> dict[str, Any]:
    """The partial error for something that exists and may not be seen."""
    return {
        "value": value,
        "detail": f"Sorry, you are not authorized to see the {resource} with {parameter}: [{value}].",
        "title": "Authorization Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "section": "data",
        "type": f"{PROBLEMS}/not-authorized-for-resource",
    }
