"""The web process. It refuses to start on a database whose settings could lose what was acknowledged."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moked.config.settings")

from django.core.wsgi import get_wsgi_application

from moked.base.bodies import with_patience
from moked.config.checks import refuse_weak_database

application = with_patience(get_wsgi_application())
refuse_weak_database()
