"""Pages of the tests' CRM."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from rest_framework.authentication import BasicAuthentication, TokenAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView

from activitylog_django import get_log
from django_adapter.crm.models import Contact


def _told(entry) -> dict:
    return {
        "actor": str(entry.actor.ref),
        "label": entry.actor.label,
        "behalf": str(entry.actor.behalf or ""),
        "tenant": entry.tenant,
        "text": entry.label,
        "context": entry.context.to_dict(),
    }


def record(request):
    return JsonResponse(_told(get_log().record("call", "contact:1", note=request.GET.get("note", ""))))


async def record_later(request):
    await sync_to_async(lambda: request.user.is_authenticated)()
    return JsonResponse(_told(get_log().record("call", "contact:1")))


def mine(request):
    return JsonResponse([entry.note for entry in get_log(request).timeline("contact:1")], safe=False)


def page(request, id):
    return render(request, "crm/contact.html", {"contact": get_object_or_404(Contact, pk=id)})


def bare(request):
    from django.template import engines

    source = "{% load activitylog %}{% activity_timeline %}"
    return HttpResponse(engines["django"].from_string(source).render({}))


def fail(request):
    Contact.objects.create(name="Nobody")
    get_log().record("call", "contact:1")
    raise RuntimeError("on second thoughts")


class Api(APIView):
    authentication_classes = (TokenAuthentication, BasicAuthentication)

    def post(self, request):
        return Response(_told(get_log().record("call", "contact:1")))

    def get(self, request):
        return Response([entry.note for entry in get_log(request).timeline("contact:1")])
