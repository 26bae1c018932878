"""The application as the real web server is given it in tests, without the checks of a real installation."""

from django.core.wsgi import get_wsgi_application

from moked.base.bodies import with_patience

application = with_patience(get_wsgi_application())
