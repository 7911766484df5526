"""Frames of a Sinkview stream as numpy arrays: python3 viewer.py ws://127.0.0.1:8080/ws sink"""
import asyncio, json, struct, sys
import numpy as np
from websockets.asyncio.client import connect

HEADER = struct.Struct("<IIQQ")  # its own length, layout, sequence, PTS in ns; the rest is in wire/SPEC.md

def array(layout, message, start):
    """Rows x columns x components (R G B A, or Y), wherever strides, offsets and channel order put them."""
    def component(c):
        plane = layout["planes"][c["plane"]]
        wide = "<u2" if layout["pixels"]["byte_order"] == "little" else ">u2"
        samples = np.ndarray((layout["height"], layout["width"]), wide if c["depth"] > 8 else "u1", message,
                             start + plane["offset"] + c["offset"], (plane["stride"], c["pixel_stride"]))
        return samples >> c["shift"] & (1 << c["depth"]) - 1
    return np.dstack([component(c) for c in layout["pixels"]["components"]])

async def frames(url, stream):
    """Yields the sequence, PTS and array of each frame; the next one comes when the one before is done with."""
    async with connect(url, subprotocols=["sinkview.v1"], max_size=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "stream": stream, "credits": 2}))
        layouts = {}
        async for message in socket:
            if isinstance(message, bytes):
                start, layout, sequence, pts = HEADER.unpack_from(message)
                yield sequence, pts, array(layouts[layout], message, start)
                await socket.send(json.dumps({"type": "credit", "stream": stream, "sequence": sequence, "outcome": "drawn"}))
            elif (said := json.loads(message))["type"] == "layout":
                layouts[said["layout"]["id"]] = said["layout"]
            elif said["type"] == "error":
                sys.exit(said["text"])
            elif said["type"] == "end_of_stream":
                return

async def main(url, stream):
    async for sequence, pts, frame in frames(url, stream):
        print(f"frame {sequence} at {pts / 1e9:.3f} s: {frame.shape} {frame.dtype}, mean {frame.mean():.1f}")

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
