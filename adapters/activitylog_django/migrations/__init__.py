"""The schema, for hosts who keep activities in their own database."""
