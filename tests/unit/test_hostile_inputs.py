"""What somebody hostile may give: names, files, boards, links. Refused or made harmless."""

from __future__ import annotations

import ast
import csv
import io
import os
import tracemalloc
from functools import cache
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import FIRST, add_session
from test_clean_text import HOSTILE, acts

from evenstance import cli
from evenstance.bounded_read import TooLargeError, read_bytes
from evenstance.device.client import BoardClient
from evenstance.errors import InputError, ProtocolMismatchError
from evenstance.flows.reliability import csv_text
from evenstance.formats import rows
from evenstance.store.database import open_store
from evenstance_wire import frames, messages

HOST = Path(cli.__file__).parent
FORMULAS = ("=cmd()", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1", "=HYPERLINK(1)")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    empty_history(tmp_path / "home" / "history.sqlite3")
    return tmp_path


# -- files that are no files, or too many bytes


@pytest.mark.parametrize("make", ["pipe", "device", "folder", "missing"])
def test_only_plain_files_are_read_and_nothing_is_waited_for(tmp_path: Path, make: str) -> None:
    path = tmp_path / "given"
    if make == "pipe":
        os.mkfifo(path)  # nobody will ever write to it
    elif make == "folder":
        path.mkdir()
    path = Path("/dev/zero") if make == "device" else path
    with pytest.raises(OSError):
        read_bytes(path, 1000)


READERS = {
    "import": ("import", "GIVEN"),
    "import by columns": ("import", "GIVEN", "--columns", "time=1,left=2,right=3"),
    "screen": ("screen", "--file", "GIVEN"),
    "quick check": ("screen", "--quick", "--file", "GIVEN"),
    "study": ("reliability", "analyse", "GIVEN"),
    "key": ("export", "holds", "--to", "x.csv", "--all", "--anonymous", "--key", "GIVEN"),
}


@pytest.mark.parametrize("given", ["pipe", "/dev/zero"])
@pytest.mark.parametrize("arguments", READERS.values(), ids=READERS)
def test_no_command_hangs_or_swallows_the_endless(
    home: Path, arguments: tuple[str, ...], given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if given == "pipe":
        os.mkfifo(home / "pipe")
    tracemalloc.start()
    try:
        code = cli.run([given if one == "GIVEN" else one for one in arguments])
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()
    said = capsys.readouterr().err
    assert code in (2, 3), said
    assert "unexpected" not in said and "Traceback" not in said


def test_a_sparse_file_of_four_gigabytes_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(4 << 30)
    with pytest.raises(TooLargeError):
        read_bytes(path, 10_000_000)
    assert cli.run(["screen", "--file", str(path)]) == 3
    assert "has more than" in capsys.readouterr().err


def test_a_recording_has_a_limit_of_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAX_CELLS", 30)
    path = tmp_path / "r.csv"
    path.write_text("t_s,left_n,right_n\n" + "0,1,2\n" * 9)
    assert len(rows.Rows(path, "").rows) == 10
    path.write_text(path.read_text() + ",,,")
    with pytest.raises(InputError, match="more than 30 values"):
        rows.Rows(path, "")


@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 5000,
        b"t_s,left_n\x00,right_n\n",
        b'"' + b"x" * 200_000,
        b"\xff\xfe,\x00",
        b"PK\x03\x04",
    ],
    ids=["NUL", "NUL in header", "endless cell", "UTF-16", "zip"],
)
def test_a_recording_that_is_none(
    home: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "r.csv").write_bytes(content)
    for more in ([], ["--columns", "time=1,left=2,right=3"]):
        assert cli.run(["import", "r.csv", *more]) in (2, 3)
        told = capsys.readouterr()
        assert acts(told.err) == [] and "unexpected" not in told.err


# -- what is printed


def test_a_header_and_a_name_of_a_file_act_on_no_terminal(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "r.csv").write_text(f"{HOSTILE},a\n1,2\n3,4\n", encoding="utf-8")
    assert cli.run(["import", "r.csv", "--columns", "time=x,left=y"]) in (2, 3)
    (home / "s.csv").write_text(
        f"person,session,leg,hold,value\n{HOSTILE},1,left,1,x\n", encoding="utf-8"
    )
    assert cli.run(["reliability", "analyse", "s.csv"]) == 3
    told = capsys.readouterr()
    assert acts(told.out + told.err) == []
    assert "[2J" in told.err  # it is told all the same


def test_what_a_usb_device_calls_itself_acts_on_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from serial.tools import list_ports
    from serial.tools.list_ports_common import ListPortInfo

    device = ListPortInfo("/dev/ttyACM7", skip_link_detection=True)
    device.description, device.product = HOSTILE, HOSTILE
    device.vid, device.pid, device.serial_number = 0x2E8A, 5, HOSTILE
    monkeypatch.setattr(list_ports, "comports", lambda *_, **__: [device])
    assert cli.run(["devices"]) == 0
    told = capsys.readouterr().out
    assert "[2J" in told and acts(told) == []


