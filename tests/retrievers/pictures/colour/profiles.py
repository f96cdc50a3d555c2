"""Small ICC profiles (ICC.1:2001-04), made here so that a test knows what they mean."""

import struct

import numpy as np

D50 = (0.9642, 1.0, 0.8249)
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))


def rgb(columns: tuple[tuple[float, ...], ...], gamma: float = 2.2, *, size: int = 0) -> bytes:
    """A display's profile, padded to `size` bytes."""
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = {name: _xyz(column) for name, column in zip(names, columns, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags, size)


def swapped(*, size: int = 0) -> bytes:
    """sRGB with red and blue exchanged: a red pixel means blue."""
    return rgb(SRGB[::-1], size=size)


def grey(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def cmyk() -> bytes:
    """A press whose first ink is red, and whose others print nothing: C 255 means red."""
    grid = np.zeros((2, 2, 2, 2, 3), np.uint8)
    grid[..., :] = (255, 128, 128)  # paper, as L* a* b*
    grid[1, ..., :] = (136, 208, 195)  # 53, 80, 67
    straight = bytes(range(256))
    identity = np.eye(3, dtype=">i4").ravel() * 65536
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity.astype(">i4").tobytes()
    table += straight * 4 + grid.tobytes() + straight * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table, b"A2B1": table})


def _profile(
    kind: bytes, space: bytes, between: bytes, tags: dict[bytes, bytes], size: int = 0
) -> bytes:
    tags = {b"wtpt": _xyz(D50), **tags, b"cprt": b"text\0\0\0\0none\0" + b"\0" * size}
    at, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, held in tags.items():
        table += name + struct.pack(">II", at + len(body), len(held))
        body += held + b"\0" * (-len(held) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", 128 + len(table + body), b"\0" * 4, 0x02400000, kind, space, between
    )
    head += struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp")
    head = head.ljust(68, b"\0") + _fixed(D50)
    return head.ljust(128, b"\0") + table + body


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _fixed(values: tuple[float, ...]) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
