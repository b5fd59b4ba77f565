"""/family-sign-ins, /family-sessions/password: the password that a guardian may choose (MY-1).

It is checked outside any transaction, and what was typed is counted before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.crypto import SchoolKey
from common.errors import Busy, NotFound, Refused
from common.passwords import check_password
from common.web import auth
from common.web.auth import allow, service
from directory.actions import family_sign_ins, own_passwords
from directory.actions.family_sessions import get_family
from directory.actions.family_sign_ins import Candidate, Fitting, OpenedPage
from directory.actions.own_passwords import PasswordStand
from directory.actions.registration_tries import CountedEntry, count_entry, forgive_entry
from directory.api import door
from directory.api.counting import forgiving
from directory.api.schemas.my_page import (
    FamilySignInIn,
    FamilyTokenIn,
    NewPasswordIn,
    OpenedPagesOut,
    OwnPasswordStandOut,
    OwnPasswordTokenIn,
)
from directory.domain.errors import InvalidField
from directory.domain.mail_addresses import find_mail_problem, tidy_mail
from directory.domain.my_page.passwords import (
    MOST_COMPARED,
    FamilyPasswordWrong,
    FamilySignInRefused,
    FreshSignInNeeded,
    place_of_address,
    place_of_guardian,
)
from directory.domain.registration.trying import TriedPlace

blueprint = Blueprint(
    "own-passwords",
    "own_passwords",
    description="Families' own passwords",
)


def _count(place: TriedPlace) -> CountedEntry:
    """Count a try before it is checked; raise Busy where it has to wait."""
    with door.database().for_system() as session:
        counted = count_entry(session, place, now=clock.now())
    if isinstance(counted, Busy):
        raise counted
    return counted


def _forgive(counted: CountedEntry) -> None:
    with door.database().for_system() as session:
        forgive_entry(session, counted, now=clock.now())


@blueprint.route("/family-sign-ins")
class FamilySignIns(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FamilySignInIn)
    @blueprint.response(201, OpenedPagesOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Let a browser in by an address and a password, at each school where they fit.

        One answer, 401 `family_sign_in_refused`, whatever is wrong. 429 `locked`, `slowed`,
        `sign_in_busy`; 422 for what is no address.
        """
        mail = tidy_mail(body["mail"])
        problem = find_mail_problem(mail)
        if problem is not None:
            raise InvalidField("mail", problem, "This is not a mail address.", value=mail)
        remote_address = body["remote_address"]
        place = place_of_address(door.tries_secret(), mail, remote_address)
        hasher = door.hasher()
        with hasher.turn():
            counted = _count(place)
            with forgiving(counted):
                found = _find_candidates(mail)
            password = body["password"]
            fitting = _compare(found, password)
        opened = _open_pages(fitting)
        if not opened:
            _record_wrong(counted, found)
            raise FamilySignInRefused()
        _forgive(counted)
        return {"items": opened}


def _find_candidates(mail: str) -> list[Candidate]:
    database = door.database()
    with database.for_system(read_only=True) as session:
        school_ids = family_sign_ins.list_schools(session)
    keys = []
    for school_id in school_ids:
        key = _find_key(school_id)
        if key is not None:
            keys.append(key)
    with database.for_system(read_only=True) as session:
        return family_sign_ins.find_candidates(session, keys, mail)


def _find_key(school_id: Any) -> SchoolKey | None:
    """Return a school's key; None where the school is being erased."""
    try:
        return door.key_of(school_id)
    except (NotFound, Refused):
        return None


def _compare(found: Sequence[Candidate], password: str) -> list[Fitting]:
    """Return whose password fits; it takes as long whoever has the address, and for nobody."""
    hasher = door.hasher()
    fitting = [each for each in found if hasher.check(password, each.password_hash)]
    for _ in range(len(found), MOST_COMPARED):
        hasher.check(password, None)
    return [Fitting(each, hasher.renewed(password, each.password_hash)) for each in fitting]


def _open_pages(fitting: Sequence[Fitting]) -> list[OpenedPage]:
    """Let the browser in once at each school: of two who chose the same, as who chose last."""
    opened: dict[Any, OpenedPage] = {}
    for each in fitting:
        candidate = each.candidate
        school_id = candidate.school_id
        if school_id in opened:
            continue
        now = clock.now()
        with door.database().for_school(school_id) as session:
            page = family_sign_ins.open_page(session, each, now=now)
        if page is not None:
            opened[school_id] = page
    return list(opened.values())


def _record_wrong(counted: CountedEntry, found: Sequence[Candidate]) -> None:
    if not counted.begins_lock:
        return
    for candidate in found:
        with door.database().for_school(candidate.school_id) as session:
            family_sign_ins.record_guessing(session, candidate)


@blueprint.route("/family-sessions/password/look-up")
class OwnPasswordLookUp(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FamilyTokenIn)
    @blueprint.response(200, OwnPasswordStandOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Return how it stands with a guardian's own password; 401 `family_session_over`."""
        return _stand_of(body["token"])


@blueprint.route("/family-sessions/password")
class OwnPassword(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(NewPasswordIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Choose an own password; other browsers are put out.

        401 `family_session_over`, 403 `current_wrong`, `fresh_sign_in_needed`, 409
        `own_password_not_offered`, `changed_meanwhile`, 422 `password_weak`, 429 as at the sign-in.
        """
        token, password = body["token"], body["password"]
        stand = _stand_of(token)
        stand.check_may_choose()
        for mail in stand.mails:
            check_password(password, mail=mail)
        hasher = door.hasher()
        with hasher.turn():
            _check_known(stand, body)
            password_hash = hasher.hash(password)
        now = clock.now()
        with door.database().for_school(stand.school_id) as session:
            own_passwords.choose_password(session, token, stand, password_hash, now=now)


@blueprint.route("/family-sessions/password/end")
class OwnPasswordEnd(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(OwnPasswordTokenIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Forget the own password; refused as `PUT /family-sessions/password`."""
        stand = _stand_of(body["token"])
        with door.hasher().turn():
            _check_known(stand, body)
        now = clock.now()
        with door.database().for_school(stand.school_id) as session:
            own_passwords.remove_password(session, body["token"], stand, now=now)


def _stand_of(token: str) -> PasswordStand:
    school_id, key, now = auth.school_id(), door.school_key(), clock.now()
    with door.database().for_school(school_id, read_only=True) as session:
        family = get_family(session, school_id, token, now=now)
        return own_passwords.show_stand(session, key, family, now=now)


def _check_known(stand: PasswordStand, body: dict[str, Any]) -> None:
    """Check that who asks came in just now, or knows the password until now.

    Raise FreshSignInNeeded, FamilyPasswordWrong, or Busy for who has tried too often.
    """
    if stand.is_fresh or stand.password_hash is None:
        return
    current = body["current"]
    if not current:
        raise FreshSignInNeeded()
    remote_address = body["remote_address"]
    place = place_of_guardian(door.tries_secret(), stand.guardian_id, remote_address)
    counted = _count(place)
    is_right = door.hasher().check(current, stand.password_hash)
    if not is_right:
        raise FamilyPasswordWrong()
    _forgive(counted)
