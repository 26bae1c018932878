import django.db.models.deletion
from django.db import migrations, models

import moked.base.labels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("municipalities", "0001_initial"),
        ("revisions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("areas", models.CharField(max_length=20)),
                ("addresses", models.CharField(max_length=20)),
                (
                    "municipality",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MapImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[("AREAS", "Areas"), ("STREETS", "Streets"), ("LANDMARKS", "Landmarks")],
                        max_length=10,
                    ),
                ),
                ("area_kind", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[("CHECKED", "Checked"), ("APPLIED", "Applied")],
                        default="CHECKED",
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(max_length=200)),
                ("records", models.JSONField(encoder=moked.base.labels.ReadableEncoder)),
                ("summary", models.JSONField(encoder=moked.base.labels.ReadableEncoder)),
                ("author_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
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
        ),
        migrations.CreateModel(
            name="Street",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("name", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("forms", models.TextField()),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("lines", models.JSONField(default=list)),
                ("is_retired", models.BooleanField(default=False)),
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
                    models.UniqueConstraint(fields=("municipality", "code"), name="street_code"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="street_whole_position",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HouseRange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "parity",
                    models.CharField(
                        choices=[("ALL", "ALL"), ("ODD", "ODD"), ("EVEN", "EVEN")], max_length=4
                    ),
                ),
                ("first", models.PositiveIntegerField()),
                ("last", models.PositiveIntegerField()),
                ("start_latitude", models.FloatField()),
                ("start_longitude", models.FloatField()),
                ("end_latitude", models.FloatField()),
                ("end_longitude", models.FloatField()),
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
                    "street",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ranges", to="places.street"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first__lte", models.F("last"))), name="house_range_in_order"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Area",
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
                            ("OUTLINE", "OUTLINE"),
                            ("DISTRICT", "DISTRICT"),
                            ("NEIGHBOURHOOD", "NEIGHBOURHOOD"),
                            ("MAINTENANCE", "MAINTENANCE"),
                            ("COLLECTION", "COLLECTION"),
                            ("ENFORCEMENT", "ENFORCEMENT"),
                        ],
                        max_length=20,
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("name", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("geometry", models.JSONField()),
                ("south", models.FloatField()),
                ("west", models.FloatField()),
                ("north", models.FloatField()),
                ("east", models.FloatField()),
                ("is_retired", models.BooleanField(default=False)),
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
                    models.UniqueConstraint(fields=("municipality", "kind", "code"), name="area_code")
                ],
            },
        ),
        migrations.CreateModel(
            name="Landmark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("name", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("forms", models.TextField()),
                ("latitude", models.FloatField()),
                ("longitude", models.FloatField()),
                ("is_retired", models.BooleanField(default=False)),
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
                    models.UniqueConstraint(fields=("municipality", "code"), name="landmark_code")
                ],
            },
        ),
    ]
