"""Who acts, from where and for which tenant, for each request of a WSGI or ASGI application.

Django and Flask have adapters of their own; these are for all others. Adapters share ``request_context`` and
``negotiated_language``, and give ``ActivityLog.provide`` a function that returns ``Surroundings``.
"""

from activitylog.middleware.asgi import ASGIMiddleware
from activitylog.middleware.facts import request_context
from activitylog.middleware.languages import negotiated_language
from activitylog.middleware.wsgi import WSGIMiddleware
from activitylog.scope import Surroundings

__all__ = ["ASGIMiddleware", "Surroundings", "WSGIMiddleware", "negotiated_language", "request_context"]
