"""Keep a log of who read personal data, append-only like the audit trail."""

from django.db import migrations, models

from moked.audit import triggers


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="AccessRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("municipality_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField()),
                ("object_kind", models.CharField(max_length=40)),
                ("object_id", models.BigIntegerField()),
                ("what", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [models.Index(fields=["object_kind", "object_id", "id"], name="access_by_object")]
            },
        ),
        migrations.RunPython(
            lambda apps, editor: triggers.install(editor.connection, [triggers.ACCESS_LOG]),
            lambda apps, editor: triggers.remove(editor.connection, [triggers.ACCESS_LOG]),
        ),
    ]
