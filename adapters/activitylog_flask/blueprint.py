"""The timeline on pages, and the URLs that its links, forms and scripts ask."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, current_app, request, stream_with_context, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wsgi import LimitedStream

from activitylog.errors import InvalidInput
from activitylog_flask.configuration import Configuration
from activitylog_flask.csrf import check_form, hidden_field
from activitylog_flask.refs import ref_of
from activitylog_flask.state import state
from activitylog_html import Answer, Asked, TimelineComponent, Upload

__all__ = ["mount"]

_NAME: Final = "activitylog"
_FORM_BYTES: Final = 1_000_000
"""What a form may hold beside its files."""
_UNQUOTED: Final = "!$&'()*+,/:;=@"
"""What may stand in a path as it is."""


def mount(app: Flask, configuration: Configuration) -> None:
    """Give an app the URLs of the timeline, and its templates ``activity_timeline``."""
    app.add_template_global(activity_timeline)
    if configuration.url_prefix is None:
        return
    blueprint = Blueprint(
        _NAME, __name__, static_folder=str(files("activitylog_html") / "static"), static_url_path="/static"
    )
    blueprint.url_value_preprocessor(_limit_size)
    blueprint.add_url_rule("/<path:path>", "answer", _answer, methods=["GET", "POST"])
    app.register_blueprint(blueprint, url_prefix=configuration.url_prefix)


def activity_timeline(*things: Any, form: bool = True, language: str | None = None, tz: Any = None) -> Markup:
    """Return the timeline of things as HTML, for a page of the host's.

    It is limited to the request's viewer.

    Args:
        things: objects with ``__activity_ref__``, objects of mapped classes, refs; none is everything of the tenant.
        form: whether people may write, edit and delete entries here.
        language: by default that of the request.
        tz: the viewer's zone, by default ``ACTIVITYLOG_TZ``.

    Raises:
        InvalidInput: a thing names nothing, or there is no ``SECRET_KEY`` or no URL of the timeline.
    """
    refs = [ref_of(thing) for thing in things]
    return _component().render(state().current, *refs, asked=_asked(), language=language, tz=tz, form=form)


def _limit_size(_: str | None, __: dict[str, Any] | None) -> None:
    """Refuse what is too large before anything of it is read, by whatever reads the form first.

    Of what does not say how long it is, no more is read.
    """
    allowed: int = state().configuration.upload_max + _FORM_BYTES
    if (request.content_length or 0) > allowed:
        abort(413)
    if request.content_length is None:
        request.environ["wsgi.input"] = LimitedStream(request.environ["wsgi.input"], allowed, is_max=True)


def _answer(path: str) -> Response:
    if request.method == "POST":
        check_form()
    found = state()
    log = found.streaming if path.endswith("/live") else found.current
    answer = _component().answer(log, path, _asked())
    _end_transaction(answer)
    return _response(answer)


def _end_transaction(answer: Answer) -> None:
    """Keep what was written: here no view of the host's does so."""
    database = current_app.extensions.get("sqlalchemy")
    if database is not None and answer.status < 400:
        database.session.commit()


def _component() -> TimelineComponent:
    """Return the component, as it is mounted for the request of now."""
    found = state()
    if found.configuration.url_prefix is None:
        raise InvalidInput("ACTIVITYLOG_URL_PREFIX", "is None: without URLs of its own there is no timeline on pages")
    return found.component(url_for(f"{_NAME}.answer", path="-").removesuffix("-"), _static)


def _static(name: str) -> str:
    return url_for(f"{_NAME}.static", filename=name)


def _asked() -> Asked:
    posted = request.method == "POST" and request.blueprint == _NAME
    return Asked(
        method=request.method,
        url=_url(),
        query=_listed(request.args),
        form=_listed(request.form) if posted else {},
        files={name: [_upload(file) for file in each] for name, each in request.files.lists()} if posted else {},
        headers={name.lower(): value for name, value in request.headers.items()},
        csrf=hidden_field(),
    )


def _url() -> str:
    """Return the path and query as the browser wrote them, beneath the place where the app is mounted."""
    path = quote(f"{request.script_root}{request.path}", safe=_UNQUOTED)
    query = quote(request.query_string, safe=f"{_UNQUOTED}%?")
    return f"{path}?{query}" if query else path


def _listed(values: MultiDict[str, str]) -> Mapping[str, list[str]]:
    return dict(values.lists())


def _upload(file: Any) -> Upload:
    return Upload(name=file.filename or "", media_type=file.mimetype or "", stream=file.stream)


def _response(answer: Answer) -> Response:
    body = answer.body if isinstance(answer.body, str | bytes) else stream_with_context(iter(answer.body))
    response = Response(body, status=answer.status, content_type=None, headers=dict(answer.headers))
    text = answer.media_type.startswith("text/") and "charset" not in answer.media_type
    if hasattr(answer.body, "close"):
        response.call_on_close(answer.body.close)  # what nobody has begun to read does not end by itself
    response.headers["Content-Type"] = f"{answer.media_type}; charset=utf-8" if text else answer.media_type
    return response
