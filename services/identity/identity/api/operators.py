"""/operators: who runs the installation; they and the command change them (ID-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, operator, service
from identity.actions.confirmations import count_code, use_code
from identity.actions.operators import (
    NewOperator,
    add_operator,
    remove_operator,
    replace_factor,
)
from identity.api.door import actor, house
from identity.api.passwords import hashed
from identity.api.schemas import (
    ConfirmedIn,
    CreatedOperatorOut,
    FactorOut,
    OperatorIn,
    OperatorListOut,
)
from identity.domain.logins import normalise_mail
from identity.domain.second_factor import address_of, check_secret, make_secret
from identity.store import operators

blueprint = Blueprint(
    "operators", "operators", url_prefix="/operators", description="Who runs the installation"
)


@blueprint.route("")
class Operators(MethodView):
    @allow(service("operator"), operator())
    @blueprint.response(200, OperatorListOut)
    def get(self) -> Any:
        """List the operators, the first first."""
        here = house()
        with here.database.for_system(read_only=True) as session:
            rows = operators.list_operators(session)
        items = [
            {
                "id": row.id,
                "mail": here.operator_key.open("login_mail", row.login_mail, row.id),
                "display_name": row.display_name,
                "created_at": row.created_at,
            }
            for row in rows
        ]
        return {"items": items}

    @allow(service("operator"), operator())
    @blueprint.arguments(OperatorIn)
    @blueprint.response(201, CreatedOperatorOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Add an operator; 409 `mail_taken`, 422 `code_refused`. What is not supplied of password
        and secret is made, and given this once.

        Repeated with the same `id` before the first sign-in, it gives the same operator another
        password and secret.
        """
        here = house()
        mail = body["mail"]
        secret = body["totp_secret"] or make_secret()
        check_secret(secret)
        _confirm(body["code"])
        password, password_hash = hashed(body["password"], mail=mail)
        operator_id = body["id"] or uuid4()
        new = NewOperator(operator_id, mail, body["display_name"], password_hash, secret)
        with here.database.for_system() as session:
            add_operator(
                session,
                new,
                key=here.operator_key,
                actor=actor(),
                now=clock.now(),
            )
        made: dict[str, Any] = {"id": operator_id}
        if not body["password"]:
            made["password"] = password
        if not body["totp_secret"]:
            made["otpauth"] = address_of(secret, normalise_mail(mail))
        return made


def _confirm(code: str) -> None:
    """Demand a fresh code of the operator who asks; the installation's command has none to show."""
    who = auth.caller()
    if not isinstance(who, auth.Operator):
        return
    here = house()
    with here.database.for_system() as session:
        refusal = count_code(session, who.operator_id, key=here.operator_key, now=clock.now())
    if refusal is not None:
        raise refusal
    with here.database.for_system() as session:
        use_code(session, who.operator_id, code, key=here.operator_key, now=clock.now())


@blueprint.route("/<uuid:operator_id>")
class OneOperator(MethodView):
    @allow(service("operator"))
    @blueprint.response(204)
    def delete(self, operator_id: UUID) -> None:
        """Remove an operator, whose sessions end at once; 404."""
        _remove(operator_id)


def _remove(operator_id: UUID) -> None:
    with house().database.for_system() as session:
        remove_operator(session, operator_id, actor=actor(), now=clock.now())


@blueprint.route("/<uuid:operator_id>/remove")
class RemovalOfOperator(MethodView):
    @allow(operator())
    @blueprint.arguments(ConfirmedIn)
    @blueprint.response(204)
    def post(self, body: dict[str, str], operator_id: UUID) -> None:
        """Remove an operator as another one; 422 `code_refused`, 409 `own_account`."""
        _confirm(body["code"])
        _remove(operator_id)


@blueprint.route("/<uuid:operator_id>/second-factor")
class FactorOfOperator(MethodView):
    @allow(operator())
    @blueprint.arguments(ConfirmedIn)
    @blueprint.response(200, FactorOut)
    def put(self, body: dict[str, str], operator_id: UUID) -> Any:
        """Give an operator who lost the telephone another second factor, shown this once; 422
        `code_refused`, 409 `own_account`.
        """
        _confirm(body["code"])
        here = house()
        secret = make_secret()
        with here.database.for_system() as session:
            changed = replace_factor(
                session,
                operator_id,
                secret,
                key=here.operator_key,
                actor=actor(),
            )
        mail = here.operator_key.open("login_mail", changed.login_mail, operator_id)
        return {"otpauth": address_of(secret, mail)}
