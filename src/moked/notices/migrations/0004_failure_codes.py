from django.db import migrations
from django.db.models import Value
from django.db.models.functions import Concat, Substr

WORDS = {
    "undeliverable address": "UNDELIVERABLE",
    "no address": "NO_ADDRESS",
    "unwanted": "UNWANTED",
    "told at another address": "TOLD_ALREADY",
    "a program wrote it": "BY_A_PROGRAM",
    "nobody reads it": "TO_A_PROGRAM",
    "no answer wanted": "NONE_WANTED",
    "too many within an hour": "TOO_MANY",
    "The recipient's address is none to which mails can be sent.": "BAD_RECIPIENT",
}
SENTENCES = {
    "The mail server refused it for good (": "REFUSED ",
    "The mail server did not take it (": "SAYS_NO ",
}


def write_codes(apps, schema_editor):
    """Say by a code why a notice was not sent, where a sentence said so."""
    notices = apps.get_model("notices", "Notice").objects
    for words, code in WORDS.items():
        notices.filter(failure=words).update(failure=code)
    for begins, code in SENTENCES.items():
        answer = Substr("failure", len(begins) + 1, 3)
        notices.filter(failure__startswith=begins).update(failure=Concat(Value(code), answer))


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_looping"),
    ]

    operations = [
        migrations.RunPython(write_codes, migrations.RunPython.noop),
    ]
