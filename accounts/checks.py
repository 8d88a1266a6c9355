"""What `manage.py check` looks at in this app."""

from typing import Any

from django.core.checks import Error, register

from accounts.billing import billing


@register()
def check_billing_provider(app_configs: Any, **options: Any) -> list[Error]:
    """Refuse a BILLING_PROVIDER that is not there."""
    try:
        billing()
    except ImportError as error:
        hint = "Name a class, such as accounts.billing.NullBilling."
        return [Error(f"BILLING_PROVIDER: {error}", hint=hint, id="accounts.E001")]
    return []
