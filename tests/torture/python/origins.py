"""Handshakes with origins and hosts, by a client that judges for itself: origins.py PORT COOKIE CASE…

A case is ORIGIN, or HOST,ORIGIN; `-` stands for none. Prints a JSON list of statuses; 101 is a connection.
"""
import asyncio, json, sys
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus


async def status(port, cookie, case):
    host, origin = case.split(",") if "," in case else ("-", case)
    headers = [("Origin", origin)] if origin != "-" else []
    headers.append(("Cookie", cookie))
    url = f"ws://{host}:{port}/ws" if host != "-" else f"ws://127.0.0.1:{port}/ws"
    try:
        async with connect(url, host="127.0.0.1", port=port, origin=None, additional_headers=headers,
                           subprotocols=["sinkview.v1"], proxy=None) as socket:
            await asyncio.wait_for(socket.recv(), 10)
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def main(port, cookie, *cases):
    print(json.dumps([await status(int(port), cookie, case) for case in cases]))


asyncio.run(main(*sys.argv[1:]))
