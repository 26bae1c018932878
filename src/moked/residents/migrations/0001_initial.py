import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import moked.base.ids
import moked.residents.rules


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Resident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(default="", max_length=120)),
                ("language", models.CharField(max_length=5)),
                ("created_at", models.DateTimeField()),
                (
                    "reference",
                    models.CharField(default=moked.base.ids.reference, max_length=20, null=True, unique=True),
                ),
                (
                    "known_as",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("known_as__isnull", True), ("merged_into__isnull", True)),
                            models.Q(
                                ("known_as__isnull", False),
                                ("merged_into__isnull", False),
                                models.Q(("known_as", models.F("id")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="resident_known_as_another",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NameKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=4)),
                ("word", models.CharField(max_length=40)),
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
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="name_keys",
                        to="residents.resident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["municipality", "key", "word", "resident"], name="name_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptApart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "one",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="residents.resident"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("one", "other"), name="kept_apart_once"),
                    models.CheckConstraint(
                        condition=models.Q(("one__lt", models.F("other"))), name="kept_apart_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=[("EMAIL", "EMAIL"), ("PHONE", "PHONE")], max_length=5)),
                ("value", models.CharField(max_length=254)),
                ("normalised", models.CharField(max_length=254)),
                ("tail", models.CharField(db_default="", default="", max_length=7)),
                ("undeliverable_at", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("is_preferred", models.BooleanField(db_default=False, default=False)),
                ("shares", models.BooleanField(db_default=False, default=False)),
                ("retired_at", models.DateTimeField(null=True)),
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
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_points",
                        to="residents.resident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("kind", moked.residents.rules.ContactKind["PHONE"])),
                        fields=["municipality", "tail"],
                        name="contact_point_by_tail",
                    ),
                    models.Index(
                        condition=models.Q(("kind", moked.residents.rules.ContactKind["EMAIL"])),
                        fields=["municipality", "normalised"],
                        name="contact_point_by_email",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("kind", moked.residents.rules.ContactKind["EMAIL"]),
                            ("retired_at__isnull", True),
                            ("shares", False),
                        ),
                        fields=("municipality", "kind", "normalised"),
                        name="contact_point_email_first",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_preferred", True)),
                        fields=("resident",),
                        name="contact_point_preferred",
                    ),
                    models.UniqueConstraint(
                        fields=("resident", "kind", "normalised"), name="contact_point_once_each"
                    ),
                ],
            },
        ),
    ]
