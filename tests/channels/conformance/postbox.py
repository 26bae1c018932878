"""The bench of the channel that only tests have."""

import json
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy as _

from moked.cases.rules import Channel
from moked.channels.models import Account
from moked.municipalities.models import Municipality
from tests.channels.conformance.bench import matter
from tests.channels.postbox.channel import Trouble
from tests.factories import make_service

TROUBLES = {
    Trouble.UNREACHABLE: (
        _("The server cannot be reached."),
        _("Is the port right, and does the firewall let this machine through?"),
    )
}


class Folder:
    recipient = "dana@example.org"

    def __init__(self, town: Municipality, request: pytest.FixtureRequest) -> None:
        self.folder: Path = request.getfixturevalue("tmp_path") / "postbox"
        for name in ("inbox", "had", "sent"):
            (self.folder / name).mkdir(parents=True)
        request.getfixturevalue("monkeypatch").setenv("POSTBOX", str(self.folder))
        self.account = Account.objects.create(
            municipality=town, channel=Channel.API, address="postbox", service=make_service(town)
        )

    def write(self, number: int) -> None:
        said = {"id": f"id-{number}", "from": f"050-123-456{number}", "text": matter(number)}
        (self.folder / "inbox" / f"{number}.json").write_text(json.dumps(said), encoding="utf-8")

    def acknowledged(self) -> int:
        return len(list((self.folder / "had").iterdir()))

    def waiting(self) -> int:
        return len(list((self.folder / "inbox").iterdir()))

    def accepted(self) -> list[str]:
        files = sorted((self.folder / "sent").iterdir())
        return [json.loads(file.read_text(encoding="utf-8"))["id"] for file in files]

    def spoil(self) -> None:
        (self.folder / "inbox").rename(self.folder / "gone")
