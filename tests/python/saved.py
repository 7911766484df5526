"""Reads files of frames as users do, and holds them against the raw frames, read by rules of its own.

saved.py http://ADDRESS FOLDER NAME…: for each NAME there is a stream, and FOLDER/NAME.raw has its only frame of 37x23.
Where FOLDER/NAME.rgba is there too, the picture must be it. Knows nothing of the layouts that the server tells.
"""
import io, json, pathlib, sys
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import numpy as np
from PIL import Image

W, H = 37, 23


def up(n, to):
    return -(-n // to) * to


def packed(raw, channels, dtype="u1"):
    size = np.dtype(dtype).itemsize
    strides = (up(W * channels * size, 4), channels * size, size)
    return np.ndarray((H, W, channels), dtype, raw, 0, strides)


def planes(raw, count, dtype="u1", mask=0xFF):
    stride = up(W * np.dtype(dtype).itemsize, 4)
    one = lambda at: np.ndarray((H, W), dtype, raw, at * stride * H, (stride, np.dtype(dtype).itemsize))
    return np.dstack([one(at) & mask for at in range(count)])


def gray(raw, dtype="u1"):
    return packed(raw, 1, dtype)[..., 0]


# What frame.npy must be.
ONE = {
    "BGR": lambda raw: packed(raw, 3),
    "RGBA": lambda raw: packed(raw, 4),
    "ARGB": lambda raw: packed(raw, 4),
    "xBGR": lambda raw: packed(raw, 4)[..., 1:],
    "BGRx": lambda raw: packed(raw, 4)[..., :3],
    "GRAY8": gray,
    "GRAY16_LE": lambda raw: gray(raw, "<u2"),
    "GRAY16_BE": lambda raw: gray(raw, ">u2"),
    "GBR": lambda raw: planes(raw, 3),
    "GBR_10LE": lambda raw: planes(raw, 3, "<u2", 0x3FF),
    "Y444": lambda raw: planes(raw, 3),
    "Y444_12BE": lambda raw: planes(raw, 3, ">u2", 0xFFF),
    "AYUV": lambda raw: packed(raw, 4),
    "v308": lambda raw: packed(raw, 3),
    "ARGB64_BE": lambda raw: packed(raw, 4, ">u2"),
    "rggb": lambda raw: np.ndarray((H, W), "u1", raw, 0, (up(W, 4), 1)),
}


def i420(raw):
    luma, chroma = up(W, 4), up(up(W, 2) // 2, 4)
    u = luma * up(H, 2)
    v = u + chroma * up(H, 2) // 2
    half = (up(H, 2) // 2, up(W, 2) // 2)
    return {
        "Y": np.ndarray((H, W), "u1", raw, 0, (luma, 1)),
        "U": np.ndarray(half, "u1", raw, u, (chroma, 1)),
        "V": np.ndarray(half, "u1", raw, v, (chroma, 1)),
    }


def pairs(raw, dtype="u1", shift=0):
    size = np.dtype(dtype).itemsize
    stride = up(W * size, 4)
    half = (up(H, 2) // 2, up(W, 2) // 2)
    chroma = lambda at: np.ndarray(half, dtype, raw, stride * up(H, 2) + at * size, (stride, 2 * size)) >> shift
    return {"Y": np.ndarray((H, W), dtype, raw, 0, (stride, size)) >> shift, "U": chroma(0), "V": chroma(1)}


def yuy2(raw):
    stride = up(W * 2, 4)
    one = lambda at, columns, step: np.ndarray((H, columns), "u1", raw, at, (stride, step))
    return {"Y": one(0, W, 2), "U": one(1, up(W, 2) // 2, 4), "V": one(3, up(W, 2) // 2, 4)}


# What frame.npz must be where there is no frame.npy.
EACH = {
    "I420": i420,
    "NV12": pairs,
    "P010_10LE": lambda raw: pairs(raw, "<u2", 6),
    "YUY2": yuy2,
    "v210": lambda raw: {"plane0": np.frombuffer(raw, "u1").reshape(H, up(W, 48) // 48 * 128)},
    "RGB16": lambda raw: {"plane0": np.frombuffer(raw, "u1").reshape(H, up(W * 2, 4))},
}

# What a picture must be, where it is no conversion.
PICTURE = {
    "BGR": lambda frame: frame[..., ::-1],
    "RGBA": lambda frame: frame,
    "ARGB": lambda frame: frame[..., [1, 2, 3, 0]],
    "GRAY8": lambda frame: frame,
    "GRAY16_LE": lambda frame: frame,
    "GRAY16_BE": lambda frame: frame,
    "GBR": lambda frame: frame[..., [2, 0, 1]],
    # Pillow gives the high bytes of 16-bit colour.
    "ARGB64_BE": lambda frame: frame[..., [1, 2, 3, 0]] >> 8,
}


def same(name, expected, actual):
    kind = np.dtype("u1") if expected.dtype.itemsize == 1 else np.dtype("<u2")
    assert actual.dtype == kind, f"{name}: {actual.dtype}"
    assert expected.shape == actual.shape, f"{name}: {actual.shape}, {expected.shape} expected"
    assert (expected == actual).all(), f"{name}: {(expected != actual).sum()} codes differ"


def check(base, folder, name):
    url = f"{base}/streams/{quote(name, safe='')}/frame"
    raw = (folder / f"{name}.raw").read_bytes()
    assert urlopen(f"{url}.raw").read() == raw, f"{name}: other bytes"
    told = json.load(urlopen(f"{url}.json"))
    assert (told["stream"], told["length"]) == (name, len(raw)), told
    if name in ONE:
        frame = np.load(io.BytesIO(urlopen(f"{url}.npy").read()))
        same(name, ONE[name](raw), frame)
        assert told["npy"]["shape"] == list(frame.shape), told["npy"]
    else:
        try:
            urlopen(f"{url}.npy")
            raise AssertionError(f"{name} is one array")
        except HTTPError as error:
            assert error.code == 415 and b"frame.npz" in error.read(), f"{name}: {error}"
        assert told["npy"] is None, told["npy"]
    arrays = np.load(io.BytesIO(urlopen(f"{url}.npz").read()))
    if name in EACH:
        expected = EACH[name](raw)
        assert list(arrays) == list(expected), f"{name}: {list(arrays)}"
        for part, array in expected.items():
            same(f"{name} {part}", array, arrays[part])
    elif all(part.startswith("plane") for part in arrays) and name not in ONE:
        assert b"".join(arrays[part].tobytes() for part in arrays) == raw, f"{name}: other planes"
    elif name in ONE and told["npy"]["channels"]:
        stacked = [arrays[channel] for channel in told["npy"]["channels"]]
        same(f"{name}, stacked", ONE[name](raw), np.dstack(stacked) if len(stacked) > 1 else stacked[0])
    if name == "rggb":
        return
    picture = Image.open(urlopen(f"{url}.png"))
    picture.load()
    comment = picture.text["Comment"]
    assert f"from {name.split(' ')[0]} " in comment and "VideoConverter" in comment, comment
    pixels = np.asarray(picture)
    assert pixels.shape[:2] == (H, W), pixels.shape
    rgba = folder / f"{name}.rgba"
    if rgba.exists():
        expected = np.frombuffer(rgba.read_bytes(), "u1").reshape(H, W, 4)[..., : pixels.shape[2]]
        assert (pixels == expected).all(), f"{name}: the picture is another"
    elif name in PICTURE:
        assert (pixels == PICTURE[name](ONE[name](raw))).all(), f"{name}: the picture is another"


if __name__ == "__main__":
    base, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    for name in sys.argv[3:]:
        check(base, folder, name)
        print(name)
