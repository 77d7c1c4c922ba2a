"""Pages of allauth that ask again who is there; they stand before allauth's own, under the same addresses and names."""

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from django.urls import path

from onboarding_portal import proving

urlpatterns = [
    path("prove/", proving.prove, name="prove-by-mail"),
    path("2fa/totp/activate/", proving.asks_again("GET", "HEAD", "POST")(totp.activate_totp), name="mfa_activate_totp"),
    path("password/set/", proving.asks_again("GET", "HEAD", "POST")(account.password_set), name="account_set_password"),
    path("email/", proving.asks_again("POST")(account.email), name="account_email"),
]
