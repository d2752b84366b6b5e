"""What both CRMs, `flask_app` and `django_site`, have in common: types, invented people and their history, looks."""
