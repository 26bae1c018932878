"""Settings; everything an installation may change comes from the environment (see docs/howto/run.md)."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from moked.config import env
from moked.config.logs import LOGGING as LOGGING

BASE_DIR = Path(__file__).resolve().parents[3]
SOURCE = BASE_DIR / "src" / "moked"
DATA = Path(env.text("MOKED_DATA", str(BASE_DIR / "var" / "data"))).resolve()
PROFILE = env.text("MOKED_PROFILE", "embedded")
DEMO = PROFILE == "demo"
DEBUG = False

SECRET_KEY = env.text("MOKED_SECRET_KEY")
BASE_URL = env.text("MOKED_BASE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.words("MOKED_ALLOWED_HOSTS", urlsplit(BASE_URL).hostname or "localhost")
TRUSTED_PROXIES = env.networks("MOKED_TRUSTED_PROXIES")
SMTP_URL = env.text("MOKED_SMTP_URL", "")
SMTP_TIMEOUT = 20
SENDERS = env.number("MOKED_SENDERS", 4)
PHOTO_SECONDS = env.number("MOKED_PHOTO_SECONDS", 4)
LEASE_SECONDS = env.number("MOKED_LEASE_SECONDS", 60)
METRICS_TOKEN = env.text("MOKED_METRICS_TOKEN", "")

DATABASES = {"default": env.database(env.text("MOKED_DATABASE_URL", f"sqlite:///{DATA}/moked.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

INSTALLED_APPS = [
    "moked.config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "moked.events",
    "moked.audit",
    "moked.files",
    "moked.links",
    "moked.search",
    "moked.revisions",
    "moked.municipalities",
    "moked.accounts",
    "moked.places",
    "moked.residents",
    "moked.catalogue",
    "moked.knowledge",
    "moked.cases",
    "moked.replies",
    "moked.channels",
    "moked.notices",
    "moked.surveys",
    "moked.handovers",
    "moked.routing",
    "moked.processes",
    "moked.sla",
    "moked.intake",
    "moked.insights",
    "moked.exchange",
    "moked.packs",
    "moked.web.ui",
    "moked.web.portal",
    "moked.web.desk",
    "moked.web.transparency",
    "moked.web.ops",
]

MIDDLEWARE = [
    "moked.web.ui.middleware.request_log",
    "moked.web.ui.middleware.scheme",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "moked.web.ui.middleware.privacy_headers",
    "moked.web.ui.middleware.town",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "moked.web.ui.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "moked.web.ui.middleware.idle_session",
    "django.contrib.messages.middleware.MessageMiddleware",
    "moked.web.ui.bodies.body_limits",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "moked.config.urls"
WSGI_APPLICATION = "moked.config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "moked.web.ui.context.page",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("he", "עברית"), ("ar", "العربية"), ("cs", "Čeština"), ("hu", "Magyar")]
LANGUAGE_COOKIE_NAME = "moked_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
APPEARANCE_COOKIE_NAME = "moked_appearance"
KEYS_COOKIE_NAME = "moked_keys"
LOCALE_PATHS = [SOURCE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
VENDORS = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    ("vendor/bootstrap", VENDORS / "bootstrap" / "dist" / "css"),
    ("vendor/icons", VENDORS / "bootstrap-icons"),
    ("vendor/maplibre-gl", VENDORS / "maplibre-gl" / "dist"),
    ("vendor/echarts", VENDORS / "echarts" / "dist"),
    ("vendor/pmtiles", VENDORS / "pmtiles" / "dist"),
    ("vendor/htmx", VENDORS / "htmx.org" / "dist"),
    ("vendor/fonts/noto-sans-arabic", VENDORS / "@fontsource" / "noto-sans-arabic" / "files"),
    ("vendor/fonts/noto-sans-hebrew", VENDORS / "@fontsource" / "noto-sans-hebrew" / "files"),
]
WHITENOISE_USE_FINDERS = False
WHITENOISE_MAX_AGE = 3600

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:queue"
ACCOUNT_ADAPTER = "moked.web.ui.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reset_password": "20/h/ip,3/h/key",
    "reset_password_from_key": "20/h/ip",
    "reauthenticate": "5/5m/user,20/h/user",
    "second_factor": "30/m/ip,5/5m/key,10/h/key,30/d/key",
    "passkey": "30/m/ip",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
PASSWORD_RESET_TIMEOUT = 3600
REQUIRE_SECOND_FACTOR = env.switch("MOKED_REQUIRE_SECOND_FACTOR", default=not DEMO)
PROVEN_SECONDS = 600
MFA_ADAPTER = "moked.web.ui.sign_in_proofs.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"

SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = 2 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "moked.web.ui.errors.forged"
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

MAP_STYLE_URL = env.text("MOKED_MAP_STYLE_URL", "")
MAP_TILES_URL = env.text("MOKED_MAP_TILES_URL", "")
MAP_ATTRIBUTION = env.text("MOKED_MAP_ATTRIBUTION", "")
MAP_ORIGINS = env.origins(MAP_STYLE_URL, MAP_TILES_URL)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *MAP_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF, *MAP_ORIGINS],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
