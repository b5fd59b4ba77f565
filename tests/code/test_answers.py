"""What houses answer has types made from each owner's OpenAPI, and every client reads it by them.

So a field that is renamed, or may be null from now on, is an error of types at everyone who reads
it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import answers
import pytest

from common.testing.contracts import Contract, Contracts
from suite.houses import HOUSES, STORED

every_stored = pytest.mark.parametrize("house", STORED, ids=lambda house: house.name)


@every_stored
def test_the_types_are_those_of_the_owners_openapi(house, contracts: Contracts):
    contract = contracts.houses[house.name]
    written = answers.file_of(house.name).read_text(encoding="utf-8")
    assert written == answers.write(house.name, contract.document), "make answers"


def test_no_house_without_an_api_has_types(contracts: Contracts):
    files = {answers.file_of(name) for name in contracts.houses}
    there = set(answers.WRITTEN.glob("*.py")) - {answers.WRITTEN / "__init__.py"}
    assert there == files


def test_a_renamed_field_changes_the_types(contracts: Contracts):
    document = contracts.houses["identity"].document
    before = answers.write("identity", document)
    session = document["components"]["schemas"]["SessionOut"]
    renamed = {**session["properties"], "ends_at": session["properties"]["expires_at"]}
    del renamed["expires_at"]
    schemas = {**document["components"]["schemas"]}
    schemas["SessionOut"] = {**session, "properties": renamed}
    after = answers.write("identity", {**document, "components": {"schemas": schemas}})
    assert "    expires_at: str\n" in before
    assert "    ends_at: str\n" in after
    assert "    expires_at: str\n" not in after


def answer_of(contract: Contract, method: str, template: str) -> str:
    """Return how the answer to a call is typed: by its schema, as nothing, or as a file."""
    schema = contract.schema_of(method, template)
    if schema is not None:
        return str(schema["$ref"].rpartition("/")[2])
    responses = contract.document["paths"][template][method.lower()]["responses"]
    return "None" if "204" in responses else "bytes"


def test_every_call_of_the_gateway_has_the_answer_that_its_owner_declares(contracts, root):
    path = root / "services/gateway/gateway/clients/calls.py"
    declared = {name: said for name, *said in gateways_calls(path)}
    assert len(declared) > 50
    told = {
        name: [answer_with_house(contracts, service, method, template), service, method, template]
        for name, (_, service, method, template) in declared.items()
    }
    assert declared == told


def answer_with_house(contracts: Contracts, service: str, method: str, template: str) -> str:
    answer = answer_of(contracts.houses[service], method, template)
    is_ours = answer in ("None", "bytes")
    return answer if is_ours else f"{HOUSES[service].package}.{answer}"


def gateways_calls(path: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the name, answer, service, method and template of `NAME = Call[Answer](…)`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        made = node.value.func
        if isinstance(made, ast.Subscript) and ast.unparse(made.value) == "Call":
            service, method, template = (ast.literal_eval(each) for each in node.value.args)
            yield ast.unparse(node.targets[0]), ast.unparse(made.slice), service, method, template


def test_every_other_client_reads_an_answer_by_the_type_that_its_owner_declares(contracts, root):
    wrong = []
    found = 0
    for folder in ("services", "libs", "deploy/suite/suite"):
        for path in (root / folder).rglob("*.py"):
            if "tests" in path.parts:
                continue
            for service, method, template, told in answers_read_in(path):
                found += 1
                wanted = answer_of(contracts.houses[service], method, template)
                if told != wanted:
                    place = path.relative_to(root)
                    wrong.append(f"{place}: {method} {template} is {wanted}, read as {told}")
    assert found > 15
    assert wrong == []


def answers_read_in(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (service, method, template, type) of each answer of another house that a file reads.

    An answer is read by `answer: Type = house.call(…)`; one whose type is not told has "no type".
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
            told[node.value] = ast.unparse(node.annotation)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            # Nobody reads it.
            told[node.value] = ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and told.get(node) != "":
            yield from ((*said, told.get(node, "no type")) for said in said_by(node))


def said_by(call: ast.Call) -> Iterator[tuple[str, str, str]]:
    """Yield (service, method, template) of a call to another house, nothing of any other call."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "call"):
        return
    words = [each.value for each in call.args if isinstance(each, ast.Constant)]
    receiver = call.func.value
    name = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
    service = name.strip("_").replace("_", "-")
    if len(words) == 2 and service in HOUSES:
        yield service, words[0], words[1]
