"""Addresses for those who keep the installation running."""

from django.urls import path

from moked.web.ops import demo_mail, health, metrics, operations

app_name = "ops"
urlpatterns = [
    path("health", health.health, name="health"),
    path("metrics", metrics.metrics, name="metrics"),
    path("ops/", operations.operations, name="operations"),
    path("ops/dead/<int:row_id>/retry/", operations.retry, name="retry"),
    path("demo/mail", demo_mail.mails, name="demo_mails"),
    path("demo/mail/<str:name>", demo_mail.mail, name="demo_mail"),
]
