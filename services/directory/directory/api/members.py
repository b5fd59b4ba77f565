"""/members: pupils and staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import NotAllowed
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from directory.actions import deleted_members, member_lists, members, show
from directory.actions.guardians import (
    AddressSeal,
    GuardianToAdd,
    MailToAdd,
    add_guardian,
    add_mail,
    change_guardian,
)
from directory.actions.guardianships import Tie, end_guardianship, protect_guardianship
from directory.actions.lost_phones import end_all_sessions
from directory.actions.member_statuses import WantedStatus, change_statuses
from directory.actions.phone_numbers import check_sees_numbers, replace_numbers, see_numbers
from directory.actions.planned_statuses import drop_plan
from directory.api import door
from directory.api.schemas.people import (
    ChosenMembers,
    DeletedCount,
    DeletedPage,
    DeletedQuery,
    GuardianPatchIn,
    IdOut,
    LookUpIn,
    MailIn,
    MemberIn,
    MemberOut,
    MemberPatchIn,
    MemberQuery,
    MembersPage,
    NamedMembers,
    NewGuardianIn,
    ProtectionIn,
    ReasonIn,
    StatusesIn,
    StatusesOut,
)
from directory.api.schemas.phones import PhoneNumbersIn
from directory.domain.people import GuardianDraft, MemberDraft, MemberPatch
from directory.domain.phone_numbers import Phone

blueprint = Blueprint("members", "members", url_prefix="/members", description="Pupils and staff")


@blueprint.route("")
class Members(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.arguments(MemberQuery, location="query")
    @blueprint.response(200, MembersPage)
    def get(self, query: dict[str, Any]) -> Any:
        """List people by class, number and reading; `query` is a name, a reading, or a seat such as
        4-2-12.
        """
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return member_lists.list_members(
                session, door.actor(Right.ROSTER_SEE), member_lists.Search(**query)
            )

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(MemberIn)
    @blueprint.response(201, IdOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Register a person, with class, groups and guardians."""
        terms = door.terms()
        key = door.school_key()
        body["guardians"] = tuple(_draft_guardian(given) for given in body["guardians"])
        body["group_ids"] = tuple(body["group_ids"])
        body["mails"] = tuple(body["mails"])
        draft = MemberDraft(**body)
        with door.database().for_school(auth.school_id()) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            member_id = members.create_member(session, actor, draft, terms, key)
            return {"id": member_id}


def _draft_guardian(given: dict[str, Any]) -> GuardianDraft:
    mails = tuple(given["mails"])
    return GuardianDraft(**{**given, "mails": mails})


