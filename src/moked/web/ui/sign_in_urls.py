"""Addresses of the sign-in pages, under the names by which the sign-in library looks for them."""

from django.urls import path, re_path

from moked.web.ui import sign_in_factor_views as factors
from moked.web.ui import sign_in_step_views as steps
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
    path("second-step/", steps.second_step, name="mfa_authenticate"),
    path("confirm/", steps.confirm, name="account_confirm"),
    path("passkey/", steps.sign_in_with_passkey, name="account_sign_in_passkey"),
    path("passkey/question/", steps.question, name="account_passkey_question"),
    path("safety/", factors.overview, name="account_safety"),
    path("safety/later/", factors.later, name="account_later"),
    path("safety/app/", factors.add_app, name="account_add_app"),
    path("safety/app/remove/", factors.remove_app, name="account_remove_app"),
    path("safety/codes/", factors.codes, name="account_codes"),
    path("safety/codes/new/", factors.new_codes, name="account_new_codes"),
    path("safety/passkeys/", factors.add_passkey, name="account_add_passkey"),
    path("safety/passkeys/question/", factors.question_for_new, name="account_new_passkey_question"),
    path("safety/passkeys/<int:passkey_id>/", factors.rename_passkey, name="account_rename_passkey"),
    path("safety/passkeys/<int:passkey_id>/remove/", factors.remove_passkey, name="account_remove_passkey"),
]
