"""One-file Django project: `asgi` has async views, `wsgi` has sync ones."""
import hmac
import json
import os

from django.conf import settings

settings.configure(
    DEBUG=False, SECRET_KEY="not-secret-only-for-the-benchmark", ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__, LOGGING_CONFIG=None, USE_I18N=False,
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [os.path.dirname(os.path.abspath(__file__))]}],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
)

import django

django.setup()

from django import forms
from django.core.asgi import get_asgi_application
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError

import store
from models import PriceIn, ReserveIn


class ReserveForm(forms.Form):  # Django's own validation for its own form path
    sku = forms.RegexField(store.SKU_PATTERN)
    quantity = forms.IntegerField(min_value=1, max_value=100)


def form_reserve(request):
    if request.method == "GET":
        return HttpResponse(f'<form method=post><input type=hidden name=csrfmiddlewaretoken value="{get_token(request)}"></form>')
    form = ReserveForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": form.errors}, status=422)
    return JsonResponse(store.reserve(**form.cleaned_data))


def page(request):
    form = ReserveForm(request.POST or None)
    if request.method == "GET":
        return render(request, "form.html", {"rows": store.rows()})
    if not form.is_valid():
        shown = {"rows": store.rows(), "problem": form.errors, "sku": request.POST.get("sku"), "quantity": request.POST.get("quantity")}
        return render(request, "form.html", shown, status=422)
    store.reserve(**form.cleaned_data)
    return HttpResponseRedirect("/form")


def api_reserve(request):
    try:
        data = ReserveIn.model_validate_json(request.body)
    except ValidationError as e:
        return JsonResponse({"error": e.errors(include_url=False)}, status=422)
    return JsonResponse(store.reserve(data.sku, data.quantity))


def webhook(request):
    signature = request.headers.get("x-payment-signature")
    if signature is None:
        return JsonResponse({"error": "missing signature"}, status=401)
    raw = request.body
    if not hmac.compare_digest(hmac.new(store.SECRET, raw, "sha256").hexdigest(), signature):
        return JsonResponse({"error": "bad signature"}, status=403)
    return JsonResponse({"received": isinstance(json.loads(raw)["id"], str)})


def stock(request, sku):
    have = store.STOCK.get(sku)
    if have is None:
        return JsonResponse({"error": "not found"}, status=404)
    return JsonResponse({"sku": sku, "stock": have})


def cached(request, sku):  # Django's cache framework, in-process backend (keyed; it has no tags)
    return JsonResponse(cache.get_or_set(f"price:{sku}", lambda: store.compute_price(sku), 3600))


def price(request):
    data = PriceIn.model_validate_json(request.body)
    version = store.set_price(data.sku, data.price)
    cache.delete(f"price:{data.sku}")
    return JsonResponse({"ok": True, "version": version})


def stats(request):
    return JsonResponse(store.COUNTS)


def view(fn, exempt=True):
    if os.environ.get("DJANGO_ASYNC"):
        def make(fn):
            async def async_view(request, **kw):
                return fn(request, **kw)
            return async_view
        fn = make(fn)
    return csrf_exempt(fn) if exempt else fn


urlpatterns = [
    *(path(f"api/g{i}/<str:sku>", view(stock)) for i in range(store.N_ROUTES)),
    path("reserve", view(form_reserve, exempt=False)),
    path("form", view(page, exempt=False)),
    path("api/reserve", view(api_reserve)),
    path("api/webhooks/payment", view(webhook)),
    path("api/price", view(price)),
    path("api/stats", view(stats)),
    path("api/cached/<str:sku>", view(cached)),
    path("api/stock/<str:sku>", view(stock)),
]

asgi = get_asgi_application()
wsgi = get_wsgi_application()
