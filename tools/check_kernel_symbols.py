"""Checks that a file compiled for one instruction set exports its table and nothing else.

An inline function of a shared header, emitted as a weak symbol in an AVX-512 object, may be the copy
that the linker keeps for the whole program; an older CPU then dies of it. So it does of a static
initialiser there, which runs before anybody asks what the CPU has.

Usage: check_kernel_symbols.py NM libyixin_kernels.a
"""

import re
import subprocess
import sys

ISA_OBJECT = re.compile(r"(x86|arm)_\w+\.cc\.o")
TABLE = re.compile(r"_ZN5yixin\d+k\w+(?:Kernels|Probe)E")


def problems(nm_output):
    """Yields a line for each symbol that should not be there; the objects seen are counted."""
    member = None
    exported = {}
    for line in nm_output.splitlines():
        if line.endswith(":"):
            member = line[:-1]
            if ISA_OBJECT.fullmatch(member):
                exported[member] = []
        elif member in exported and line.strip():
            kind, name = line.split()[-2:]
            if name.startswith("_GLOBAL__sub_I_"):
                yield f"{member}: static initialiser {name}"
            if kind in "UwtrdbN":
                continue
            exported[member].append((kind, name))
    if not exported:
        yield "no object of an instruction set found"
    for member, symbols in exported.items():
        for kind, name in symbols:
            if kind in "WVu":
                yield f"{member}: weak symbol {name}"
            elif not TABLE.fullmatch(name):
                yield f"{member}: exports {name}"
        if sum(1 for _, name in symbols if TABLE.fullmatch(name)) != 1:
            yield f"{member}: expected one table, got {symbols}"


def main():
    nm, archive = sys.argv[1:]
    output = subprocess.run([nm, archive], check=True, capture_output=True, text=True).stdout
    found = list(problems(output))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
