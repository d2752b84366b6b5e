"""Signing in. The page shows the passwords of the demo accounts: yours must not."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView

from sample_crm.people import PASSWORDS


class SignIn(LoginView):
    template_name = "crm/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        users = User.objects.filter(username__in=PASSWORDS).prefetch_related("groups").order_by("pk")
        return super().get_context_data(accounts=[(user, PASSWORDS[user.username]) for user in users], **given)
