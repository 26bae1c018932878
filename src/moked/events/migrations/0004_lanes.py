from django.db import migrations, models
from django.db.models import Q

OUTGOING = [
    "notices.send",
    "notices.send_to_staff",
    "notices.send_about_mailbox",
    "handovers.send",
    "accounts.send_sign_in_mail",
]


def sort_what_waits(apps, schema_editor):
    """Leave to the senders what waits for them."""
    rows = apps.get_model("events", "OutboxRow").objects.filter(subscriber__in=OUTGOING)
    rows.filter(Q(is_open=True) | Q(state="DEAD")).update(lane="OUTGOING")


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0003_counted_when_dead"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="outboxrow", name="outbox_open"),
        migrations.AddField(
            model_name="outboxrow",
            name="lane",
            field=models.CharField(
                choices=[("INSIDE", "INSIDE"), ("OUTGOING", "OUTGOING")],
                db_default="INSIDE",
                default="INSIDE",
                max_length=8,
            ),
        ),
        migrations.RunPython(sort_what_waits, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="outboxrow",
            index=models.Index(
                condition=models.Q(("is_open", True)), fields=["lane", "due_at", "id"], name="outbox_open"
            ),
        ),
    ]
