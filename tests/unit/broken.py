"""Answers for ``server.serving`` that no SPAR should give."""

from .server import whole

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


def html(handler, request):
    handler.send(200, b"<html>SECRET login</html>")


def truncated_json(handler, request):
    handler.send(200, whole(request)[:-9])


def shorter_than_declared(handler, request):
    body = whole(request)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body) + 10))
    handler.end_headers()
    handler.wfile.write(body)
    handler.cut()


def cut_in_a_chunk(handler, request):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"40\r\n{")
    handler.cut()


def cut_before_the_answer(handler, request):
    handler.cut()


def cut_in_the_head(handler, request):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-")
    handler.cut()


def oversize(handler, request):
    handler.send(200, b" " * 200_000)


def gzip_garbage(handler, request):
    handler.send(200, b"SECRET", Content_Encoding="gzip")


def status_500(handler, request):
    handler.send(500, b'{"errors":[{"code":"G2P-REQ-100","message":"SECRET"}]}')


def bare_500(handler, request):
    handler.send(500, b"SECRET")


def status_503(handler, request):
    handler.send(503, b"SECRET", Retry_After="17")


def missing_items(handler, request):
    request["message"]["link_request"] = []
    handler.send(200, b'{"header":{"status":"succ"},"message":{"link_response":[]}}')


def silent(handler, request):
    handler.released.wait(10)
    handler.close_connection = True


#: Ten seconds of them: longer than any bound that a test sets.
_DRIPS = 500


def drip(first: bytes):
    """Bytes that come one by one: no single wait is long, the whole is, and is no answer."""

    def answer(handler, request):
        handler.wfile.write(first)
        for _ in range(_DRIPS):
            if handler.released.wait(0.02):
                return
            handler.wfile.write(b" ")
        handler.close_connection = True

    return answer
