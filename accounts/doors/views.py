"""The pages of a person's own account that allauth has not: overview and farewell."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import mail, services
from accounts.doors.forms import DeletionForm
from accounts.errors import Refused
from accounts.models import User


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Everything a person can change about their account, and how it stands."""
    return render(request, "account/overview.html")


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator] # allauth is untyped
def delete(request: HttpRequest) -> HttpResponse:
    """Say what goes, ask for the address, and delete the account."""
    person = request.user
    if not isinstance(person, User):
        raise Http404
    form = DeletionForm(request.POST or None, address=person.email)
    if request.method == "POST" and form.is_valid():
        farewell: EmailMessage = mail.compose(
            "account/email/account_deleted.html", person.email, {}
        )
        try:
            services.erase_person(person=person)
        except Refused:
            context = {"form": form, "stuck": services.plan_erasure(person=person).stranded}
            return render(request, "account/delete.html", context, status=409)
        farewell.send()
        logout(request)
        messages.success(request, "Your account is deleted.")
        return redirect("home")
    going = services.plan_erasure(person=person).alone
    return render(request, "account/delete.html", {"form": form, "going": going})


def absent(request: HttpRequest) -> HttpResponse:
    """Anybody: there is nothing here."""
    raise Http404
