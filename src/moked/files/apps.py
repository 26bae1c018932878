from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "moked.files"
