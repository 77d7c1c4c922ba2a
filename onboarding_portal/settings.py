"""Settings, typed and read from the environment. Every variable is described in docs/operator.md."""

import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import environ

from partners.places import LANGUAGES as SPOKEN

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)  # doors without a password and a clock that can be moved
PRODUCTION = env.bool("PRODUCTION", default=False)  # HTTPS only; refuses DEMO and the development key
TESTING = "pytest" in sys.modules

INSECURE_KEY = "development-only-key-that-production-refuses-0123456789abcdef"
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "partners",
    "playbooks",
    "followups",
    "onboarding_portal",
]
if DEMO:
    INSTALLED_APPS.append("onboarding_portal.demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "onboarding_portal.compressing.PhonePagesMiddleware",
    "onboarding_portal.csp.ContentSecurityPolicyMiddleware",
    "onboarding_portal.bodies.BodySizeMiddleware",  # before whatever reads a form
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "onboarding_portal.locality.LocalityMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "partners.scoping.ScopeMiddleware",
    "onboarding_portal.arriving.LastPlaceMiddleware",
    "onboarding_portal.wrong_method.WrongMethodMiddleware",
]

if DEMO:  # the zone after the reader's own; the turnstile after the static files, before the session
    MIDDLEWARE.insert(
        MIDDLEWARE.index("onboarding_portal.locality.LocalityMiddleware") + 1,
        "onboarding_portal.demo.locality.DemoZoneMiddleware",
    )
    MIDDLEWARE.insert(3, "onboarding_portal.demo.turnstile.TurnstileMiddleware")

if env.bool("MEASURE", default=False):  # a benchmark reads what a page cost from its headers
    MIDDLEWARE.insert(0, "onboarding_portal.measuring.MeasuringMiddleware")

ROOT_URLCONF = "onboarding_portal.urls"
WSGI_APPLICATION = "onboarding_portal.wsgi.application"

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
                "onboarding_portal.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "partners.templatetags.firstline"],
        },
    }
]

FORM_RENDERER = "onboarding_portal.rendering.QuickLists"

if DEMO:
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("onboarding_portal.demo.context.strip")

