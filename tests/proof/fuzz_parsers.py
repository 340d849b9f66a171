"""Atheris on every parser: bytes that lead into parts of the code that none before led into.

    python tests/proof/fuzz_parsers.py --minutes 10
    python tests/proof/fuzz_parsers.py --minutes 2 --groups csv --seed 3

`--minutes` is the time of each group of tests/fuzzing/targets.py; its targets share it. What was
found to lead further is kept in build/proof/corpus, where the next run begins. An input that
breaks a target is kept beside it, and `--input FILE --target NAME` runs it again. It ends with 1
after a finding, and at once with a word where atheris has no wheels. Results: docs/proofs/fuzz.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

LONGEST = {"frames": 4096, "messages": 2048, "traces": 32768}  # bytes; files: LONGEST_FILE
SLOWEST_S = 20  # of one input
MOST_MB = 2048


def run_target(name: str, arguments: list[str]) -> None:
    """In a process of its own: fuzz one target until the time is over, or run given inputs."""
    import atheris

    warnings.simplefilter("ignore")  # atheris meets code that it cannot instrument
    with atheris.instrument_imports(include=["evenstance", "evenstance_wire"]):
        from fuzzing.targets import GROUPS
    target = {one.__name__: one for group in GROUPS.values() for one in group}[name]
    warnings.simplefilter("error")  # a warning of numpy would reach a person
    atheris.Setup([sys.argv[0], *arguments], target)
    atheris.Fuzz()


def fuzz(name: str, group: str, seconds: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Start that process; what it did in a line, and the inputs that broke the target."""
    from fuzzing.seeds import seeds
    from fuzzing.targets import LONGEST_FILE

    corpus = folder / name
    findings = folder / f"findings-{name}"
    for place in (corpus, findings):
        place.mkdir(parents=True, exist_ok=True)
    for data in seeds()[name]:
        (corpus / f"seed-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
    before = set(findings.iterdir())
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST.get(group, LONGEST_FILE),
        "timeout": SLOWEST_S,
        "rss_limit_mb": MOST_MB,
        "seed": seed,
        "artifact_prefix": f"{findings}/",
        "print_final_stats": 1,
        "verbosity": 0,
    }
    words = [f"-{option}={value}" for option, value in options.items()]
    done = subprocess.run(
        [sys.executable, __file__, "--target", name, "--", *words, str(corpus)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    found = [str(path) for path in sorted(set(findings.iterdir()) - before)]
    if done.returncode and not found:
        found.append(f"ended with {done.returncode}")
    if found:
        print(done.stderr[-6000:], file=sys.stderr)
    line = (
        f"{name}: {stats.get('number_of_executed_units', '?')} inputs, "
        f"slowest {stats.get('slowest_unit_time_sec', '?')} s, "
        f"peak {stats.get('peak_rss_mb', '?')} MB, corpus {len(list(corpus.iterdir()))}"
    )
    return line, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--groups", default="")
    parser.add_argument("--target")
    parser.add_argument("--input", type=Path)
    parser.add_argument("--progress", type=Path, default=ROOT / "build" / "proof" / "corpus")
    # Other scripts of this folder have options of their own.
    args, rest = parser.parse_known_args()
    if importlib.util.find_spec("atheris") is None:
        print("Left out: atheris has no wheel for this computer (requirements/proof.txt).")
        return
    if args.target:
        words = [word for word in rest if word != "--"]
        run_target(args.target, [str(args.input)] if args.input else words)
        return
    from fuzzing.targets import GROUPS

    failed = False
    for group in args.groups.split(",") if args.groups else GROUPS:
        seconds = max(1, round(args.minutes * 60 / len(GROUPS[group])))
        for target in GROUPS[group]:
            began = time.monotonic()
            line, found = fuzz(target.__name__, group, seconds, args.seed, args.progress)
            took_s = time.monotonic() - began
            print(f"{group}/{line}, {took_s:.0f} s, findings: {len(found)}", flush=True)
            for path in found:
                print(f"  {path}", flush=True)
            failed = failed or bool(found)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
