from django.db import migrations, models

from moked.search import index


class Migration(migrations.Migration):
    initial = True
    replaces = [("search", "0001_documents")]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("recency", models.BigIntegerField(primary_key=True, serialize=False)),
                ("municipality_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("object_id", models.BigIntegerField()),
                ("scope", models.BigIntegerField(null=True)),
                ("text", models.TextField()),
                ("people", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["municipality_id", "kind", "recency"], name="document_newest"),
                    models.Index(
                        fields=["municipality_id", "kind", "scope", "recency"], name="document_in_scope"
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "object_id"), name="document_once")],
            },
        ),
        migrations.RunPython(
            lambda apps, editor: index.install(editor.connection),
            lambda apps, editor: index.remove(editor.connection),
        ),
    ]
