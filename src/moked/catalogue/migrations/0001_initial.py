import django.db.models.deletion
from django.db import migrations, models

import moked.base.labels
import moked.catalogue.rules


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("municipalities", "0001_initial"),
        ("revisions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosedWords",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("REVIEW", "REVIEW"),
                            ("REOPEN", "REOPEN"),
                            ("REOPEN_WITHIN", "REOPEN_WITHIN"),
                            ("NEW_CASE", "NEW_CASE"),
                        ],
                        max_length=13,
                    ),
                ),
                ("days", models.PositiveSmallIntegerField()),
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
        migrations.CreateModel(
            name="Service",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60)),
                ("is_offered", models.BooleanField(default=True)),
                ("name", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("description", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("words", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("REPORT", "REPORT"),
                            ("QUESTION", "QUESTION"),
                            ("REQUEST", "REQUEST"),
                            ("COMPLAINT", "COMPLAINT"),
                            ("PRAISE", "PRAISE"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_confidential", models.BooleanField(default=False)),
                (
                    "place",
                    models.CharField(
                        choices=[("NONE", "NONE"), ("ASKED", "ASKED"), ("NEEDED", "NEEDED")],
                        default=moked.catalogue.rules.PlaceNeed["NONE"],
                        max_length=10,
                    ),
                ),
                ("photos", models.BooleanField(default=False)),
                ("is_public", models.BooleanField(default=False)),
                ("duplicate_radius", models.PositiveIntegerField(default=250)),
                ("needs_proof", models.BooleanField(default=False)),
                ("centre_checks", models.BooleanField(default=False)),
                (
                    "priority",
                    models.CharField(
                        choices=[
                            ("LOW", "LOW"),
                            ("NORMAL", "NORMAL"),
                            ("HIGH", "HIGH"),
                            ("URGENT", "URGENT"),
                        ],
                        db_default=moked.catalogue.rules.Priority["NORMAL"],
                        default=moked.catalogue.rules.Priority["NORMAL"],
                        max_length=6,
                    ),
                ),
                (
                    "closed_words",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("REVIEW", "REVIEW"),
                            ("REOPEN", "REOPEN"),
                            ("REOPEN_WITHIN", "REOPEN_WITHIN"),
                            ("NEW_CASE", "NEW_CASE"),
                        ],
                        db_default="",
                        default="",
                        max_length=13,
                    ),
                ),
                ("reopen_days", models.PositiveSmallIntegerField(db_default=30, default=30)),
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
                    models.UniqueConstraint(fields=("municipality", "slug"), name="service_slug")
                ],
            },
        ),
        migrations.CreateModel(
            name="ConfidentialAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(max_length=20)),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalogue.service"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("service", "role"), name="confidential_access_once")
                ],
            },
        ),
    ]
