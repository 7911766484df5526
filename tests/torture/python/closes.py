"""Viewers that say how their connection ended: closes.py PORT STREAM COUNT

Prints `ready` when all of them have a frame, and at the end a JSON list of close codes.
"""
import asyncio, json, sys
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


async def viewer(port, stream, ready):
    async with connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["sinkview.v1"], max_size=None, proxy=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "stream": stream, "credits": 2}))
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    ready.release()
                    sequence = int.from_bytes(message[8:16], "little")
                    credit = {"type": "credit", "stream": stream, "sequence": sequence, "outcome": "drawn"}
                    await socket.send(json.dumps(credit))
        except ConnectionClosed:
            pass
        return socket.close_code


async def main(port, stream, count):
    seen = [asyncio.Semaphore(0) for _ in range(int(count))]
    viewers = [asyncio.create_task(viewer(port, stream, ready)) for ready in seen]
    for ready in seen:
        await ready.acquire()
    print("ready", flush=True)
    print(json.dumps(await asyncio.gather(*viewers)), flush=True)


asyncio.run(main(*sys.argv[1:]))
