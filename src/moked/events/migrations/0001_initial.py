import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import moked.base.labels
import moked.events.models
import moked.events.subscribers


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("projection", models.CharField(max_length=80, unique=True)),
                ("transaction_number", models.BigIntegerField(default=-4611686018427387904)),
                ("event_id", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ScheduledTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True)),
                ("next_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("last_started_at", models.DateTimeField(null=True)),
                ("last_finished_at", models.DateTimeField(null=True)),
                ("last_result", models.CharField(default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("municipality_id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("version", models.PositiveSmallIntegerField()),
                ("document", models.JSONField(encoder=moked.base.labels.ReadableEncoder)),
                ("occurred_at", models.DateTimeField()),
                (
                    "transaction_number",
                    models.BigIntegerField(db_default=moked.events.models.TransactionNumber()),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["transaction_number", "id"], name="event_by_commit")],
            },
        ),
        migrations.CreateModel(
            name="OutboxRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("municipality_id", models.BigIntegerField()),
                ("subscriber", models.CharField(max_length=80)),
                (
                    "lane",
                    models.CharField(
                        choices=[("INSIDE", "INSIDE"), ("AT_ONCE", "AT_ONCE"), ("OUTGOING", "OUTGOING")],
                        db_default=moked.events.subscribers.Lane["INSIDE"],
                        default=moked.events.subscribers.Lane["INSIDE"],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("LEASED", "Leased"),
                            ("DONE", "Done"),
                            ("DEAD", "Dead"),
                        ],
                        default="PENDING",
                        max_length=8,
                    ),
                ),
                ("is_open", models.BooleanField(default=True)),
                ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease", models.UUIDField(null=True)),
                ("last_error", models.CharField(default="", max_length=200)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="events.event",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["lane", "due_at", "id"],
                        name="outbox_open",
                    ),
                    models.Index(fields=["municipality_id", "state", "-id"], name="outbox_by_state"),
                    models.Index(
                        condition=models.Q(("state", "DEAD")), fields=["subscriber"], name="outbox_dead"
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("event", "subscriber"), name="outbox_once")],
            },
        ),
    ]
