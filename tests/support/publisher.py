# SPDX-License-Identifier: Apache-2.0
"""A web server of somebody else's, on loopback: publishes what it is told to, well or badly."""
import http.server
import json
import ssl
import threading
import time


class Publisher:
    """`pages` maps a path to (status, headers, body) or to a function that writes the answer."""

    def __init__(self, certificate=None):
        self.pages, self.asked, self.connections = {}, [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802, the name is http.server's
                outer.asked.append((self.path, dict(self.headers)))
                page = outer.pages.get(self.path, (404, {}, b""))
                if callable(page):
                    page(self)
                else:
                    outer.write(self, *page)

            def do_POST(self):  # noqa: N802
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                outer.connections += 1
                return super().get_request()

            def handle_error(self, request, client_address):
                pass  # what the caller makes of a broken connection is what the tests look at

        self.server = Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, certificate))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def write(handler, status, headers, body):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def publish(self, path, *keys, **headers):
        """A JWK set of the public halves of these keys."""
        body = json.dumps({"keys": [json.loads(key.export_public()) for key in keys]}).encode()
        self.pages[path] = (200, {"Content-Type": "application/json", **headers}, body)

    def times_asked(self, path):
        return len([one for one, _ in self.asked if one == path])

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def trickle(handler):
    """One byte a moment, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def silent(_handler):
    """Nothing at all."""
    time.sleep(60)
