"""A host with a contact's page, served on this machine under a strict content security policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

import activitylog_html
from activitylog import ActivityLog, Actor, Ref, Viewer, scope
from activitylog_html import Asked, TimelineComponent, Upload

STATIC = Path(activitylog_html.__file__).parent / "static"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript"}
POLICY = "default-src 'self'"
KIM = Ref("contact", 42, "Kim Weber")


class Host:
    """Answers requests of whoever says in the query or a cookie that they are there: nobody is asked who they are."""

    def __init__(self, log: ActivityLog, **options: Any) -> None:
        self.log = log
        given = {"prefix": "/timeline/", "secret": "s", "static": lambda name: f"/static/{name}", **options}
        self.component = TimelineComponent(**given)

    def __call__(self, environ: Any, start: Any) -> Any:
        with (
            Request(environ) as request,
            scope(actor=Actor.user(3, "Lea Müller"), language=request.args.get("language")),
        ):
            response = self.answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response(environ, start)

    def answer(self, request: Request) -> Response:
        log = self.log.visible_to(Viewer(["user:3"]))
        folder, _, rest = request.path[1:].partition("/")
        match folder:
            case "static":
                file = STATIC / rest
                return Response(file.read_bytes(), mimetype=MEDIA_TYPES[file.suffix])
            case "timeline":
                found = self.component.answer(log, rest, asked(request))
                return Response(found.body, found.status, found.headers, content_type=found.media_type)
            case "contacts":
                timeline = self.component.render(log, KIM, asked=asked(request), language=request.args.get("language"))
                return Response(
                    PAGE.format(theme=request.args.get("theme", ""), timeline=timeline), mimetype="text/html"
                )
            case _:
                return Response("", 204)


PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head><title>Kim Weber</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Kim Weber</h1>{timeline}</main></body>
</html>"""


def asked(request: Request) -> Asked:
    return Asked(
        method=request.method,
        url=request.full_path.removesuffix("?"),
        query=_lists(request.args),
        form=_lists(request.form),
        files={
            name: [Upload(name=file.filename or "", media_type=file.mimetype, stream=file.stream) for file in files]
            for name, files in request.files.lists()
        },
        headers={name.lower(): value for name, value in request.headers},
        csrf='<input type="hidden" name="csrf" value="c">',
    )


def _lists(given: MultiDict[str, str]) -> dict[str, list[str]]:
    return {name: given.getlist(name) for name in given}


class _Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@contextmanager
def served(application: Any) -> Iterator[str]:
    """Serve a WSGI application on a port of its own; gives its URL."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