# -- spreadsheets


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_study_is_a_formula(text: str) -> None:
    written = csv_text(["person", "value"], [(text, "-1.5"), (text, -2)])
    cells = list(csv.reader(io.StringIO(written)))
    assert cells[1:] == [[f"'{text}", "-1.5"], [f"'{text}", "-2"]]


# -- names


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "/etc/passwd", "a\x00b", "con", "x/y"])
def test_no_name_becomes_a_path(home: Path, name: str) -> None:
    with open_store() as store:
        add_session(store, store.athlete(name).id, FIRST)
    before = {path for path in home.rglob("*")}
    assert cli.run(["report"]) == 0
    assert cli.run(["export", "dataset", "--to", "out"]) == 0
    new = {path.relative_to(home).parts[0] for path in set(home.rglob("*")) - before}
    assert len(new) == 2 and "out" in new
    assert all(one == "out" or one.startswith("report-") for one in new)


def test_a_name_has_an_end(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["athlete", "add", "x" * 201]) == 3
    assert cli.run(["athlete", "add", "x" * 200]) == 0
    assert "too long" in capsys.readouterr().err


def test_sql_in_a_name_is_a_name(home: Path) -> None:
    name = "Robert'); DROP TABLE athlete;--"
    assert cli.run(["athlete", "add", name]) == 0
    assert cli.run(["athlete", "rename", name, f"{name} 2"]) == 0
    with open_store() as store:
        assert [one.name for one in store.athletes()] == [f"{name} 2"]


# -- a hostile board


class Liar:
    """A board on whose port every trace is four gigabytes long."""

    name = "liar"

    def __init__(self) -> None:
        self.sent = 0
        self._answer = b""

    def write(self, data: bytes) -> None:
        _, tag, body = frames.Parser().feed(data)[0]
        seq = messages.GET_TRACE.unpack(body)["seq"]
        reply = {"seq": seq, "offset": 0, "total": 0xFFFFFFFF, "data": bytes(1000)}
        kind = messages.GET_TRACE_REPLY.kind
        self._answer = frames.encode(kind, tag, messages.GET_TRACE_REPLY.pack(reply))

    def read(self) -> bytes:
        self.sent += 1
        return self._answer

    def close(self) -> None:
        pass


def test_a_trace_of_four_gigabytes_is_refused_at_once() -> None:
    liar = Liar()
    with pytest.raises(ProtocolMismatchError, match="4294967295 bytes"):
        BoardClient(liar).trace(1)  # type: ignore[arg-type]
    assert liar.sent == 1


# -- what the product never does


@cache
def calls_and_imports() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(file, module) of every import and (file, name) of every call in the package."""
    imports: set[tuple[str, str]] = set()
    calls: set[tuple[str, str]] = set()
    for path in HOST.rglob("*.py"):
        inside = path.relative_to(HOST).as_posix()
        if "board_side" in inside:  # runs in MicroPython, on the simulated board
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imports |= {(inside, alias.name.split(".")[0]) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imports.add((inside, node.module.split(".")[0]))
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                calls.add((inside, called))
                if called == "importlib.import_module" and isinstance(node.args[0], ast.Constant):
                    imports.add((inside, str(node.args[0].value).split(".")[0]))
                calls |= {
                    (inside, "shell=True")
                    for one in node.keywords
                    if one.arg == "shell" and ast.unparse(one.value) != "False"
                }
    return imports, calls


def test_nothing_unpacks_an_archive_or_unpickles() -> None:
    """No zip bomb: histories, recordings and backups are plain files."""
    imports, calls = calls_and_imports()
    unpack = {"zipfile", "gzip", "tarfile", "bz2", "lzma", "zlib", "pickle", "marshal", "shelve"}
    assert {one for one in imports if one[1] in unpack} == set()
    names = {name for _, name in calls}
    assert not names & {"shutil.unpack_archive", "np.load", "numpy.load", "yaml.load"}


def test_nothing_given_is_executed() -> None:
    _, calls = calls_and_imports()
    run = {"eval", "exec", "os.system", "os.popen", "shell=True", "__import__"}
    found = {one for one in calls if one[1] in run}
    assert found == {("device/shortening.py", "eval")}  # of our own firmware's sources


def test_the_one_eval_is_of_sources_that_came_with_the_package() -> None:
    callers = {
        path.relative_to(HOST).as_posix()
        for path in HOST.rglob("*.py")
        if "shortening" in path.read_text("utf-8") and path.name != "shortening.py"
    }
    assert callers <= {"device/compiler.py", "device/folding.py"}
