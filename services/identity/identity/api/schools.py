"""/schools: the operator makes and lists them; everybody asks for the current one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import NotFound
from common.rights import Right
from common.web import auth
from common.web.auth import allow, operator, service, staff
from common.web.paging import page_of
from identity.actions import passwords
from identity.actions.accounts import NewAccount
from identity.actions.ends import begin_erasure, end_contract
from identity.actions.letters import find_letter, note_letter
from identity.actions.particulars import Change, change_school, show_school
from identity.actions.schools import NewSchool, create_school
from identity.actions.settings import change_settings
from identity.api.door import actor, house
from identity.api.passwords import hash_chosen
from identity.api.schemas import (
    CreatedSchoolOut,
    EndedSchoolOut,
    EndIn,
    LetterOut,
    SchoolChangesIn,
    SchoolIdsOut,
    SchoolIn,
    SchoolOfOperatorOut,
    SchoolOut,
    SchoolPageOut,
    SchoolSettingsIn,
    SchoolSettingsOut,
    SchoolsQuery,
)
from identity.api.shapes import listed_school_of, profile_of, school_of_operator, settings_of
from identity.domain.contracts import End, EndNotice
from identity.domain.particulars import Contact, Particulars
from identity.domain.words import Role
from identity.store import schools

blueprint = Blueprint(
    "schools", "schools", url_prefix="/schools", description="Schools and their contracts"
)

# Whose pages and letters speak of a school.
READS_PROFILE = (
    "messaging",
    "directory",
    "gateway",
    "retention",
    "dispatch-mail",
    "dispatch-push",
)


@blueprint.route("")
class Schools(MethodView):
    @allow(service("operator"), operator())
    @blueprint.arguments(SchoolsQuery, location="query")
    @blueprint.response(200, SchoolPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the schools by code, or those that some words name."""
        with house().database.for_system(read_only=True) as session:
            rows = schools.list_schools(
                session,
                after=query["after"],
                limit=query["limit"],
                words=query["query"],
            )
            contracts = schools.newest_contracts(session, [school.id for school in rows])
        listed = [listed_school_of(school, contracts.get(school.id)) for school in rows]
        return page_of(listed, query["limit"], lambda row: str(row["code"]))

    @allow(service("operator"), operator())
    @blueprint.arguments(SchoolIn)
    @blueprint.response(201, CreatedSchoolOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Make a school with its key, contract and first administrator; 409 `code_taken`,
        `mail_taken`.

        Repeated with the same `id` it makes no other school, and gives the same temporary password
        while that holds.
        """
        here = house()
        first = body.pop("administrator")
        supplied = first["password"]
        password_hash = hash_chosen(supplied, mail=first["mail"]) if supplied else None
        administrator = NewAccount(
            here.login.make_login(first["mail"]),
            first["display_name"],
            first["post"],
            Role.ADMINISTRATOR,
            password_hash,
        )
        own = {name: body.pop(name) for name in ("id", "code") if name in body}
        new = NewSchool(
            kind=body.pop("kind"),
            mail_local=body.pop("mail_local"),
            particulars=_particulars(body),
            administrator=administrator,
            **own,
        )
        with here.database.for_school(new.id) as session:
            school = create_school(
                session,
                new,
                keyring=here.keyring,
                actor=actor(),
                now=clock.now(),
            )
            letter = find_letter(session, school.id, now=clock.now())
        made: dict[str, Any] = {"id": school.id, "code": school.code}
        if letter is not None:
            account = letter.account
            made["administrator_password"] = passwords.temporary_of(account, here.temporary)
            made["administrator_password_until"] = account.temporary_until
        return made


def _particulars(body: dict[str, Any]) -> Particulars:
    contract = body.pop("contract")
    contacts = tuple(Contact(**each) for each in contract.pop("contacts"))
    first_day = contract.pop("starts_on")
    return Particulars(**body, **contract, first_day=first_day, contacts=contacts)


@blueprint.route("/<uuid:school_id>")
class OneSchool(MethodView):
    @allow(service("operator"), operator())
    @blueprint.response(200, SchoolOfOperatorOut)
    def get(self, school_id: UUID) -> Any:
        """Return a school with its contract, an erased one too."""
        with house().database.for_system(read_only=True) as session:
            return _shown(session, school_id)

    @allow(operator())
    @blueprint.arguments(SchoolChangesIn)
    @blueprint.response(200, SchoolOfOperatorOut)
    def put(self, body: dict[str, Any], school_id: UUID) -> Any:
        """Change a school and its contract; 409 `school_changed_elsewhere`, `school_erasing`,
        `school_erased`.
        """
        here = house()
        change = Change(version=body.pop("version"), wanted=_particulars(body))
        with here.database.for_school(school_id) as session:
            change_school(session, school_id, change, keyring=here.keyring, actor=actor())
            return _shown(session, school_id)


def _shown(session: Any, school_id: UUID) -> dict[str, Any]:
    known = show_school(session, school_id, house().keyring)
    letter = find_letter(session, school_id, now=clock.now())
    return school_of_operator(known, has_letter=letter is not None)


@blueprint.route("/<uuid:school_id>/letters")
class LettersOfSchool(MethodView):
    @allow(operator())
    @blueprint.response(201, LetterOut)
    def post(self, school_id: UUID) -> Any:
        """Give what the letter to the first administrator says, which the log notes; 409
        `letter_gone` once the temporary password was used or its days are over.
        """
        here = house()
        with here.database.for_school(school_id) as session:
            letter = note_letter(session, school_id, actor=actor(), now=clock.now())
        account = letter.account
        return {
            "display_name": letter.role.display_name,
            "post": letter.role.post,
            "mail": here.login.open(account.login_mail, account.id),
            "password": passwords.temporary_of(account, here.temporary),
            "until": account.temporary_until,
        }


@blueprint.route("/<uuid:school_id>/end")
class EndOfSchool(MethodView):
    @allow(service("operator"), operator())
    @blueprint.arguments(EndIn)
    @blueprint.response(200, EndedSchoolOut)
    def post(self, body: dict[str, Any], school_id: UUID) -> Any:
        """End a school's contract. Again before the erasure: change the dates; 409
        `school_erasing`, `school_erased` later.

        422 `end_invalid`: `grace_days` above 38; an end that would erase at once without the
        school's name typed exactly.
        """
        end = End(body["ended_on"], body["grace_days"])
        notice = EndNotice(end, clock.today(), body["name_typed"])
        with house().database.for_school(school_id) as session:
            return end_contract(session, school_id, notice, actor=actor())


@blueprint.route("/<uuid:school_id>/erasing")
class ErasureOfSchool(MethodView):
    @allow(service("retention"))
    @blueprint.response(200, EndedSchoolOut)
    def post(self, school_id: UUID) -> Any:
        """Close a school because its erasure begins; 409 `erasure_not_due` while its data is kept.

        Again: the same answer.
        """
        if auth.school_id() != school_id:
            raise NotFound()
        with house().database.for_school(school_id, even_erased=True) as session:
            return begin_erasure(session, school_id, today=clock.today())


@blueprint.route("/current/settings")
class SettingsOfSchool(MethodView):
    @allow(staff(Right.SETTINGS_EDIT))
    @blueprint.response(200, SchoolSettingsOut)
    def get(self) -> Any:
        """Return what the school's administrators may set."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            return settings_of(schools.get_school(session, auth.school_id()), _city_name())

    @allow(staff(Right.SETTINGS_EDIT))
    @blueprint.arguments(SchoolSettingsIn)
    @blueprint.response(200, SchoolSettingsOut)
    def patch(self, body: dict[str, Any]) -> Any:
        """Change settings; 409 `changed_meanwhile` where another did since `changed_at`, 422
        `network_invalid`, `networks_missing`.
        """
        seen_at = body.pop("changed_at")
        with house().database.for_school(auth.school_id()) as session:
            school = change_settings(
                session,
                auth.school_id(),
                body,
                seen_at=seen_at,
                actor=actor(),
            )
            return settings_of(school, _city_name())


def _city_name() -> str:
    provider = house().provider
    return provider.city.name if provider else ""


@blueprint.route("/mail-locals/<string:mail_local>")
class SchoolsAtAddress(MethodView):
    @allow(service("dispatch-mail"))
    @blueprint.response(200, SchoolIdsOut)
    def get(self, mail_local: str) -> Any:
        """Return the schools that send as this local part, none where there is none: somebody
        answers a mail of theirs.
        """
        with house().database.for_system(read_only=True) as session:
            return {"school_ids": schools.list_ids_at(session, mail_local)}


@blueprint.route("/current")
class CurrentSchool(MethodView):
    @allow(staff(), service(*READS_PROFILE))
    @blueprint.response(200, SchoolOut)
    def get(self) -> Any:
        """Return the profile of the caller's school."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            school = schools.get_school(session, auth.school_id())
            return profile_of(school, schools.member_limit(session, school.id))


@blueprint.route("/codes/<string:code>")
class SchoolByCode(MethodView):
    @allow(service("directory", "gateway"))
    @blueprint.response(200, SchoolOut)
    def get(self, code: str) -> Any:
        """Return the profile of the school whose code this is; 404 unless it is in use."""
        with house().database.for_system(read_only=True) as session:
            school = schools.get_by_code(session, code)
            return profile_of(school, schools.member_limit(session, school.id))
