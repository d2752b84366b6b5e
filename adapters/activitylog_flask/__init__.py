"""The activity log at home in Flask."""
