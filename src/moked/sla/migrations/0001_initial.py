import django.db.models.deletion
from django.db import migrations, models

import moked.base.labels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("municipalities", "0001_initial"),
        ("revisions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Calendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40)),
                ("name", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("is_retired", models.BooleanField(default=False)),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.department",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="revisions.revision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("municipality", "code"), name="calendar_code")
                ],
            },
        ),
        migrations.CreateModel(
            name="Commitment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ACKNOWLEDGEMENT", "ACKNOWLEDGEMENT"),
                            ("FIRST_ANSWER", "FIRST_ANSWER"),
                            ("NEXT_ANSWER", "NEXT_ANSWER"),
                            ("RESOLUTION", "RESOLUTION"),
                            ("REVIEW", "REVIEW"),
                        ],
                        max_length=16,
                    ),
                ),
                ("target", models.CharField(max_length=8)),
                ("paused_by", models.CharField(db_default="", default="", max_length=60)),
                ("is_legal", models.BooleanField(db_default=False, default=False)),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("last_due_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RUNNING", "RUNNING"),
                            ("PAUSED", "PAUSED"),
                            ("KEPT", "KEPT"),
                            ("BROKEN", "BROKEN"),
                            ("CANCELLED", "CANCELLED"),
                        ],
                        max_length=9,
                    ),
                ),
                ("met_at", models.DateTimeField(null=True)),
                ("is_current", models.BooleanField(default=True)),
                ("warn_at", models.DateTimeField(null=True)),
                ("warned", models.CharField(db_default="", default="", max_length=200)),
                ("extended_to", models.DateTimeField(null=True)),
                ("is_extension_over", models.BooleanField(db_default=False, default=False)),
                (
                    "calendar",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.calendar",
                    ),
                ),
                (
                    "calendar_revision",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="revisions.revision",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "RUNNING")),
                        fields=["due_at", "id"],
                        name="commitment_due",
                    ),
                    models.Index(
                        condition=models.Q(("warn_at__isnull", False)),
                        fields=["warn_at", "id"],
                        name="commitment_warn",
                    ),
                    models.Index(
                        condition=models.Q(("extended_to__isnull", False), ("is_extension_over", False)),
                        fields=["extended_to", "id"],
                        name="commitment_extended",
                    ),
                    models.Index(
                        condition=models.Q(("is_current", True), ("met_at__isnull", True)),
                        fields=["calendar", "id"],
                        name="commitment_of_calendar",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("case", "kind"),
                        name="commitment_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["RUNNING", "PAUSED", "KEPT", "BROKEN", "CANCELLED"])
                        ),
                        name="commitment_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=20)),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_at__isnull", True)), fields=("case",), name="pause_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_at__isnull", True), ("to_at__gte", models.F("from_at")), _connector="OR"
                        ),
                        name="pause_forwards",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_answer", models.CharField(default="", max_length=8)),
                ("resolution", models.CharField(default="", max_length=8)),
                ("document", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("upcoming_at", models.DateTimeField(null=True)),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sla.calendar"
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="revisions.revision",
                    ),
                ),
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalogue.service"
                    ),
                ),
                (
                    "upcoming",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="revisions.revision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("upcoming__isnull", True), ("upcoming_at__isnull", True)),
                            models.Q(("upcoming__isnull", False), ("upcoming_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="target_upcoming_dated",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WarningSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.JSONField(default=list, encoder=moked.base.labels.ReadableEncoder)),
                (
                    "municipality",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="revisions.revision",
                    ),
                ),
            ],
        ),
    ]