# --- Database

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'firstline.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # One writer at a time, nothing lost at a power cut: see the design of the follow-up engine.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    if TESTING:
        DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    # Statements here take milliseconds; compiling one first, which PostgreSQL does where a table has no statistics yet
    # and seems expensive, takes a hundred. What DATABASE_URL says (?options=) goes first.
    DATABASES["default"]["OPTIONS"] = {"options": "-c jit=off", **DATABASES["default"].get("OPTIONS", {})}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker and cache: they wake workers and remember sessions; neither holds what may not be lost

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
# As long as a request waits for Redis to answer, be it as cache or as broker; what has to wait for work waits longer.
REDIS_PATIENCE = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
CACHES = {
    "default": {
        "BACKEND": "onboarding_portal.caching.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": REDIS_PATIENCE,
    }
    if env.bool("CACHE_IN_REDIS", default=not TESTING)
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker polls the database as long as it lives: it must not give up
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 20,
    "max_retries": 1,  # a web request that wants to wake a worker does not wait for the broker to come back
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_BEAT_SCHEDULE = {
    "wake": {"task": "followups.tasks.wake", "schedule": 15.0, "options": {"expires": 15}},
    "load-uploads": {"task": "partners.tasks.load_uploads", "schedule": 30.0, "options": {"expires": 60}},
    "start-waiting": {"task": "followups.tasks.start_waiting", "schedule": 30.0, "options": {"expires": 60}},
    "upgrade-partners": {"task": "playbooks.tasks.upgrade_partners", "schedule": 30.0, "options": {"expires": 60}},
    "watch-silence": {"task": "followups.tasks.watch_silence", "schedule": 20.0, "options": {"expires": 60}},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # a lost wake-up costs seconds: every worker polls the database by itself
CELERY_WORKER_CONSUMER = "onboarding_portal.consuming:SteadyConsumer"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# --- People

AUTH_USER_MODEL = "partners.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "onboarding_portal.accounts.AccountAdapter"
MFA_ADAPTER = "onboarding_portal.accounts.SecondFactorAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
# No password at sign-up: an address that was only typed never has one that opens a door. It can be set later.
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_SIGNUP_FORM_CLASS = "onboarding_portal.signing_up.SignupFields"
ACCOUNT_FORMS = {
    "login": "onboarding_portal.signing_in.LoginForm",
    "request_login_code": "onboarding_portal.signing_in.RequestLoginCodeForm",
    "signup": "onboarding_portal.account_forms.SignupForm",
    "reset_password": "onboarding_portal.account_forms.ResetPasswordForm",
    "reset_password_from_key": "onboarding_portal.account_forms.ResetPasswordKeyForm",
    "change_password": "onboarding_portal.account_forms.ChangePasswordForm",
    "set_password": "onboarding_portal.account_forms.SetPasswordForm",
    "add_email": "onboarding_portal.account_forms.AddEmailForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_CHANGE_EMAIL = True  # one address a person; the old one works until the new one is verified
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if BASE_URL.startswith("https://") else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Firstline"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)

# --- Mail: every mail is a row in the outbox; only the sender speaks SMTP

EMAIL_BACKEND = "followups.engine.outbox.OutboxBackend"
SMTP_URL = env.str("SMTP_URL", default="")  # smtp://user:password@host:587?tls=starttls
if SMTP_URL:
    MAIL_TRANSPORT = "followups.engine.transports.SmtpTransport"
elif DEMO:
    MAIL_TRANSPORT = "onboarding_portal.demo.transport.MailboxTransport"
else:
    MAIL_TRANSPORT = "followups.engine.transports.NoTransport"
MAIL_LINES = env.int("MAIL_LINES", default=5)  # connections that each worker keeps to the mail server, and uses at once
MAIL_PER_DOMAIN_MINUTE = env.int("MAIL_PER_DOMAIN_MINUTE", default=0)  # mails to one receiving domain; 0: no limit
MAIL_SPREAD_SECONDS = env.float("MAIL_SPREAD_SECONDS", default=0.0)  # over which reminders decided together leave
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Firstline <hello@firstline.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
HELP_ADDRESS = env.str("HELP_ADDRESS", default=parseaddr(DEFAULT_FROM_EMAIL)[1])  # whom pages name where nothing helps
# The mail provider that reports bounces and complaints to /mail-events/<name>/, and what its calls are checked with.
MAIL_EVENTS_FROM = env.str("MAIL_EVENTS_FROM", default="")
ANYMAIL: dict[str, str] = {
    name: value
    for name, value in (
        ("WEBHOOK_SECRET", env.str("MAIL_EVENTS_SECRET", default="")),  # "user:password" of the address's basic auth
        ("MAILGUN_WEBHOOK_SIGNING_KEY", env.str("MAILGUN_WEBHOOK_SIGNING_KEY", default="")),
    )
    if value
}
MESSAGE_ID_DOMAIN = env.str("MESSAGE_ID_DOMAIN", default="firstline.example")
# A context manager in which each round of the engine runs, so that the demo can change the time in between.
ENGINE_ROUND = "onboarding_portal.demo.turnstile.passing" if DEMO else "contextlib.nullcontext"
ENGINE_HEARTBEAT = env.str("ENGINE_HEARTBEAT", default="")  # a file that is touched after each round
# Webhooks go to https addresses that are open to all. For tests and development: also to this machine, and by http.
WEBHOOK_ALLOW_LOOPBACK = env.bool("WEBHOOK_ALLOW_LOOPBACK", default=False)
WEBHOOK_CA_FILE = env.str("WEBHOOK_CA_FILE", default="")  # certificates to believe instead of the machine's own
WEBHOOK_LINES = env.int("WEBHOOK_LINES", default=4)  # vendors whose systems each worker tells at once
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one, /metrics answers this machine alone
ENGINE_POLL_SECONDS = env.float("ENGINE_POLL_SECONDS", default=5.0)
ENGINE_LEASE_SECONDS = env.float("ENGINE_LEASE_SECONDS", default=300.0)  # how long a claimed message is one worker's
ARCHIVE_AFTER_DAYS = env.int("ARCHIVE_AFTER_DAYS", default=90)  # what is over stays in use for so long; 0: for ever
ENGINE_CRASH_AT = env.str("ENGINE_CRASH_AT", default="")  # see followups.engine.crashing; production refuses it

# --- Words, dates and numbers

LANGUAGE_CODE = "en"
LANGUAGES = SPOKEN
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["onboarding_portal.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
CLOCK = "onboarding_portal.demo.clock.shifted_now" if DEMO else "django.utils.timezone.now"

# --- Static files

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "onboarding_portal.staticfiles.NodePackageFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "onboarding_portal.staticfiles.ManifestStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"
FONTS_DIR = BASE_DIR / "node_modules" / "@expo-google-fonts"  # as TTF, for what is printed
ICONS_DIR = BASE_DIR / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=10 * 1024 * 1024)  # of a file that somebody gives in a step
REQUEST_MAX_BYTES = env.int("REQUEST_MAX_BYTES", default=60 * 1024 * 1024)  # more is refused before it is read

# --- Safety

SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-src": ["'self'"],
    "frame-ancestors": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
}
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # asks for DENY, but mails are shown in a frame of our own pages
SECURE_REFERRER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "partners.kept.page_too_old"
SESSION_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "onboarding_portal.log_lines.LineFormatter"},
        "json": {"()": "onboarding_portal.log_lines.json_formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": env.str("LOG_FORMAT", default="line")}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False)
