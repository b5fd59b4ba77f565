"""Write libs/common/common/answers: the types of what each house answers, from its own OpenAPI.

Of a house's OpenAPI document the schemas of its successful answers are kept, and
datamodel-code-generator makes a TypedDict of each. So a field that its owner renames is an error
of types at every house that reads it. Run by `make answers`; a test writes them again and compares.
"""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datamodel_code_generator import generate
from datamodel_code_generator.config import GenerateConfig
from datamodel_code_generator.enums import DataModelType, InputFileType
from datamodel_code_generator.format import Formatter, PythonVersion
from datamodel_code_generator.parser import LiteralType
from flask import Flask

from common.db import Database
from common.testing.contracts import require_what_is_declared
from common.testing.tokens import make_keys
from suite.houses import STORED, Doors

WRITTEN = Path(__file__).parents[2] / "libs/common/common/answers"
HEADING = '''"""What {house} answers. Written by `make answers` from its OpenAPI document."""'''
CONFIG = GenerateConfig(
    input_file_type=InputFileType.OpenAPI,
    output_model_type=DataModelType.TypingTypedDict,
    target_python_version=PythonVersion.PY_311,
    enum_field_as_literal=LiteralType.All,
    # mypy does not know closed ones yet; and who asks need not know a field that was added.
    use_closed_typed_dict=False,
    use_typed_nullable_map_values=True,
    formatters=[Formatter.RUFF_FORMAT],
)


def file_of(house: str) -> Path:
    """Return the file that holds the types of a house's answers."""
    return WRITTEN / f"{house.replace('-', '_')}.py"


def write(house: str, document: Mapping[str, Any]) -> str:
    """Return the module with the types of what a house answers by its OpenAPI document."""
    told = {**document, "paths": {}, "components": {"schemas": answered(document)}}
    heading = HEADING.format(house=house)
    config = CONFIG.model_copy(update={"custom_file_header": heading})
    return f"{generate(json.dumps(told), config=config)}\n"


def answered(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of successful answers by name, each of their fields required."""
    schemas = document["components"]["schemas"]
    found: dict[str, Any] = {}
    wanted = list(_references(list(_successes(document))))
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found[name] = copy.deepcopy(schemas[name])
        require_what_is_declared(found[name])
        wanted.extend(_references(found[name]))
    return {name: found[name] for name in schemas if name in found}


def _successes(document: Mapping[str, Any]) -> Iterator[Any]:
    for path in document["paths"].values():
        # Beside its operations stand the parameters that they share.
        operations = [each for each in path.values() if isinstance(each, dict)]
        for operation in operations:
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    yield response


def _references(part: Any) -> Iterator[str]:
    """Yield the names of the schemas that a part of a document refers to."""
    if isinstance(part, list):
        for each in part:
            yield from _references(each)
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value.rpartition("/")[2]
            else:
                yield from _references(value)


def variables(folder: Path) -> dict[str, str]:
    """Return an environment in which every house opens its door to be asked for its document."""
    given = {
        "DATABASE_URL": f"sqlite:///{folder}/none.db",
        "BUS_URL": "memory://",
        "BASE_URL": "http://localhost",
        "KEYS_DIR": str(make_keys(folder / "keys")),
        "KEYRING_DIR": str(folder / "keyring"),
        "FCM_SERVICE_ACCOUNT_FILE": str(folder / "none.json"),
    }
    return {f"RENRAKU_{name}": value for name, value in given.items()}


def open_app(house: Doors) -> tuple[Flask, Database]:
    """Return a house's API, and the database to dispose of, where `variables` are set."""
    settings = house.settings()
    database = Database.connect(settings.own_database_url)
    return house.create_app(settings, database=database), database


def document_of(house: Doors) -> dict[str, Any]:
    """Return a house's OpenAPI document."""
    app, database = open_app(house)
    try:
        document: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    finally:
        database.dispose()
    return document


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(variables(Path(folder)))
        for house in STORED:
            text = write(house.name, document_of(house))
            file_of(house.name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
