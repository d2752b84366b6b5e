"""A Django project with contacts, as the host of packages for Django."""
