"""What the tests of the Python binding and of the vendor's SDK share: pictures, the world outside that serves
one, and what every task makes of one.
"""

import http.server
import queue
import socketserver
import struct
import threading
import unittest
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"


def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xc8\x1e\x1e" * width) * height
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def size_of(data):
    assert data.startswith(PNG), f"not a PNG: {data[:40]}"
    return struct.unpack(">II", data[16:24])


PICTURE = png(100, 50)
OUTSIDE = png(60, 40)


class World(http.server.BaseHTTPRequestHandler):
    """A picture at every address; what is posted is kept."""

    posted = queue.Queue()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(OUTSIDE)))
        self.end_headers()
        self.wfile.write(OUTSIDE)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.put((self.headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def start_world():
    """The world outside, until the tests of the module end; its address."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), World)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    unittest.addModuleCleanup(server.server_close)
    unittest.addModuleCleanup(server.shutdown)
    return f"http://127.0.0.1:{server.server_address[1]}"


class TasksTest:
    """Of a class with a client, a link to the stored picture, and what stores another file."""

    def test_conversion_to_jpg(self):
        self.assertTrue(self.link.filetype_conversion(format="jpg").get_content().startswith(JPEG))

    def test_tasks_that_make_a_picture(self):
        other = self.upload().handle
        tasks = [
            ("crop", {"dim": [0, 0, 10, 15]}, (10, 15)),
            ("flip", {}, (100, 50)),
            ("flop", {}, (100, 50)),
            ("circle", {}, (100, 50)),
            ("monochrome", {}, (100, 50)),
            ("sepia", {"tone": 50}, (100, 50)),
            ("negative", {}, (100, 50)),
            ("blur", {"amount": 3}, (100, 50)),
            ("sharpen", {"amount": 3}, (100, 50)),
            ("pixelate", {"amount": 5}, (100, 50)),
            ("blackwhite", {"threshold": 40}, (100, 50)),
            ("modulate", {"brightness": 120, "hue": 10, "saturation": 80}, (100, 50)),
            ("border", {"width": 3, "color": "red"}, (106, 56)),
            ("vignette", {"amount": 30}, (100, 50)),
            ("quality", {"value": 50}, (100, 50)),
            ("no_metadata", {}, (100, 50)),
            ("auto_image", {}, (100, 50)),
            ("watermark", {"file": other, "size": 20, "position": ["top", "left"]}, (100, 50)),
            ("collage", {"files": [other], "width": 200, "height": 100}, (200, 100)),
            ("partial_blur", {"objects": [[0, 0, 10, 10], [20, 20, 5, 5]], "amount": 3}, (100, 50)),
            ("partial_pixelate", {"objects": [[0, 0, 10, 10]]}, (100, 50)),
            ("enhance", {}, (100, 50)),
            ("upscale", {}, (200, 100)),
            ("redeye", {}, (100, 50)),
            ("polaroid", {}, (110, 69)),
            ("torn_edges", {}, (100, 50)),
            ("oil_paint", {}, (100, 50)),
            ("shadow", {"blur": 0, "vector": [4, 4]}, (104, 54)),
            ("smart_crop", {"mode": "auto", "width": 10, "height": 10}, (10, 10)),
        ]
        for task, parameters, size in tasks:
            with self.subTest(task):
                picture = getattr(self.link, task)(**parameters).get_content()
                self.assertEqual(size_of(picture), size)

    def test_ascii(self):
        self.assertIn(b"<pre>", self.link.ascii().get_content())

    def test_minifying(self):
        script = self.client.upload(filepath=self.file(b"f( 1 ) // x", "a.js"))
        self.assertEqual(script.minify_js().get_content(), b"f(1)")
        style = self.client.upload(filepath=self.file(b"a { b : c }", "a.css"))
        self.assertEqual(style.minify_css().get_content(), b"a{b:c}")

    def test_tasks_that_only_the_service_can_do_are_refused_by_name(self):
        tasks = [
            ("detect_faces", {}, "detect_faces"),
            ("crop_faces", {}, "crop_faces"),
            ("pixelate_faces", {}, "pixelate_faces"),
            ("pdf_convert", {"pageformat": "a4"}, "pdfconvert"),
            ("doc_to_images", {}, "doc_to_images"),
        ]
        for task, parameters, name in tasks:
            with self.subTest(task):
                self.assert_only_the_service_can(getattr(self.link, task)(**parameters), name)

    def test_a_screenshot_is_refused_by_name(self):
        self.assert_only_the_service_can(
            self.client.urlscreenshot("https://example.org", width=800), "urlscreenshot"
        )
