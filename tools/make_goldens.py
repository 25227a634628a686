#!/usr/bin/env python3
"""Writes the small golden files that the C++ tests compare against.

  python3 -m venv /tmp/venv && /tmp/venv/bin/pip install gguf==0.19.0 numpy
  /tmp/venv/bin/python tools/make_goldens.py dequantize

Everything is seeded: the same packages write the same bytes. Subcommands:
  dequantize   tests/golden/dequantize/<TYPE>.bin, what gguf.quants.dequantize makes of random blocks
"""

import argparse
import pathlib
import struct

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Byte offsets of the F16 scales in a block, per type. All other bytes are free.
SCALE_OFFSETS = {
    "F16": [0],
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q8_0": [0],
    "Q2_K": [80, 82],
    "Q3_K": [108],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
    "IQ4_NL": [0],
    "IQ4_XS": [0],
}
TYPES = ["F32", "BF16", *SCALE_OFFSETS]

# Scales that rounding and signs trip over: zeros, the smallest and largest subnormal, the smallest
# normal, one and its neighbours, the largest finite value; each with both signs. No infinity and no
# NaN: a model that has them is broken, and which NaN comes out is the processor's choice.
ODD_F16 = [0x0000, 0x0001, 0x03FF, 0x0400, 0x3BFF, 0x3C00, 0x3C01, 0x7BFF]
ODD_F16 = ODD_F16 + [bits | 0x8000 for bits in ODD_F16]


def finite_f16(rng, count):
    """Half of them of a real model's size, the rest any finite pattern."""
    import numpy as np

    sane = rng.normal(0, 0.02, count).astype(np.float16).view(np.uint16)
    any_bits = rng.integers(0, 0x7C00, count).astype(np.uint16)
    any_bits |= (rng.integers(0, 2, count) << 15).astype(np.uint16)
    return np.where(rng.integers(0, 2, count) == 0, sane, any_bits)


def make_blocks(name, elements, size, count, rng):
    import numpy as np

    if name == "F32":
        bits = rng.integers(0, 2**32, count, dtype=np.uint32)
        bits = bits[(bits & 0x7F800000) != 0x7F800000]
        return bits.view(np.uint8).reshape(-1, 4)
    if name == "BF16":
        bits = rng.integers(0, 2**16, count).astype(np.uint16)
        bits = bits[(bits & 0x7F80) != 0x7F80]
        return bits.view(np.uint8).reshape(-1, 2)
    blocks = rng.integers(0, 256, (count, size)).astype(np.uint8)
    # Blocks of one repeated byte reach the ends of every bit field.
    for i, byte in enumerate([0x00, 0xFF, 0x0F, 0xF0, 0x55, 0xAA, 0x80, 0x7F]):
        if elements > 1:
            blocks[i] = byte
    for offset in SCALE_OFFSETS[name]:
        scales = finite_f16(rng, count)
        first = min(8, count // 2) if elements > 1 else 0
        odd = rng.permutation(ODD_F16)
        scales[first : first + len(odd)] = odd[: count - first]
        blocks[:, offset : offset + 2] = scales.astype("<u2").view(np.uint8).reshape(-1, 2)
    return blocks


def dequantize(_arguments):
    """File: 'YXDQ', type id, block count, block bytes, element count (uint32), blocks, float32s."""
    import gguf
    import numpy as np

    folder = ROOT / "tests/golden/dequantize"
    folder.mkdir(parents=True, exist_ok=True)
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        rng = np.random.default_rng(int(kind) + 1)
        count = {1: 2000, 32: 160, 256: 32}[elements]
        blocks = make_blocks(name, elements, size, count, rng)
        # One row of all the blocks: neighbouring blocks must not leak into each other.
        with np.errstate(all="raise", under="ignore"):
            expected = gguf.quants.dequantize(blocks.reshape(1, -1), kind).astype("<f4").ravel()
        assert expected.size == blocks.shape[0] * elements and np.isfinite(expected).all(), name
        head = b"YXDQ" + struct.pack("<4I", int(kind), blocks.shape[0], size, expected.size)
        path = folder / f"{name}.bin"
        path.write_bytes(head + blocks.tobytes() + expected.tobytes())
        print(path.relative_to(ROOT), path.stat().st_size)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("dequantize").set_defaults(run=dequantize)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
