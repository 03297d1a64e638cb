"""X's own OpenAPI document, where it is at hand, as a second judge of each request."""

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft4Validator

from tests.servers.x import vocabulary as words
from tests.servers.x.problems import invalid

VARIABLE = "GROUNDSWELL_X_OPENAPI"
BESIDE_THE_PROJECT = Path(__file__).parents[4] / "shared" / "specs" / "x-openapi.json"


class Contract:
    """The document's parameters and bodies, looked up by method and path template."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._validator = cache(self._new_validator)

    def check(self, method: str, template: str, params: Mapping[str, str], body: Any) -> None:
        """Raise a 400 Refusal when the document does not describe this request; `body` is None without a JSON body."""
        self._check_query(method, template, params)
        if body is not None:
            self._check(body, (method, template, ""), "")

    def answer_faults(self, method: str, template: str, answer: Any) -> list[str]:
        """What the document has against a 200 answer of the simulator's own, for its self test."""
        schema = self._operation(method, template)["responses"]["200"]["content"]["application/json"]["schema"]
        return [error.message for error in self._compiled(schema).iter_errors(answer)]

    def _check_query(self, method: str, template: str, params: Mapping[str, str]) -> None:
        schemas = self._parameters(method, template)
        for name, value in params.items():
            known = words.newer(name)
            if known not in schemas:
                raise invalid(f"The query parameter [{name}] is not in X's OpenAPI document", name, value)
            typed = _typed(value, schemas[known])
            if typed != []:
                self._check(typed, (method, template, known), name)

    def _check(self, value: Any, key: tuple[str, str, str], name: str) -> None:
        for error in self._validator(key).iter_errors(value):
            raise invalid(f"{name or error.json_path}: {error.message}", name, value)

    def _new_validator(self, key: tuple[str, str, str]) -> Draft4Validator:
        method, template, parameter = key
        if parameter:
            return self._compiled(self._parameters(method, template)[parameter])
        content = self._operation(method, template)["requestBody"]["content"]
        return self._compiled(content["application/json"]["schema"])

    def _compiled(self, schema: dict[str, Any]) -> Draft4Validator:
        return Draft4Validator({"allOf": [schema], "components": self._document["components"]})

    def _operation(self, method: str, template: str) -> dict[str, Any]:
        operation: dict[str, Any] = self._document["paths"][template][method.lower()]
        return operation

    def _parameters(self, method: str, template: str) -> dict[str, dict[str, Any]]:
        listed = (self._resolved(entry) for entry in self._operation(method, template).get("parameters", []))
        return {entry["name"]: entry["schema"] for entry in listed if entry["in"] == "query"}

    def _resolved(self, entry: dict[str, Any]) -> dict[str, Any]:
        found: Any = entry
        if "$ref" in entry:
            found = self._document
            for part in entry["$ref"].removeprefix("#/").split("/"):
                found = found[part]
        resolved: dict[str, Any] = found
        return resolved


def load() -> Contract | None:
    """The contract of the document that the variable names, or that lies beside the project; None without one."""
    path = Path(os.environ.get(VARIABLE) or BESIDE_THE_PROJECT)
    if os.environ.get(VARIABLE) == "" or not path.is_file():
        return None
    return Contract(msgspec.json.decode(path.read_bytes()))


def _typed(value: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "array":
        return _without_prose(value.split(","))
    if schema.get("type") == "integer" and value.lstrip("-").isdigit():
        return int(value)
    return value


def _without_prose(names: Iterable[str]) -> list[str]:
    """The names as the document has them, without those that only X's prose and libraries know."""
    return [words.newer(name) for name in names if words.newer(name) not in words.ONLY_IN_PROSE]
