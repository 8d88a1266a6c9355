"""Gives every membership a public id: the API names members by it."""

from django.db import migrations, models

import accounts.models


def name_memberships(apps, schema_editor):
    """Give each row an id of its own; a default of the database would give all the same."""
    for membership in apps.get_model("accounts", "Membership").objects.iterator():
        membership.public_id = accounts.models.new_member_id()
        membership.save(update_fields=["public_id"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="public_id",
            field=models.CharField(max_length=14, null=True, editable=False),
        ),
        migrations.RunPython(name_memberships, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="membership",
            name="public_id",
            field=models.CharField(
                max_length=14, unique=True, default=accounts.models.new_member_id, editable=False
            ),
        ),
        migrations.AlterModelOptions(
            name="auditentry", options={"verbose_name_plural": "audit entries"}
        ),
    ]
