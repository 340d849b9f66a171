"""For tests/proof/power_cuts.py: traces the life of a journal, or boots on what a cut left.

trace SEED HOLDS ALONE BLOCKS OTHER_BLOCKS LARGEST: writes a line of JSON, the first image, and
each operation as block, offset (-1: erase), size (little endian) and bytes.
boot SEED LARGEST: reads a line of JSON and an image, checks it, writes a line of JSON.
"""

import io
import json
import struct
import sys

import cuts


def trace(seed, holds, alone, blocks, other_blocks, largest):
    life = cuts.Life(seed, holds, alone, blocks, other_blocks, largest)
    out = sys.stdout.buffer
    head = {
        "operations": len(life.operations),
        "erases": cuts.erases(life.operations),
        "steps": life.steps,
        "stored": life.stored,
    }
    out.write(json.dumps(head).encode() + b"\n")
    out.write(life.start)
    for block, offset, data in life.operations:
        out.write(struct.pack("<Hii", block, offset, 0 if data is None else len(data)))
        if data is not None:
            out.write(data)


def boot(seed, largest):
    request = json.loads(sys.stdin.buffer.readline())
    image = sys.stdin.buffer.read(request["bytes"])
    trials = cuts.Trials(seed, largest)
    said = ""
    try:
        cuts.check(image, request["before"], request["after"], request["stored"], trials)
    except Exception as error:
        text = io.StringIO()
        sys.print_exception(error, text)
        said = text.getvalue()
    print(json.dumps({"said": said}))


numbers = [int(word) for word in sys.argv[2:]]
if sys.argv[1] == "trace":
    trace(*numbers)
else:
    boot(*numbers)
