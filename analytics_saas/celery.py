"""The Celery application and the whole beat table. Tasks carry no data; they only wake."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")

app = Celery("daysalt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # It is 00:00 somewhere every quarter of an hour.
    "make-salts-ahead": {
        "task": "collector.tasks.make_salts_ahead",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 600},
    },
    "wake-drains": {
        "task": "collector.tasks.wake_drains",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "deliver-waiting-mail": {
        "task": "accounts.tasks.deliver_waiting_mail",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "forget-old-mail": {
        "task": "accounts.tasks.forget_old_mail",
        "schedule": crontab(minute=7),
        "options": {"expires": 600},
    },
    "forget-expired": {
        "task": "accounts.tasks.forget_expired",
        "schedule": crontab(minute=37),
        "options": {"expires": 600},
    },
    "hand-over-erasures": {
        "task": "projects.tasks.hand_over_erasures",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "erase-projects": {
        "task": "collector.tasks.erase_projects",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "publish-rules": {
        "task": "projects.tasks.publish_rules",
        "schedule": crontab(minute=11),
        "options": {"expires": 600},
    },
    # A local day ends in every hour.
    "expire-days": {
        "task": "collector.tasks.expire_days",
        "schedule": crontab(minute=17),
        "options": {"expires": 600},
    },
    "recount-days": {
        "task": "collector.tasks.recount_days",
        "schedule": crontab(minute=47),
        "options": {"expires": 600},
    },
    # Among others at 00:00 UTC, when a month may begin.
    "settle-quotas": {
        "task": "accounts.tasks.settle_quotas",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "record-usage": {
        "task": "reports.tasks.record_usage",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
}
