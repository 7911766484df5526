"""Clients that break the rules, and how each is closed: rules.py PORT

Prints a JSON list: what was done, the codes that are due, the code that came, and the reason.
"""
import asyncio, json, os, struct, sys
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

POLICY = [1008]
BROKEN = [1002]


async def ends(socket):
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 15)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code, closed.rcvd.reason if closed.rcvd else ""
    except asyncio.TimeoutError:
        return None, "not closed"


async def said(port, messages):
    async with connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["sinkview.v1"], max_size=None, proxy=None) as socket:
        try:
            for message in messages:
                await socket.send(message)
        except ConnectionClosed:
            pass
        return await ends(socket)


async def raw(port, frames):
    """Frames as they are, behind a proper handshake; the code of the close frame that comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    writer.write((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                  "Sec-WebSocket-Protocol: sinkview.v1\r\n\r\n").encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frames)
    try:
        while True:
            first, short = await asyncio.wait_for(reader.readexactly(2), 15)
            length = short
            if short == 126:
                length, = struct.unpack(">H", await reader.readexactly(2))
            elif short == 127:
                length, = struct.unpack(">Q", await reader.readexactly(8))
            payload = await reader.readexactly(length)
            if first & 0x0F == 8:
                return struct.unpack(">H", payload[:2])[0], payload[2:].decode()
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.TimeoutError) as error:
        return None, repr(error)
    finally:
        writer.close()


def frame(first, payload, masked=True, length=None):
    length = len(payload) if length is None else length
    bit = 0x80 if masked else 0
    head = bytes([first, bit | length]) if length < 126 else (
        bytes([first, bit | 126]) + struct.pack(">H", length) if length < 65536 else
        bytes([first, bit | 127]) + struct.pack(">Q", length))
    return head + (bytes(4) if masked else b"") + payload


async def main(port):
    clock = json.dumps({"type": "clock", "client_sent": 1})
    cases = [
        ("a text of 65 KiB", [1009], said(port, ["x" * 65 * 1024])),
        ("a text of 10 MiB", [1009], said(port, ["x" * 10 * 1024 * 1024])),
        ("2000 messages at once", POLICY, said(port, [clock] * 2000)),
        ("a binary message", POLICY + [1003], said(port, [os.urandom(100)])),
        ("no JSON", POLICY, said(port, ["hello"])),
        ("JSON that is nested 10,000 deep", POLICY, said(port, ["[" * 10_000])),
        ("an unknown type", POLICY, said(port, ['{"type":"launch","text":"videotestsrc ! fakesink"}'])),
        ("an unknown key", POLICY, said(port, ['{"type":"subscribe","stream":"k","credits":1,"x":1}'])),
        ("an unmasked frame", BROKEN, raw(port, frame(0x81, clock.encode(), masked=False))),
        ("a reserved bit", BROKEN, raw(port, frame(0xF1, clock.encode()))),
        ("a reserved opcode", BROKEN, raw(port, frame(0x83, b"x"))),
        ("a continuation of nothing", BROKEN, raw(port, frame(0x80, b"x"))),
        ("a ping in fragments", BROKEN, raw(port, frame(0x09, b"x"))),
        ("a ping of 126 bytes", BROKEN, raw(port, frame(0x89, b"x" * 126))),
        ("invalid UTF-8", [1007], raw(port, frame(0x81, b"\xff\xfe"))),
        ("a frame that says 2^62 bytes", [1009, 1002], raw(port, frame(0x81, b"x", length=1 << 62))),
        ("a text in 100,000 fragments", [1009], raw(port, frame(0x01, b"x") + frame(0x00, b"x") * 100_000)),
    ]
    closes = [(case, due, *await closed) for case, due, closed in cases]
    print(json.dumps(closes))


asyncio.run(main(int(sys.argv[1])))
