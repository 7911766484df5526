"""Reads files that the page saved, and holds them against the raw frames, read by the rules of saved.py.

kept.py ORIGINALS SAVED NAME…: ORIGINALS/NAME.raw is the frame of 37x23; SAVED has NAME.png, .png16, .npy, .npz, .raw, .json
and .zip, as far as there are, and NAME.rgba, which is what the canvas showed.
"""
import io, json, pathlib, struct, sys, zipfile, zlib

import numpy as np
from PIL import Image

from saved import EACH, H, ONE, W, same


def deep(data):
    """The pixels of a PNG of 16 bits, which Pillow would halve; rows have no filter."""
    at, packed, head = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(kind + body), kind
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height, bits, color = head[:4]
    assert (width, height, bits) == (W, H, 16), head
    channels = {0: 1, 2: 3, 6: 4}[color]
    rows = np.frombuffer(zlib.decompress(packed), "u1").reshape(height, 1 + width * channels * 2)
    assert not rows[:, 0].any()
    pixels = np.ascontiguousarray(rows[:, 1:]).view(">u2").reshape(height, width, channels)
    return pixels[..., 0] if channels == 1 else pixels


def check(originals, saved, name):
    raw = (originals / f"{name}.raw").read_bytes()
    kept = {kind: (saved / f"{name}.{kind}").read_bytes() for kind in KINDS if (saved / f"{name}.{kind}").exists()}
    assert kept["raw"] == raw, f"{name}: other bytes"
    told = json.loads(kept["json"])
    assert (told["stream"], told["length"]) == (name, len(raw)), told
    assert ("npy" in kept) == (name in ONE), f"{name}: one array"
    if name in ONE:
        same(name, ONE[name](raw), np.load(io.BytesIO(kept["npy"])))
    arrays = np.load(io.BytesIO(kept["npz"]))
    if name in EACH:
        expected = EACH[name](raw)
        assert list(arrays) == list(expected), f"{name}: {list(arrays)}"
        for part, array in expected.items():
            same(f"{name} {part}", array, arrays[part])
    elif all(part.startswith("plane") for part in arrays) and name not in ONE:
        assert b"".join(arrays[part].tobytes() for part in arrays) == raw, f"{name}: other planes"
    both = zipfile.ZipFile(io.BytesIO(kept["zip"]))
    assert both.testzip() is None and len(both.namelist()) == 2, both.namelist()
    assert both.read(told["files"]["raw"]) == raw, f"{name}: other bytes in the archive"
    drawn = np.frombuffer((saved / f"{name}.rgba").read_bytes(), "u1").reshape(H, W, 4)
    picture = Image.open(io.BytesIO(kept["png"]))
    picture.load()
    assert (np.asarray(picture.convert("RGBA")) == drawn).all(), f"{name}: the picture is another"
    assert picture.text["Comment"].startswith("as drawn"), picture.text
    assert ("png16" in kept) == (name in DEEP), f"{name}: a deep picture"
    if name in DEEP:
        pixels, expected = deep(kept["png16"]), DEEP[name](raw)
        assert pixels.shape == expected.shape and (pixels == expected).all(), f"{name}: the deep picture is another"
        assert Image.open(io.BytesIO(kept["png16"])).size == (W, H)


KINDS = ["png", "png16", "npy", "npz", "raw", "json", "zip"]

# What a picture of native codes must be: gray, R G B, or R G B A.
DEEP = {
    "GRAY16_LE": ONE["GRAY16_LE"],
    "GRAY16_BE": ONE["GRAY16_BE"],
    "GBR_10LE": lambda raw: ONE["GBR_10LE"](raw)[..., [2, 0, 1]],
    "ARGB64_BE": lambda raw: ONE["ARGB64_BE"](raw)[..., [1, 2, 3, 0]],
}

if __name__ == "__main__":
    originals, saved = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for name in sys.argv[3:]:
        check(originals, saved, name)
        print(name)
