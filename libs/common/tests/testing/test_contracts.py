"""A stand-in for another house can't answer what the house itself would not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from common.testing.contracts import Contract, Contracts, OtherThanDeclared


def answering(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"responses": {"200": {"content": content}}}


CHILD = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "note": {"type": ["string", "null"]},
        "by_channel": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}
CHILDREN = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Child"}}},
}
DOCUMENT = {
    "paths": {
        "/children/{child_id}": {"get": answering("Child"), "delete": {"responses": {"204": {}}}},
        "/children/all": {"get": answering("Children")},
    },
    "components": {"schemas": {"Child": CHILD, "Children": CHILDREN}},
}
MIO = {"id": "8d5c1f0e-93ab-4f0e-9c0f-0d3f4f1c2b7a", "note": None, "by_channel": {"mail": 2}}


@pytest.fixture
def contract() -> Contract:
    return Contract("directory", DOCUMENT)


def test_an_answer_as_it_is_declared_goes_through(contract: Contract) -> None:
    assert contract.passed("GET", "/children/{child_id}", MIO) == MIO
    assert contract.passed("GET", "/children/17", MIO) == MIO
    assert contract.passed("GET", "/children/all", {"items": [MIO]}) == {"items": [MIO]}
    assert contract.passed("DELETE", "/children/17", None) is None


@pytest.mark.parametrize("name", MIO)
def test_an_answer_without_a_declared_field_is_refused_though_no_field_is_called_required(
    contract: Contract, name: str
) -> None:
    left = {field: value for field, value in MIO.items() if field != name}
    with pytest.raises(OtherThanDeclared, match=f'items/0: "{name}" is a required property'):
        contract.passed("GET", "/children/all", {"items": [left]})


@pytest.mark.parametrize("wrong", [{"id": "mio"}, {"note": 3}, {"by_channel": {"mail": "two"}}])
def test_an_answer_of_another_shape_is_refused(contract: Contract, wrong: dict[str, Any]) -> None:
    with pytest.raises(OtherThanDeclared):
        contract.passed("GET", "/children/17", MIO | wrong)


def test_a_field_that_is_not_declared_never_reaches_the_caller(contract: Contract) -> None:
    told = contract.passed(
        "GET", "/children/all", {"items": [MIO | {"nickname": "みお"}], "total": 1}
    )
    assert told == {"items": [MIO]}


def test_a_call_that_is_not_offered_is_refused(contract: Contract) -> None:
    with pytest.raises(OtherThanDeclared, match="directory has no PUT /children/17"):
        contract.passed("PUT", "/children/17", MIO)


def test_a_refusal_and_a_strangers_page_go_through_as_they_are(contract: Contract) -> None:
    contracts = Contracts({"directory": contract})
    request = httpx.Request("GET", "http://directory/children/17")
    for response in (
        httpx.Response(404, json={"error": {}}),
        httpx.Response(200, html="<h1>It works!</h1>"),
    ):
        assert contracts.passed_response("directory", request, response) is response
    with pytest.raises(OtherThanDeclared):
        contracts.passed_response("directory", request, httpx.Response(200, json={"id": MIO["id"]}))
