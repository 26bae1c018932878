import django.db.models.deletion
from django.db import migrations, models

import moked.base.labels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Municipality",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.JSONField(encoder=moked.base.labels.ReadableEncoder)),
                ("language", models.CharField(max_length=5)),
                ("languages", models.JSONField(default=list)),
                ("time_zone", models.CharField(max_length=40)),
                ("phone", models.CharField(max_length=20)),
                ("emergency_phone", models.CharField(max_length=20)),
                ("sender", models.EmailField(max_length=254)),
                ("brand", models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Host",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("host", models.CharField(max_length=253, unique=True)),
                ("is_canonical", models.BooleanField(default=False)),
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
                        condition=models.Q(("is_canonical", True)),
                        fields=("municipality",),
                        name="host_one_canonical",
                    )
                ],
            },
        ),
    ]
