"""`renraku certificate verify`, also after the key that signed was replaced (RET-1, RET-6)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from common.db import Database
from common.keys import Keys
from retention.domain.certificate import KIND, sign
from suite.cli_contract import certificate
from suite.cli_keys import keys


@pytest.fixture
def file(tmp_path: Path, keys_dir: Path) -> Path:
    """Give a certificate as the operator saves it from the school's page."""
    document = {"kind": KIND, "school": {"name": "みなも市立つばめ野小学校"}}
    signed = sign(document, Keys(keys_dir, "retention").sign)
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(signed), encoding="utf-8")
    return path


def verify(file: Path) -> Result:
    return CliRunner().invoke(certificate, ["verify", str(file)])


def rotate(*arguments: str) -> None:
    done = CliRunner().invoke(keys, ["rotate", "tokens", "retention", *arguments])
    assert done.output == "replaced: the pair of retention\n", done.exception


def test_a_certificate_is_genuine_until_it_is_changed_however_often_keys_are_replaced(
    file: Path, identity: Database
) -> None:
    for _ in range(3):
        assert verify(file).output == "genuine: signed by this installation, unchanged since\n"
        rotate()
    file.write_text(file.read_text(encoding="utf-8").replace("school", "Schule"), encoding="utf-8")
    changed = verify(file)
    assert changed.exit_code == 1
    assert changed.output.startswith("NOT genuine: the certificate was changed")


def test_what_a_stolen_key_signed_is_not_genuine_whoever_signed_it(
    file: Path, identity: Database, keys_dir: Path
) -> None:
    rotate("--stolen")
    refused = verify(file)
    assert refused.exit_code == 1
    assert "its key was stolen since" in refused.output
    file.write_text(
        json.dumps(sign({"kind": KIND}, Keys(keys_dir, "retention").sign)), encoding="utf-8"
    )
    assert verify(file).exit_code == 0
