"""The activity log at home in Django."""
