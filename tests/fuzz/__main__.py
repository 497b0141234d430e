"""Fuzzes every target for some seconds: `python -m tests.fuzz --seconds 60 [--target NAME] [--seed N]`.

Inputs are mutations of the files in `tests/fuzz/corpus/TARGET`. One that raises anything but our own errors is saved
there as `found-DIGEST`, from then on `tests/fuzz/test_corpus.py` runs it; the exit code is 1.
"""

import argparse
import hashlib
import random
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.fuzz.targets import TARGETS

CORPUS: Final = Path(__file__).parent / "corpus"
_WORDS: Final = (
    b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"{", b"}", b"[", b"]", b'"', b":", b"- ", b"<!-- ", b"-->", b"```", b"|", b"null",
    b"1e999", b"-1", b"99999999999999999999", b"\xe2\x80\xae", b"\xed\xa0\x80", b"ustar\0", b"&a ", b"*a", b"!!", b"<<", b"${",
    b"MUST", b"(SVC-1)", b"<!-- codex:begin", b"<!-- codex:end -->", b"[x](y)", b"\\", b"%", b"&#x0;", b"\t",
)  # fmt: skip


def seeds(target: str) -> list[bytes]:
    """The saved inputs of a target."""
    return [path.read_bytes() for path in sorted((CORPUS / target).glob("*"))] or [b""]


def mutated(rng: random.Random, inputs: Sequence[bytes]) -> bytes:
    """Change an input in a few places."""
    data = bytearray(rng.choice(inputs))
    for _ in range(rng.randint(1, 6)):
        at, until = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
        match rng.randrange(6):
            case 0:
                data[at:at] = rng.choice(_WORDS) * rng.choice((1, 1, 1, 2, 50))
            case 1:
                del data[at : min(until, at + 40)]
            case 2:
                data[at:at] = data[at : min(until, at + 200)]
            case 3 if data:
                data[at % len(data)] = rng.randrange(256)
            case 4:
                other = rng.choice(inputs)
                data[at:until] = other[: rng.randint(0, len(other))]
            case _:
                data[at:until] = rng.choice(_WORDS)
    return bytes(data[:20_000])


def fuzz(target: str, seconds: float, seed: int) -> bytes | None:
    """Run one target until it fails or the time is over; returns the input that fails."""
    rng, inputs, ends, runs = random.Random(seed), seeds(target), time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        data = mutated(rng, inputs)
        runs += 1
        try:
            TARGETS[target](data)
        except Exception:
            traceback.print_exc()
            return data
    print(f"{target}: {runs:,} inputs", flush=True)
    return None


def main() -> int:
    """Fuzz all targets, or the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="seconds of all targets together")
    parser.add_argument("--target", choices=sorted(TARGETS))
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    options = parser.parse_args()
    chosen = [options.target] if options.target else list(TARGETS)
    print(f"seed {options.seed}", flush=True)
    failed = 0
    for target in chosen:
        data = fuzz(target, options.seconds / len(chosen), options.seed)
        if data is not None:
            path = CORPUS / target / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            print(f"{target}: failed, saved as {path}", flush=True)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
