"""All addresses. Every view declares who may open it; a test fails on one that does not."""

from django.urls import include, path

urlpatterns = [
    path("", include("moked.web.portal.urls")),
    path("desk/", include("moked.web.desk.urls")),
    path("figures/", include("moked.web.transparency.urls")),
    path("accounts/", include("moked.web.ui.sign_in_urls")),
    path("ui/", include("moked.web.ui.urls")),
    path("", include("moked.web.ops.urls")),
]

handler400 = "moked.web.ui.errors.bad_request"
handler403 = "moked.web.ui.errors.forbidden"
handler404 = "moked.web.ui.errors.not_found"
handler500 = "moked.web.ui.errors.server_error"
