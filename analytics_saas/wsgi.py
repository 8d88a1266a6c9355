"""The web role: Django under gunicorn's threads."""

import os

from django.core.wsgi import get_wsgi_application

from analytics_saas.metrics import share

share("web")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")

application = get_wsgi_application()
