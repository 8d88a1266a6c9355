"""Gives every person a public id: apps and tokens name people by it."""

from django.db import migrations, models

import accounts.models


def name_people(apps, schema_editor):
    """Give each row an id of its own; a default of the database would give all the same."""
    people = apps.get_model("accounts", "User").objects
    for key in people.values_list("pk", flat=True).iterator():
        people.filter(pk=key).update(public_id=accounts.models.new_person_id())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_tokens_oauth_grants")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="public_id",
            field=models.CharField(max_length=14, null=True, editable=False),
        ),
        migrations.RunPython(name_people, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="user",
            name="public_id",
            field=models.CharField(
                max_length=14, unique=True, default=accounts.models.new_person_id, editable=False
            ),
        ),
    ]
