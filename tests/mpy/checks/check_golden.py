"""The golden vectors of the wire, encoded by this interpreter."""

import os

import golden_wire


def vectors():
    for folder in os.getenv("MICROPYPATH").split(":"):
        if folder.endswith("/golden"):
            return golden_wire.load(folder + "/wire.json")
    raise OSError("no folder of golden vectors")


def check_vectors():
    found = golden_wire.mismatches(vectors())
    assert not found, found[:3]


def check_a_changed_vector_is_noticed():
    cases = vectors()
    cases["streams"][3]["samples"][5][2] += 1
    assert [row[:2] for row in golden_wire.mismatches(cases)] == [("streams", 3)]


def check_tables_are_read_back():
    for case in vectors()["tables"]:
        table = golden_wire.table_named(case["table"])
        body = golden_wire.binascii.unhexlify(case["gives"])
        assert table.unpack(body) == golden_wire.values(case, table), case["table"]
