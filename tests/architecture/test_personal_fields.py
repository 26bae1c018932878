"""Every field that can hold words or files is declared personal or not, so that an erasure forgets none."""

from django.apps import apps
from django.db import models

from tests.architecture.personal_fields import NOT_PERSONAL, PERSONAL

HOLD_WORDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    models.BinaryField,
    models.GenericIPAddressField,
)


def fields_that_hold_words() -> set[str]:
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, HOLD_WORDS)
    }


def flat(declared: dict[str, set[str]]) -> set[str]:
    return {f"{model}.{field}" for model, fields in declared.items() for field in fields}


def test_every_field_that_holds_words_is_declared_personal_or_not() -> None:
    assert fields_that_hold_words() == flat(PERSONAL) | flat(NOT_PERSONAL)


def test_no_field_is_declared_both() -> None:
    assert flat(PERSONAL) & flat(NOT_PERSONAL) == set()


def test_infrastructure_holds_nothing_personal() -> None:
    infrastructure = {"events", "audit", "files", "links", "revisions"}
    assert [model for model in PERSONAL if model.split(".")[0] in infrastructure] == []
