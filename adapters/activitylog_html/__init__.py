"""The timeline component: server-rendered, for any framework, with Jinja2 and Babel."""

from activitylog_html.component import TimelineComponent
from activitylog_html.exchange import Answer, Asked, Upload

__all__ = ["Answer", "Asked", "TimelineComponent", "Upload"]