@blueprint.route("/<uuid:member_id>")
class MemberById(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.response(200, MemberOut)
    def get(self, member_id: UUID) -> Any:
        """Show a person with groups, guardians, contact points (masked), siblings, and numbers to
        call for who may see them.
        """
        key = door.school_key()
        sees = door.sees_protected()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            actor = door.actor(Right.ROSTER_SEE)
            shown = show.show_member(session, actor, member_id, key, sees_protected=sees)
            numbers = {}
            if door.may_call():
                caller = door.actor(Right.PHONES_SEE)
                numbers = see_numbers(session, caller, key, [member_id], sees_protected=sees)
            return {**shown, "phone_numbers": numbers.get(member_id)}

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(MemberPatchIn)
    @blueprint.response(204)
    def patch(self, body: dict[str, Any], member_id: UUID) -> None:
        """Change a person's names, numbers, status, class or groups; 409 `changed_meanwhile` where
        another did since `version` was shown. A status of a day to come is planned.
        """
        change = MemberPatch(version=body.pop("version", None), wanted=body)
        limit = door.member_limit() if "status" in body else None
        terms = members.Terms(limit, clock.now())
        with door.database().for_school(auth.school_id()) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            members.change_member(session, actor, member_id, change, terms)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def delete(self, member_id: UUID) -> None:
        """Take a person off the roster."""
        with door.database().for_school(auth.school_id()) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            deleted_members.delete_member(session, actor, member_id, now=clock.now())


@blueprint.route("/<uuid:member_id>/planned-status")
class PlannedStatus(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def delete(self, member_id: UUID) -> None:
        """Give up the status that is planned for a day to come."""
        with door.database().for_school(auth.school_id()) as session:
            drop_plan(session, door.actor(Right.ROSTER_CHANGE), member_id)


@blueprint.route("/<uuid:member_id>/restore")
class MemberRestoration(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self, member_id: UUID) -> None:
        """Bring a person back who was deleted in the last 30 days; 422 `number_taken` where
        somebody else has the seat by now.
        """
        terms = door.terms()
        with door.database().for_school(auth.school_id()) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            deleted_members.restore_member(session, actor, member_id, terms)


@blueprint.route("/deleted")
class DeletedMembers(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(DeletedQuery, location="query")
    @blueprint.response(200, DeletedPage)
    def get(self, query: dict[str, Any]) -> Any:
        """List who was deleted and can be brought back, the latest first."""
        search = deleted_members.DeletedSearch(**query)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            return deleted_members.list_deleted_members(session, actor, search)


@blueprint.route("/deletions")
class Deletions(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ChosenMembers)
    @blueprint.response(200, DeletedCount)
    def post(self, body: dict[str, Any]) -> Any:
        """Take people off the roster, all of them or, where one is out of scope, nobody; who is
        gone already is not counted.
        """
        with door.database().for_school(auth.school_id()) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            ids = body["ids"]
            count = deleted_members.delete_members(session, actor, ids, now=clock.now())
            return {"count": count}


@blueprint.route("/statuses")
class Statuses(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(StatusesIn)
    @blueprint.response(200, StatusesOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Give people a status, all of them or, where one is refused, nobody; one of a day to come
        is planned.
        """
        terms = door.terms()
        wanted = WantedStatus(body["status"], body["status_since"])
        with door.database().for_school(auth.school_id()) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            return change_statuses(session, actor, body["ids"], wanted, terms)


@blueprint.route("/<uuid:member_id>/phone-numbers")
class PhoneNumbersOfMember(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(PhoneNumbersIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any], member_id: UUID) -> None:
        """Make these a child's numbers to call; for who may change the roster and sees the numbers
        that are there.
        """
        if not door.may_call():
            raise NotAllowed()
        actor = door.actor(Right.ROSTER_CHANGE)
        reader = door.actor(Right.PHONES_SEE)
        key = door.school_key()
        phones = [Phone(**each) for each in body["phone_numbers"]]
        with door.database().for_school(auth.school_id()) as session:
            check_sees_numbers(session, reader, member_id, sees_protected=door.sees_protected())
            replace_numbers(session, actor, key, member_id, phones)


@blueprint.route("/<uuid:member_id>/guardians")
class GuardiansOfMember(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(NewGuardianIn)
    @blueprint.response(201, IdOut)
    def post(self, body: dict[str, Any], member_id: UUID) -> Any:
        """Give a pupil one more guardian; one whose mail address the school knows is that
        guardian, with the same name.
        """
        actor = door.actor(Right.ROSTER_CHANGE)
        new = GuardianToAdd(member_id, _draft_guardian(body), door.sees_protected())
        seal = AddressSeal(door.school_key(), clock.now())
        with door.database().for_school(auth.school_id()) as session:
            added = add_guardian(session, actor, new, seal)
            return {"id": added}


@blueprint.route("/<uuid:member_id>/guardians/<uuid:guardian_id>")
class GuardianOfMember(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(GuardianPatchIn)
    @blueprint.response(204)
    def patch(self, body: dict[str, Any], member_id: UUID, guardian_id: UUID) -> None:
        """Change a guardian's name, for all its children, or what it is to this child."""
        actor = door.actor(Right.ROSTER_CHANGE)
        tie = Tie(member_id, guardian_id, door.sees_protected())
        with door.database().for_school(auth.school_id()) as session:
            change_guardian(session, actor, tie, body)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ReasonIn)
    @blueprint.response(204)
    def delete(self, body: dict[str, Any], member_id: UUID, guardian_id: UUID) -> None:
        """Take a guardian from a child, for a reason that the operation log keeps: old pages name
        the child to them no more.
        """
        actor = door.actor(Right.ROSTER_CHANGE)
        tie = Tie(member_id, guardian_id, door.sees_protected())
        with door.database().for_school(auth.school_id()) as session:
            end_guardianship(session, actor, tie, body["reason"])


@blueprint.route("/<uuid:member_id>/guardians/<uuid:guardian_id>/mails")
class MailsOfGuardian(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(MailIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], member_id: UUID, guardian_id: UUID) -> None:
        """Register one more mail address of a guardian, of four at most; one that had ended only
        with `again`.
        """
        actor = door.actor(Right.ROSTER_CHANGE)
        tie = Tie(member_id, guardian_id, door.sees_protected())
        seal = AddressSeal(door.school_key(), clock.now())
        with door.database().for_school(auth.school_id()) as session:
            add_mail(session, actor, tie, MailToAdd(body["mail"], body["again"]), seal)


@blueprint.route("/<uuid:member_id>/guardians/<uuid:guardian_id>/protection")
class ProtectionOfGuardian(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ProtectionIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any], member_id: UUID, guardian_id: UUID) -> None:
        """Mark a family as protected, or take the mark away; for who sees protected families."""
        if not door.sees_protected():
            raise NotAllowed()
        actor = door.actor(Right.ROSTER_CHANGE)
        is_protected = body["protected"]
        with door.database().for_school(auth.school_id()) as session:
            protect_guardianship(session, actor, member_id, guardian_id, is_protected=is_protected)


@blueprint.route("/<uuid:member_id>/guardians/<uuid:guardian_id>/sessions/end")
class SessionsOfGuardianEnd(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self, member_id: UUID, guardian_id: UUID) -> None:
        """Forget all browsers of a guardian: a phone is lost. By a mail they come in anew."""
        actor = door.actor(Right.ROSTER_CHANGE)
        tie = Tie(member_id, guardian_id, door.sees_protected())
        with door.database().for_school(auth.school_id()) as session:
            end_all_sessions(session, actor, tie)


@blueprint.route("/look-up")
class MembersLookUp(MethodView):
    @allow(*map(staff, door.NAMES), service("messaging"))
    @blueprint.arguments(LookUpIn)
    @blueprint.response(200, NamedMembers)
    def post(self, body: dict[str, Any]) -> Any:
        """Name people by their ids; who is not this school's, or of another class than the
        caller's, is left out, and so is who was deleted unless `with_deleted` asks for them.
        """
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            actor = door.actor(*door.NAMES)
            ids, with_deleted = body["ids"], body["with_deleted"]
            found = show.look_up_members(session, actor, ids, with_deleted=with_deleted)
            return {"items": found}
