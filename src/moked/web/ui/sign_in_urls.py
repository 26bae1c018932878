"""Addresses of the sign-in pages, under the names by which the sign-in library looks for them."""

from django.urls import path, re_path

from moked.web.ui import sign_in_views as views

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
    path("password/reset/", views.ask_reset, name="account_reset_password"),
    path("password/reset/done/", views.reset_asked, name="account_reset_password_done"),
    path("password/reset/key/done/", views.reset_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.reset,
        name="account_reset_password_from_key",
    ),
    path("password/change/", views.change_password, name="account_change_password"),
]
