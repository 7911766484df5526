"""MJPEG over HTTP, in an `<img>` (mjpeg.html): lossy, and what most camera servers do.

An `<img>` tells nobody which frame it shows, so the time of capture is written into the picture, as bright and dark
squares along the top that survive JPEG.
"""
import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import simplejpeg

from source import Source

PAGE = Path(__file__).with_name("mjpeg.html").read_bytes()
QUALITY = 85
#: Squares of so many pixels; so many bits of tenths of a millisecond, then their parity. mjpeg.html reads them.
SQUARE, BITS = 16, 24


def mark(picture, captured):
    """Writes tenths of milliseconds into the first rows."""
    value = int(captured * 10) % (1 << BITS)
    bits = [value >> bit & 1 for bit in range(BITS)]
    for index, bit in enumerate([*bits, (sum(bits) + 1) % 2]):
        picture[:SQUARE, index * SQUARE:(index + 1) * SQUARE] = 255 * bit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        if self.path != "/stream":
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)
            return
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self.wfile.write(b"--frame\r\n")
            while True:
                captured, width, height, pixels = self.server.source.pull()
                picture = pixels.reshape(height, width, 3).copy()
                mark(picture, captured)
                jpeg = simplejpeg.encode_jpeg(picture, QUALITY, "BGR", "420")
                head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
                # With the boundary that ends it: a browser shows a part when it is over.
                self.wfile.write(head + jpeg + b"\r\n--frame\r\n")
        except OSError:
            # The browser went away.
            pass

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1")
    parser.add_argument("pipeline", help="with an appsink named s, of BGR frames")
    args = parser.parse_args()
    server = ThreadingHTTPServer((args.listen, 0), Handler)
    server.daemon_threads = True
    server.source = Source(args.pipeline)
    print(f"listening on http://{args.listen}:{server.server_address[1]}/", flush=True)
    server.serve_forever()
