"""Programs of their own on the database of the tests."""

import os
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """Return what such a program is told."""
    known = connection.settings_dict
    url = f"sqlite:///{known['NAME']}"
    if connection.vendor == "postgresql":
        place = f"{known['HOST']}:{known['PORT']}/{known['NAME']}"
        url = f"postgresql://{quote(known['USER'])}:{quote(known['PASSWORD'])}@{place}"
    return {
        **os.environ,
        "MOKED_DATABASE_URL": url,
        "MOKED_DATA": str(settings.DATA),
        "MOKED_SECRET_KEY": settings.SECRET_KEY,
        "MOKED_SMTP_URL": settings.SMTP_URL,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
