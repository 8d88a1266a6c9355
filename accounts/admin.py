"""People and organizations for operators."""

from django.contrib import admin

from accounts.models import Membership, Organization, User

admin.site.register([User, Organization, Membership])
