"""Addresses for people without an account."""

from django.urls import path

from projects.sharing import views

app_name = "sharing"
urlpatterns = [
    path("share/<str:secret>/", views.shared, name="shared"),
    path("public/<str:public_id>/", views.public, name="public"),
]
