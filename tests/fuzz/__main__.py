"""Command line: ``python -m tests.fuzz READER --seconds 60``; without READER all of them."""

import argparse
import faulthandler
import sys
import time
from pathlib import Path

import numpy as np

from .mutations import mutated
from .targets import Fault, Target, files

SLOW = 60  # seconds after which an input counts as one that hangs


def main():
    """Run targets; returns how many have a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("reader", nargs="*", help="name, as results/bad_input.json has it")
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=0, help="of the random changes")
    parser.add_argument("--keep", default="build/fuzz", help="folder for inputs with a fault")
    options = parser.parse_args()
    known = files()
    unknown = [name for name in options.reader if name not in known]
    if unknown:
        parser.error(f"{unknown[0]}: expected one of {', '.join(known)}")
    return sum(_run(name, *known[name], options) for name in options.reader or known)


def _run(name, reader, file, options):
    target, rng = Target(reader, file), np.random.default_rng(options.seed)
    kept = Path(options.keep, f"{name.replace(' ', '_')}-{options.seed}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    faults, inputs, slowest, end = {}, 0, 0.0, time.monotonic() + options.seconds
    while time.monotonic() < end:
        data = mutated(target.seed, rng)
        kept.write_bytes(data)  # what is left there if the interpreter ends or hangs
        faulthandler.dump_traceback_later(SLOW, exit=True)
        begun = time.process_time()
        try:
            target(data)
        except Fault as fault:
            text = f"{type(fault.__cause__).__name__}"
            if text not in faults:
                faults[text] = str(fault)
                kept.with_name(f"{kept.name}-{text}").write_bytes(data)
        slowest = max(slowest, time.process_time() - begun)
        inputs += 1
    faulthandler.cancel_dump_traceback_later()
    kept.unlink()
    target.close()
    print(f"{name}: {inputs} inputs, {len(faults)} faults, slowest {slowest:.2f} s", flush=True)
    for fault in faults.values():
        print(f"    {fault[:300]}")
    return bool(faults)


sys.exit(bool(main()))
