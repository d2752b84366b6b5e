"""The timeline component: server-rendered, for any framework, with Jinja2 and Babel."""

from importlib.util import find_spec

from activitylog.errors import MissingExtra

for _part in ("babel", "jinja2"):
    if find_spec(_part) is None:
        raise MissingExtra("html", "the timeline component")

from activitylog_html.component import TimelineComponent  # noqa: E402 -- it needs what was just looked for
from activitylog_html.exchange import Answer, Asked, Upload  # noqa: E402
from activitylog_html.live import LiveFeed  # noqa: E402

__all__ = ["Answer", "Asked", "LiveFeed", "TimelineComponent", "Upload"]
