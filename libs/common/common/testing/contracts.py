"""What houses declare that they answer, so that what stands in for one can't drift away from it.

A stand-in passes each answer through its owner's OpenAPI document, as the owner's own schema would
dump it: a field that is not declared is left out, and an answer without a declared field, or with
one of another shape, fails the test.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jsonschema_rs

JSON = "application/json"
Schema = Mapping[str, Any]


class OtherThanDeclared(AssertionError):
    """A stand-in answers what the house in whose place it stands would not."""


@dataclass(frozen=True)
class Contract:
    """One house's OpenAPI document (3.1, whose schemas are JSON Schema)."""

    service: str
    document: Mapping[str, Any]
    _components: Mapping[str, Any] = field(init=False, repr=False)
    _validators: dict[str, jsonschema_rs.Validator] = field(
        init=False, repr=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        components = copy.deepcopy(dict(self.document["components"]))
        for schema in components["schemas"].values():
            require_what_is_declared(schema)
        object.__setattr__(self, "_components", components)

    @property
    def operations(self) -> set[tuple[str, str]]:
        """Return the (method, path template) of everything that is offered."""
        offered: set[tuple[str, str]] = set()
        for path, methods in self.document["paths"].items():
            offered |= {(method.upper(), path) for method in methods}
        return offered

    def passed(self, method: str, path: str, answer: Any) -> Any:
        """Return a successful answer without what is not declared; raises OtherThanDeclared.

        `path` is a template of the document or a path that fits one.
        """
        schema = self.schema_of(method, path)
        if schema is None:
            return answer
        told = self._declared_part(answer, schema)
        faults = [_said(error) for error in self._validator(schema).iter_errors(told)]
        if faults:
            heading = f"{self.service} never answers so to {method} {path}:"
            raise OtherThanDeclared("\n".join([heading, *faults]))
        return told

    def schema_of(self, method: str, path: str) -> Schema | None:
        """Return the schema of an operation's success; None when that is a file or empty."""
        operation = self._operation(method, path)
        for status, response in operation["responses"].items():
            content = response.get("content", {}) if status.startswith("2") else {}
            if JSON in content:
                schema: Schema = content[JSON]["schema"]
                return schema
        return None

    def _validator(self, schema: Schema) -> jsonschema_rs.Validator:
        """Return what validates a schema.

        Made once a schema, because each holds the schemas of the whole house.
        """
        name = json.dumps(schema)
        if name not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[name] = jsonschema_rs.validator_for(whole, validate_formats=True)
        return self._validators[name]

    def _operation(self, method: str, path: str) -> Mapping[str, Any]:
        paths = self.document["paths"]
        # /members/look-up goes before /members/{member_id}.
        for template in sorted(paths, key=_count_blanks):
            operation: Mapping[str, Any] | None = paths[template].get(method.lower())
            if operation is not None and _fits(path, template):
                return operation
        raise OtherThanDeclared(f"{self.service} has no {method} {path}")

    def _declared_part(self, value: Any, schema: Schema) -> Any:
        """Return a value without the fields that its schema does not name."""
        schema = self._resolved(schema)
        if isinstance(value, list) and "items" in schema:
            return [self._declared_part(each, schema["items"]) for each in value]
        if not isinstance(value, Mapping):
            return value
        if "properties" in schema:
            known = schema["properties"]
            return {
                name: self._declared_part(part, known[name])
                for name, part in value.items()
                if name in known
            }
        of_any_name = schema.get("additionalProperties")
        if isinstance(of_any_name, Mapping):
            return {name: self._declared_part(part, of_any_name) for name, part in value.items()}
        return value

    def _resolved(self, schema: Schema) -> Schema:
        """Return the schema that a reference, or the one alternative to null, leads to."""
        for alternative in schema.get("anyOf", ()):
            if alternative.get("type") != "null":
                return self._resolved(alternative)
        if "$ref" not in schema:
            return schema
        name = schema["$ref"].rpartition("/")[2]
        return self._resolved(self._components["schemas"][name])


@dataclass(frozen=True)
class Contracts:
    """The contracts of all houses by name."""

    houses: Mapping[str, Contract]

    def passed(self, service: str, method: str, path: str, answer: Any) -> Any:
        """Return what the house would let through of an answer; raises OtherThanDeclared."""
        return self.houses[service].passed(method, path, answer)

    def passed_response(
        self, service: str, request: httpx.Request, response: httpx.Response
    ) -> httpx.Response:
        """Do the same with a response that stands in for a house's.

        An error or a stranger's page goes through as it is.
        """
        is_json = response.headers.get("content-type") == JSON
        if not (response.is_success and is_json):
            return response
        told = self.passed(service, request.method, request.url.path, response.json())
        return httpx.Response(response.status_code, json=told)


def require_what_is_declared(schema: dict[str, Any]) -> None:
    """Call every field required.

    A schema that dumps writes each of its fields, whether it calls them required or not.
    """
    for part in _parts(schema):
        if "properties" in part:
            part["required"] = sorted(part["properties"])


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema inside a schema, itself first."""
    if isinstance(schema, dict):
        yield schema
        for inner in schema.values():
            yield from _parts(inner)
    if isinstance(schema, list):
        for inner in schema:
            yield from _parts(inner)


def _count_blanks(template: str) -> int:
    return template.count("{")


def _fits(path: str, template: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


def _said(error: jsonschema_rs.ValidationError) -> str:
    place = "/".join(str(part) for part in error.instance_path)
    return f"  {place or 'answer'}: {error.message[:200]}"
