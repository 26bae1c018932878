"""The list of addresses."""

import json
from io import StringIO

from django.core.management import call_command
from django.http import HttpResponse
from django.urls import include, path

from moked.accounts.rules import Role
from moked.web.ui.access import access


def listed() -> dict[str, dict[str, object]]:
    out = StringIO()
    call_command("routes", "--json", stdout=out)
    return {route["name"]: route for route in json.loads(out.getvalue())}


def test_routes_say_name_path_methods_and_who() -> None:
    found = listed()
    assert found["desk:case"] == {
        "name": "desk:case",
        "path": "/desk/cases/<str:number>/",
        "methods": ["GET", "HEAD"],
        "who": sorted(found["desk:case"]["who"], key=found["desk:case"]["who"].index),
    }
    assert set(found["desk:case"]["who"]) == {
        "AGENT",
        "AUDITOR",
        "DEPARTMENT_MANAGER",
        "DEPARTMENT_WORKER",
        "SERVICE_MANAGER",
    }
    assert found["ops:health"]["who"] == ["public"]
    assert found["account_login"]["path"] == "/accounts/login/"


def test_every_route_is_declared() -> None:
    assert [name for name, route in listed().items() if not route["who"] or not route["methods"]] == []


def bare(request: object) -> HttpResponse:
    return HttpResponse()


inner = ([path("x/", access(Role.AGENT)(bare), name="told"), path("y/", bare, name="untold")], "inner")
urlpatterns = [path("a/", include(inner))]


def test_an_undeclared_view_is_listed_as_such(settings) -> None:
    settings.ROOT_URLCONF = __name__
    assert listed() == {
        "inner:told": {
            "name": "inner:told",
            "path": "/a/x/",
            "methods": ["GET", "HEAD"],
            "who": ["AGENT"],
        },
        "inner:untold": {"name": "inner:untold", "path": "/a/y/", "methods": None, "who": None},
    }


def test_routes_are_readable_without_json() -> None:
    out = StringIO()
    call_command("routes", stdout=out)
    assert "/health  GET/HEAD  public  (ops:health)" in out.getvalue().splitlines()
