"""How a mail is made: one template each, laid out once as text and once as HTML."""

from datetime import timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from analytics_saas.env import env

# A code is dead after this time, so its mail need not arrive later.
CODE_LIVES = timedelta(minutes=15)


class Mail(EmailMultiAlternatives):
    """A mail that is worthless after `good_for`; None: worth sending for a day."""

    good_for: timedelta | None = None


def compose(template: str, to: str, context: dict[str, Any]) -> Mail:
    """Render a template with the blocks subject, body, code, link and action."""
    known = context | {"origin": env.web_origin, "to": to}
    layouts = ("mail/subject.txt", "mail/base.txt", "mail/base.html")
    subject, text, html = (
        render_to_string(template, known | {"layout": layout}).strip() for layout in layouts
    )
    mail = Mail(" ".join(subject.split()), text + "\n", to=[to])
    mail.attach_alternative(html, "text/html")
    if context.get("code"):
        mail.good_for = CODE_LIVES
    return mail
