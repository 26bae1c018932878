"""Columns and rows by which a resident is found again; existing ones are filled in by the next migration."""

import django.db.models.deletion
from django.db import migrations, models

import moked.base.ids
from moked.residents.rules import ContactKind


class Migration(migrations.Migration):
    dependencies = [
        ("municipalities", "0001_initial"),
        ("residents", "0001_initial"),
    ]

    operations = [
        # Without its default at first, which would give every existing resident the same reference.
        migrations.AddField("resident", "reference", models.CharField(max_length=20, null=True, unique=True)),
        migrations.AlterField(
            "resident",
            "reference",
            models.CharField(default=moked.base.ids.reference, max_length=20, null=True, unique=True),
        ),
        migrations.AddField(
            "contactpoint", "tail", models.CharField(db_default="", default="", max_length=7)
        ),
        migrations.AddIndex(
            "contactpoint",
            models.Index(
                condition=models.Q(kind=ContactKind.PHONE),
                fields=["municipality", "tail"],
                name="contact_point_by_tail",
            ),
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
    ]
