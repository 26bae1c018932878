"""What the import linter cannot see: foreign keys, names looked up at run time, whose town a row is."""

import ast

from django.apps import apps
from django.db import models
from django.db.models.fields.related import ForeignKey, RelatedField

from tests.architecture import source

INFRASTRUCTURE = {"events", "audit", "files", "links", "search", "revisions"}
WITHOUT_TOWN = {
    "municipalities.Municipality": "is the town",
    "accounts.User": "people on the staff are global; their memberships name the town",
    "events.Position": "how far the installation has counted, over all towns",
    "events.ScheduledTask": "a task of the installation, not of a town",
    "catalogue.ConfidentialAccess": "read only through its service, which names the town",
}


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("moked.")]


def app_of(model: type[models.Model]) -> str:
    return model.__module__.split(".")[1]


def relations() -> list[RelatedField]:
    return [
        field
        for model in own_models()
        for field in model._meta.get_fields()
        if isinstance(field, RelatedField)
    ]


def test_relations_always_point_down() -> None:
    height = source.layers()
    upwards = [
        str(field)
        for field in relations()
        if app_of(field.related_model) != app_of(field.model)
        and height[app_of(field.related_model)] >= height[app_of(field.model)]
    ]
    assert upwards == []
    assert len(relations()) > 20


def test_relations_to_another_app_give_it_no_name_back() -> None:
    named = [
        str(field)
        for field in relations()
        if field.remote_field.related_name != "+" and app_of(field.related_model) != app_of(field.model)
    ]
    assert named == []


def test_relations_never_name_their_model_in_a_string() -> None:
    by_string = [
        f"{module}: {ast.unparse(call)}"
        for module, tree in source.modules().items()
        for name, call in source.calls(tree)
        if name.split(".")[-1] in {"ForeignKey", "OneToOneField", "ManyToManyField"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value != "self"
    ]
    assert by_string == []


def test_models_are_never_looked_up_by_name() -> None:
    found = [
        module
        for module, tree in source.modules().items()
        for name, _ in source.calls(tree)
        if name.endswith(("get_model", "get_models"))
    ]
    assert found == []


def test_every_row_names_its_town() -> None:
    without = {
        model._meta.label
        for model in own_models()
        if "municipality_id" not in {field.attname for field in model._meta.concrete_fields}
    }
    assert without == WITHOUT_TOWN.keys()


def test_infrastructure_holds_the_town_as_a_number_and_points_at_nobody() -> None:
    infrastructure = [model for model in own_models() if app_of(model) in INFRASTRUCTURE]
    assert {app_of(model) for model in infrastructure} == INFRASTRUCTURE
    for model in infrastructure:
        fields = {field.attname: field for field in model._meta.concrete_fields}
        assert type(fields.get("municipality_id", models.BigIntegerField())) is models.BigIntegerField
        keys = [field for field in fields.values() if isinstance(field, ForeignKey)]
        assert [key for key in keys if app_of(key.related_model) != app_of(model)] == []


def test_models_have_no_default_order() -> None:
    assert [model._meta.label for model in own_models() if model._meta.ordering] == []
