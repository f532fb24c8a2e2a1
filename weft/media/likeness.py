"""What two pictures have in common, in 64 hexadecimal digits: a difference hash.

A grey copy of 17 by 16 pixels; each bit says whether a pixel is clearly brighter than its left
neighbour (by more than ``MARGIN``, so that noise in plain parts says nothing).
What was scaled, recompressed or slightly recoloured differs in a few of the 256 bits, another picture
in about half of them. 64 bits are usual; 256 tell pictures apart that are alike in their large parts.
"""

import re
from typing import Any

SIDE = 16
BITS = SIDE * SIDE
MARGIN = 2
NEAR = 24
"""At most so many differing bits: the same picture (9 in 100)."""
LEAST_DETAIL = 20
"""A picture with fewer bits of either kind is plain, or one gradient: it is like too many others."""
FORM = re.compile(r"[0-9a-f]{64}")


def likeness(image: Any) -> str:
    """The hash of a Pillow picture; "" for one that has too little in it."""
    grey = image.convert("L").resize((SIDE + 1, SIDE))
    raw = grey.tobytes()
    bits = 0
    for row in range(SIDE):
        at = row * (SIDE + 1)
        for column in range(SIDE):
            bits = bits << 1 | (raw[at + column + 1] > raw[at + column] + MARGIN)
    plain = min(bits.bit_count(), BITS - bits.bit_count()) < LEAST_DETAIL
    return "" if plain else f"{bits:064x}"


def differing(one: int, other: int) -> int:
    """In how many bits two hashes differ."""
    return (one ^ other).bit_count()
