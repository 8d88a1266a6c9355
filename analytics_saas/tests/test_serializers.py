"""Bodies with fields that nobody knows are refused by name."""

from rest_framework import serializers

from analytics_saas.serializers import StrictSerializer


class Thing(StrictSerializer):
    """A body with one field to send and one to read."""

    name = serializers.CharField()
    made = serializers.CharField(read_only=True)


def test_an_unknown_field_is_named():
    """So is one that can only be read."""
    for key in ("nmae", "made"):
        thing = Thing(data={"name": "x", key: "y"})
        assert not thing.is_valid()
        assert list(thing.errors) == [key]
        assert "sent: name." in str(thing.errors[key])


def test_known_fields_pass():
    """Nothing else changes."""
    thing = Thing(data={"name": "x"})
    assert thing.is_valid()
    assert thing.validated_data == {"name": "x"}


def test_a_body_that_is_no_object_is_refused():
    """The framework's own check still runs."""
    assert not Thing(data=["name"]).is_valid()
