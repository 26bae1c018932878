"""The crew's pages: the list, one case, and *done*, which closing a case at the desk shares."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moked.accounts.models import Department
from moked.accounts.rules import Role
from moked.cases.models import Attachment, Case
from moked.files import operations as files
from moked.municipalities.models import Municipality
from tests.factories import make_case, make_department, make_service, make_staff
from tests.files import pictures
from tests.web.desk.pages import text


@pytest.fixture
def roads(town: Municipality) -> Department:
    return make_department(town)


@pytest.fixture
def crew(town: Municipality, roads: Department, sign_in: Callable[..., Client]) -> Client:
    """The browser of somebody who works for the roads."""
    return sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=roads))


def case_of(roads: Department, **service: bool) -> Case:
    town = roads.municipality
    return make_case(town, service=make_service(town, department=roads, **service), email="ann@example.org")


@pytest.mark.parametrize("page", ["close", "crew_done"])
def test_removing_a_photo_closes_nothing_and_complains_of_nothing(
    page: str, crew: Client, roads: Department
) -> None:
    case = case_of(roads)
    token = files.keep_photo(case.municipality_id, pictures.photo(), timezone.now()).token
    sent = crew.post(
        reverse(f"desk:{page}", args=[case.number]),
        {"words": "The lamp is new.", "photos": [token], "remove_photo": token},
    )
    assert sent.status_code == 200 and "The lamp is new." in text(sent)
    assert token not in sent.content.decode() and "Choose why" not in text(sent)
    case.refresh_from_db()
    assert case.is_open


@pytest.mark.parametrize("page", ["close", "crew_done"])
def test_a_photo_that_is_gone_is_told_and_the_case_is_closed_all_the_same(
    page: str, crew: Client, roads: Department
) -> None:
    case = case_of(roads)
    sent = crew.post(
        reverse(f"desk:{page}", args=[case.number]),
        {"outcome": "FIXED", "words": "Done.", "photos": ["222.gone"]},
    )
    assert "A photo is no longer here" in text(crew.get(sent["Location"]))
    case.refresh_from_db()
    assert not case.is_open


def test_a_service_that_wants_proof_is_not_done_without_a_photo(crew: Client, roads: Department) -> None:
    case = case_of(roads, needs_proof=True)
    done = reverse("desk:crew_done", args=[case.number])
    said = {"outcome": "FIXED", "words": "The lamp is new."}

    refused = crew.post(done, said)
    assert refused.status_code == 200 and "The lamp is new." in text(refused)

    photo = SimpleUploadedFile("lamp.jpg", pictures.photo(), "image/jpeg")
    assert crew.post(done, said | {"photo": photo}).status_code == 303
    assert Attachment.objects.get(case=case).kind == "PROOF"
