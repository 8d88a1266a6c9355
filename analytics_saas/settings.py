"""Django's settings; every value that differs between machines comes from env.py."""

from typing import Any
from urllib.parse import urlsplit

import environ

from analytics_saas import csp
from analytics_saas.env import BASE_DIR, env

DEBUG = env.debug
SECRET_KEY = env.secret_key
ALLOWED_HOSTS = list(env.allowed_hosts)
ROOT_URLCONF = "analytics_saas.urls"
WSGI_APPLICATION = "analytics_saas.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CSRF_TRUSTED_ORIGINS = [env.web_origin]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.idp.oidc",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    *(
        f"allauth.socialaccount.providers.{name}"
        for name in env.oauth_providers
        if name not in ("github", "google")
    ),
    "allauth.usersessions",
    "csp",
    "drf_spectacular",
    "rest_framework",
    "django_vite",
    "analytics_saas",
    "accounts",
    "projects",
    "collector",
    "reports",
]

MIDDLEWARE = [
    "analytics_saas.health.answer_probes",
    "analytics_saas.request_metrics.count_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "analytics_saas.caching.keep_nothing",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "analytics_saas.outage.OutageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.doors.providers.ProviderMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- Stores ---------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {"default": environ.Env.db_url_config(env.database_url)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.redis_cache_url,
        "KEY_PREFIX": "web",
        # A cache that hangs is away: a page waits no longer for it.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
# Not in the cache as well: a log-out must hold while the cache is away, and after.
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# -- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "projects:list"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Whatever is mailed is a code: typed where it was asked for, it works on any device.
_code_seconds = 15 * 60
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = _code_seconds
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = _code_seconds
ACCOUNT_FORMS = {
    name: f"accounts.doors.forms.{form}"
    for name, form in {
        "login": "LoginForm",
        "signup": "SignupForm",
        "request_login_code": "AskForLoginCodeForm",
        "reset_password": "AskForResetCodeForm",
        "confirm_login_code": "LoginCodeForm",
        "confirm_email_verification_code": "AddressCodeForm",
        "confirm_password_reset_code": "ResetCodeForm",
        "reset_password_from_key": "ResetPasswordForm",
        "add_email": "NewAddressForm",
        "change_password": "ChangePasswordForm",
        "set_password": "FirstPasswordForm",
        "reauthenticate": "IsItYouForm",
    }.items()
}
SOCIALACCOUNT_FORMS = {"signup": "accounts.doors.forms.ProviderSignupForm"}
MFA_ADAPTER = "accounts.doors.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "accounts.doors.forms.PasskeyForm"}
MFA_TOTP_TOLERANCE = 1
# Browsers accept a passkey on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not env.web_origin.startswith("https://")
SOCIALACCOUNT_ADAPTER = "accounts.doors.providers.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    name: {"APP": app, "OAUTH_PKCE_ENABLED": True} for name, app in env.oauth_providers.items()
}
SOCIALACCOUNT_PROVIDERS.setdefault("github", {})["SCOPE"] = ["user:email"]

# -- Plans ----------------------------------------------------------------------------------
BILLING_PROVIDER = env.billing_provider
QUOTA_PERCENT = env.quota_percent

# -- API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    # The header goes first: who sends a token is never taken for the browser's person.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.IsKnown"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["analytics_saas.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "analytics_saas.errors.answer_error",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_SCHEMA_CLASS": "analytics_saas.openapi.Operation",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Daysalt API",
    "DESCRIPTION": "Numbers, projects and teams. How to say who asks: docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_COERCE_PATH_PK_SUFFIX": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Scope": "accounts.roles.SCOPES",
        "Role": "accounts.roles.Role.choices",
    },
    # make check does it, against the committed file.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "PREPROCESSING_HOOKS": ["analytics_saas.openapi.only_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reports.schemas.add_components",
        "analytics_saas.openapi_collector.describe_events",
        "analytics_saas.openapi.describe_errors",
    ],
}

# JWTs for clients without cookies. accounts/jwt pins issuer, audience and algorithm.
HEADLESS_CLIENTS = ("app",)
HEADLESS_ADAPTER = "accounts.jwt.adapter.HeadlessAdapter"
HEADLESS_TOKEN_STRATEGY = "accounts.jwt.strategy.TokenStrategy"  # noqa: S105 # a class
HEADLESS_JWT_ALGORITHM = "RS256"
HEADLESS_JWT_PRIVATE_KEY = env.jwt_private_key
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 600
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = 14 * 86_400

# Apps of other people. accounts/oauth requires PKCE, exact addresses and a choice of projects.
IDP_OIDC_ADAPTER = "accounts.oauth.adapter.OAuthAdapter"
IDP_OIDC_PRIVATE_KEY = env.oidc_private_key
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3_600
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 86_400
IDP_OIDC_DCR_ENABLED = env.oauth_registration

# -- Front end ------------------------------------------------------------------------------
STATIC_URL = "/static/"
BUILT_DASHBOARD = BASE_DIR / "frontend" / "dist" / "dashboard"
STATICFILES_DIRS = [
    ("styles", BASE_DIR / "frontend" / "styles"),
    ("dashboard", BUILT_DASHBOARD),
]
DJANGO_VITE = {
    "default": {
        "manifest_path": BUILT_DASHBOARD / "manifest.json",
        "static_url_prefix": "dashboard",
    }
}
# While DEBUG is on, files come from where they are written; else from what collectstatic made.
STATIC_ROOT = None if DEBUG else BASE_DIR / "static-root"
_served = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else _served
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = False

# -- Tasks ----------------------------------------------------------------------------------
_queue = urlsplit(env.redis_queue_url)
CELERY_BROKER_URL = (
    f"redis+socket://{_queue.path}" if _queue.scheme == "unix" else env.redis_queue_url
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long the queue is away, worker and beat wait for it.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# -- Mail, language, safety -----------------------------------------------------------------
vars().update(environ.Env.email_url_config(env.email_url))
# Every mail waits in SQL until this backend has taken it.
MAIL_TRANSPORT = vars()["EMAIL_BACKEND"]
EMAIL_BACKEND = "accounts.outbox.Outbox"
EMAIL_TIMEOUT = 10
MAIL_IS_SHOWN = DEBUG and MAIL_TRANSPORT.endswith("console.EmailBackend")
DEFAULT_FROM_EMAIL = env.mail_from
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = csp.POLICY
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
if env.web_origin.startswith("https://"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # Nobody but the owner of a domain may decide that it is on the browsers' own list for good.
    SILENCED_SYSTEM_CHECKS = ["security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        # The driver warns of every tag that a read carries.
        "clickhouse_connect": {"level": "ERROR"},
        # Django's own handler would write each line a second time while DEBUG is on.
        "django": {"handlers": [], "level": "INFO"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
