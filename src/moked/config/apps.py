"""Declares, once at start, who reacts to what."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The app that knows everybody."""

    name = "moked.config"

    def ready(self) -> None:
        """Install subscribers and start-up checks."""
        from moked.config import checks, subscribers

        subscribers.declare()
        checks.register()
