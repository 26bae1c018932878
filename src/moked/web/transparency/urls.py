"""Address of the public figures."""

from django.urls import path

from moked.web.transparency import views

app_name = "transparency"
urlpatterns = [path("", views.figures, name="figures")]
