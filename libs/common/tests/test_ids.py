"""Ids made and read quickly are the UUIDs that the standard library makes and reads."""

from __future__ import annotations

import copy
import pickle
from uuid import RFC_4122, UUID, uuid4

import pytest

from common.ids import new_ids, read_id


def test_an_id_is_read_as_the_standard_library_reads_it():
    for original in [UUID(int=0), UUID(int=2**128 - 1), *(uuid4() for _ in range(100))]:
        for text in (str(original), original.hex, str(original).upper()):
            read = read_id(text)
            assert (read, hash(read)) == (original, hash(original))
            assert (str(read), read.bytes) == (str(original), original.bytes)
    assert pickle.loads(pickle.dumps(read)) == copy.deepcopy(read) == original


@pytest.mark.parametrize(
    "text", ["", "abc", "g" * 32, "-" * 32, "1" * 31, "1" * 33, f"{UUID(int=1)}0", " " + "1" * 32]
)
def test_what_is_no_id_is_refused(text):
    with pytest.raises(ValueError, match=r"not a UUID|invalid literal"):
        read_id(text)


def test_made_ids_are_random_uuids_of_version_4():
    made = new_ids(1000)
    assert len(set(made)) == 1000
    assert {(one.version, one.variant) for one in made} == {(4, RFC_4122)}
    assert new_ids(0) == []
