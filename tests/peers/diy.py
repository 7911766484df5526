"""The do-it-yourself viewer: appsink, numpy and `websockets` on one side, a JavaScript loop on the other (diy.html)."""
import argparse
import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

from source import Source

PAGE = Path(__file__).with_name("diy.html").read_bytes()


def page(connection, request):
    """Answers what asks for no WebSocket with the page."""
    if request.path == "/ws":
        return None
    headers = Headers({"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(PAGE))})
    return Response(200, "OK", headers, PAGE)


async def main(args):
    source = Source(args.pipeline)
    pool = ThreadPoolExecutor(1)
    loop = asyncio.get_running_loop()

    async def show(socket):
        try:
            while True:
                captured, width, height, pixels = await loop.run_in_executor(pool, source.pull)
                await socket.send(json.dumps({"captured": captured, "width": width, "height": height}))
                # As it is: to make bytes of it would be one more copy.
                await socket.send(pixels.data)
        except ConnectionClosed:
            pass

    compression = None if args.compression == "none" else args.compression
    async with serve(show, args.listen, 0, process_request=page, compression=compression, max_size=None) as server:
        host, port = server.sockets[0].getsockname()
        print(f"listening on http://{host}:{port}/", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1")
    parser.add_argument("--compression", choices=["none", "deflate"], default="deflate")
    parser.add_argument("pipeline", help="with an appsink named s, of BGR frames")
    asyncio.run(main(parser.parse_args()))
