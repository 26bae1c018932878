import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import moked.base.ids
import moked.base.labels
import moked.exchange.exports.rules
import moked.exchange.models.exports


class Migration(migrations.Migration):
    replaces = [("exchange", "0001_exports")]

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0001_initial"),
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(default=moked.base.ids.reference, max_length=20, unique=True)),
                ("source", models.CharField(max_length=80)),
                ("file_name", models.CharField(max_length=200)),
                ("file_sha256", models.CharField(max_length=64)),
                ("mapping_sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RUNNING", "Running"),
                            ("FINISHED", "Finished"),
                            ("UNDOING", "Undoing"),
                            ("UNDONE", "Undone"),
                        ],
                        default="RUNNING",
                        max_length=8,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("counts", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "RUNNING")),
                        fields=("municipality", "file_sha256", "mapping_sha256"),
                        name="import_one_running",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedCase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=80)),
                ("external_id", models.CharField(max_length=200)),
                ("line", models.PositiveIntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.importbatch",
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
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
                        fields=("municipality", "source", "external_id"), name="imported_case_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MadeByImport",
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
                            ("DEPARTMENT", "Department"),
                            ("SERVICE", "Service"),
                            ("AREA", "Area"),
                            ("MAP", "Map"),
                            ("RESIDENT", "Resident"),
                        ],
                        max_length=10,
                    ),
                ),
                ("object_id", models.BigIntegerField()),
                ("before", models.CharField(default="", max_length=20)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.importbatch",
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
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        default=moked.exchange.models.exports.new_key, max_length=26, unique=True
                    ),
                ),
                ("submission", models.CharField(max_length=64, null=True)),
                ("selection", models.JSONField(encoder=moked.base.labels.ReadableEncoder)),
                (
                    "format",
                    models.CharField(
                        choices=[("XLSX", "XLSX"), ("CSV", "CSV"), ("ZIP", "ZIP")], max_length=4
                    ),
                ),
                ("language", models.CharField(max_length=5)),
                (
                    "state",
                    models.CharField(
                        choices=[("ASKED", "ASKED"), ("READY", "READY"), ("DENIED", "DENIED")],
                        default=moked.exchange.exports.rules.State["ASKED"],
                        max_length=6,
                    ),
                ),
                ("rights", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("step", models.PositiveIntegerField(default=0)),
                ("last_case_id", models.BigIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField()),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
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
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "municipality", "-id"], name="export_of_person"),
                    models.Index(fields=["expires_at"], name="export_expiry"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality", "user", "submission"), name="export_submitted_once"
                    )
                ],
            },
        ),
    ]
