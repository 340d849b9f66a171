"""The wheel alone can flash a board: it carries the firmware and the shared code."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from evenstance.firmware_files import SPARE_DRIVERS

ROOT = Path(__file__).resolve().parents[2]

LIST_FILES = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from evenstance.firmware_files import firmware_files
found = firmware_files()
assert all(str(p).startswith(sys.argv[1]) for p in found.values()), found
print(json.dumps({k: hashlib.sha256(p.read_bytes()).hexdigest() for k, p in found.items()}))
"""


def test_the_wheel_carries_every_file_of_the_board(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path), "."],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(unpacked)
    listed = subprocess.run(
        [sys.executable, "-c", LIST_FILES, str(unpacked)],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    expected = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (ROOT / "firmware", ROOT / "shared")
        for path in folder.rglob("*.py")
        if path.stem not in SPARE_DRIVERS
    }
    assert json.loads(listed.stdout) == expected
    assert "main.py" in expected
    data = {name for name in zipfile.ZipFile(wheel).namelist() if "/data/" in name}
    in_tree = {
        str(path.relative_to(ROOT / "host"))
        for path in (ROOT / "host" / "evenstance").glob("*/data/**/*")
        if path.is_file()
    }
    assert data == in_tree
    assert {name.split("/")[1] for name in data} >= {"knowledge", "metrics"}
