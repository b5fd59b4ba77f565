"""Staff sign in by the city's account, and by nothing that only looks like it (ID-14)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import time_machine
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from common import clock
from common.bus.tables import outbox
from common.schemas import Envelope
from identity.actions.purge import purge_sign_ins
from identity.provider import AWAY_SECONDS
from identity.store.models import (
    Account,
    FederatedSignIn,
    School,
    SecondFactor,
    SignedInSession,
    StaffRole,
)
from suite.town.city import Lie

NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
# Why each is refused: one that is refused for another reason would show nothing.
REASONS = {
    Lie.AUDIENCE: "'aud'",
    Lie.AUDIENCES: "for others too",
    Lie.PARTY: "'azp'",
    Lie.NONCE: "'nonce'",
    Lie.EXPIRED: "expired",
    Lie.AHEAD: "issued in the future",
    Lie.ISSUER: "'iss'",
    Lie.UNSIGNED: "'none' is not allowed",
    Lie.SHARED_SECRET: "'HS256' is not allowed",
    Lie.STRANGE_KEY: "No key for kid",
    Lie.CHANGED: "bad_signature",
    Lie.UNVERIFIED: "not verified",
    Lie.NAMELESS: "no mail address",
    Lie.MISSING: "decode_error",
}


def count_failures(database: Any) -> int:
    """Return how many failed sign-ins of nobody the log was told."""
    query = select(outbox.c.body).where(outbox.c.body.contains("account.sign_in_failed"))
    with database.for_system(read_only=True) as session:
        told = [Envelope.load(body).payload for body in session.scalars(query)]
    return sum(each["actor_id"] is None for each in told)


def count_sessions(database: Any, account_id: Any) -> int:
    query = select(func.count()).where(SignedInSession.account_id == UUID(str(account_id)))
    with database.for_system(read_only=True) as session:
        return session.scalar(query) or 0


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_the_citys_account_opens_a_session_without_a_password(federation, school, logged) -> None:
    federation.employ(school.administrator_mail)
    session_id = federation.opened(school.administrator_mail)
    resolved = federation.door.resolve(session_id)
    assert resolved.status_code == 200, resolved.json
    assert resolved.json["account"]["id"] == str(school.administrator_id)
    signed_in = [line.payload for line in logged(school.administrator_id)][-1]
    assert (signed_in["action"], signed_in["details"]) == ("account.signed_in", {"by": "city"})


def test_the_provider_is_asked_as_the_standards_say(federation) -> None:
    over, again = federation.go_over(), federation.go_over()
    asked = over.asked
    assert (
        asked.items()
        >= {
            "response_type": "code",
            "code_challenge_method": "S256",
            "scope": "openid email profile",
            "prompt": "select_account",
        }.items()
    )
    secrets = ("state", "nonce", "code_challenge")
    assert not {asked[name] for name in secrets} & {again.asked[name] for name in secrets}
    assert over.binding not in over.address


def test_what_is_kept_of_a_sign_in_on_its_way_ends_no_other(federation, database) -> None:
    over = federation.go_over()
    with database.for_system(read_only=True) as session:
        rows = session.execute(select(FederatedSignIn.id, FederatedSignIn.binding)).all()
    kept = {bytes(column) for row in rows for column in row}
    assert over.asked["state"].encode() not in kept
    assert over.binding.encode() not in kept


def test_a_temporary_password_need_not_be_replaced_first(federation, make_school, door) -> None:
    school = make_school()
    mail = federation.employ(school.administrator_mail)
    body = {"account_ids": [str(school.administrator_id)]}
    issued = door.as_staff(school.id, "POST", "/temporary-passwords", json=body)
    assert issued.status_code == 200, issued.json
    assert door.resolve(federation.opened(mail)).status_code == 200


def test_the_citys_account_counts_as_proved(federation, school, add_account, database) -> None:
    """Its provider asks for a second factor where the city demands one."""
    door, settings = federation.door, "/schools/current/settings"
    seen = door.as_staff(school.id, "GET", settings).json["changed_at"]
    demanded = {"changed_at": seen, "factor_for": "everybody"}
    assert door.as_staff(school.id, "PATCH", settings, json=demanded).status_code == 200
    without, having = add_account(school), add_account(school)
    add_app(database, having["id"])
    for account, step in ((without, "enrolment"), (having, "factor")):
        federation.employ(account["mail"])
        assert door.resolve(federation.opened(account["mail"])).status_code == 200
        by_password = door.resolve(door.sign_in(account["mail"]).json["session_id"])
        assert by_password.json["error"]["fields"] == {"step": step}


def add_app(database: Any, account_id: str) -> None:
    """Give somebody an authenticator app."""
    app = SecondFactor(
        id=uuid4(),
        account_id=UUID(account_id),
        kind="totp",
        name="iPhone",
        secret=b"sealed",
        counter=0,
        created_at=NOON,
    )
    with database.for_system() as session:
        session.add(app)


def test_who_serves_at_several_schools_chooses_one(federation, two_schools, door) -> None:
    _, second, account = two_schools
    federation.employ(account["mail"])
    session_id = federation.opened(account["mail"])
    pending = door.resolve(session_id).json["error"]
    assert (pending["code"], pending["fields"]["step"]) == ("session_pending", "school")
    chosen = {
        "session_id": session_id,
        "school_id": str(second.id),
        "remote_address": "198.51.100.7",
    }
    assert door.as_service("gateway", "PUT", "/sessions/school", json=chosen).status_code == 204
    assert door.resolve(session_id).json["school"]["id"] == str(second.id)


@pytest.mark.parametrize("lie", Lie)
def test_a_token_that_is_not_to_be_believed_opens_nothing(
    federation, school, database, lie: Lie
) -> None:
    mail = federation.employ(school.administrator_mail)
    before = count_failures(database)
    federation.city.lie = lie
    with capture_logs() as logs:
        answer = federation.sign_in(mail)
    assert code_of(answer) == (401, "federation_refused")
    assert REASONS[lie] in next(each["reason"] for each in logs if each["event"] == "city.refused")
    assert mail not in str(logs)
    assert count_sessions(database, school.administrator_id) == 0
    assert count_failures(database) == before + 1
    federation.city.lie = None
    assert federation.sign_in(mail).status_code == 200, "the same person, without the lie"


def test_the_same_answer_brought_twice_opens_one_session(federation, school, database) -> None:
    mail = federation.employ(school.administrator_mail)
    over = federation.go_over()
    brought = federation.pick(over, mail)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: federation.come_back(over, brought), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    assert code_of(federation.come_back(over, brought)) == (401, "federation_refused")
    assert count_sessions(database, school.administrator_id) == 1


def test_an_answer_opens_nothing_in_another_browser_and_stays_good_in_its_own(
    federation, school, database
) -> None:
    mail = federation.employ(school.administrator_mail)
    mine, theirs = federation.go_over(), federation.go_over()
    brought = federation.pick(mine, mail)
    before = count_failures(database)
    assert code_of(federation.come_back(theirs, brought)) == (401, "federation_refused")
    without_cookie = federation.come_back(mine, {**brought, "binding": ""})
    assert code_of(without_cookie) == (401, "federation_refused")
    assert count_failures(database) == before
    assert federation.come_back(mine, brought).status_code == 200


def test_a_code_of_another_sign_in_is_refused(federation, school) -> None:
    mail = federation.employ(school.administrator_mail)
    mine, theirs = federation.go_over(), federation.go_over()
    stolen = federation.pick(mine, mail)["code"]
    brought = {**federation.pick(theirs, mail), "code": stolen}
    assert code_of(federation.come_back(theirs, brought)) == (401, "federation_refused")


def test_a_state_that_nobody_began_is_refused_without_asking_the_provider(
    federation, database
) -> None:
    federation.city.is_down = True
    brought = {"state": "x" * 43, "code": "y" * 32, "binding": "z" * 43}
    before = count_failures(database)
    answer = federation.ask("PUT", json={"return_to": "https://renraku.example/", **brought})
    assert code_of(answer) == (401, "federation_refused")
    assert count_failures(database) == before, "anybody could fill a log that is kept"


def test_a_sign_in_may_take_ten_minutes(federation, school, database) -> None:
    mail = federation.employ(school.administrator_mail)
    for minutes, status in ((9, 200), (11, 401)):
        with time_machine.travel(NOON, tick=True) as traveller:
            over = federation.go_over()
            traveller.shift(timedelta(minutes=minutes))
            brought = federation.pick(over, mail)
            assert federation.come_back(over, brought).status_code == status
    with database.for_system() as session:
        purge_sign_ins(session, now=NOON + timedelta(minutes=12))
    with database.for_system(read_only=True) as session:
        begun_before = FederatedSignIn.started_at <= NOON + timedelta(minutes=1)
        assert session.scalar(select(func.count()).where(begun_before)) == 0


def test_a_new_key_of_the_provider_is_asked_for_once(federation, school) -> None:
    mail = federation.employ(school.administrator_mail)
    assert federation.sign_in(mail).status_code == 200
    federation.city.key = None
    assert federation.sign_in(mail).status_code == 200


def test_whom_no_school_knows_is_told_so_whatever_the_reason(
    federation, make_school, add_account, database
) -> None:
    school = make_school()
    stopped, over = add_account(school), add_account(school, ends_on="2020-03-31")
    with database.for_system() as session:
        of_stopped = StaffRole.account_id == UUID(stopped["id"])
        session.execute(update(StaffRole).where(of_stopped).values(status="ended"))
    accounts_before = count_accounts(database)
    strangers = ["nobody@town.test", stopped["mail"], over["mail"], "mayor@elsewhere.test"]
    answers = [federation.sign_in(federation.employ(mail)) for mail in strangers]
    assert {code_of(answer) for answer in answers} == {(401, "nobody_here")}
    assert len({answer.data for answer in answers}) == 1
    assert count_accounts(database) == accounts_before, "nobody's account is made"


def count_accounts(database: Any) -> int:
    with database.for_system(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def test_an_address_of_another_domain_is_nobodys_even_where_it_signs_in_by_password(
    federation, school, add_account, logged
) -> None:
    account = add_account(school, mail="guest.of.the.city@elsewhere.test")
    federation.employ(account["mail"])
    assert code_of(federation.sign_in(account["mail"])) == (401, "nobody_here")
    assert federation.door.sign_in(account["mail"]).status_code == 201


def test_a_failed_sign_in_of_somebody_known_stands_in_the_log(
    federation, make_school, add_account, database, logged
) -> None:
    school = make_school()
    account = add_account(school)
    with database.for_system() as session:
        mine = StaffRole.account_id == UUID(account["id"])
        session.execute(update(StaffRole).where(mine).values(status="ended"))
    federation.sign_in(federation.employ(account["mail"]))
    actions = [line.payload["action"] for line in logged(account["id"])]
    assert actions[-1] == "account.sign_in_failed"


def test_whose_school_is_being_erased_is_told_so(federation, make_school, database) -> None:
    school = make_school()
    federation.employ(school.administrator_mail)
    with database.for_system() as session:
        session.execute(update(School).where(School.id == school.id).values(state="erasing"))
    assert code_of(federation.sign_in(school.administrator_mail)) == (409, "school_erasing")


def test_while_the_provider_is_away_it_is_said_and_passwords_go_on(federation, school) -> None:
    mail = federation.employ(school.administrator_mail)
    federation.city.is_down = True
    answer = federation.ask("POST", json={"return_to": "https://renraku.example/"})
    assert code_of(answer) == (503, "city_away")
    assert federation.door.sign_in(mail).status_code == 201


def test_a_provider_that_was_away_is_asked_again_some_seconds_later(
    federation, school, monkeypatch: pytest.MonkeyPatch
) -> None:
    federation.city.is_down = True
    over = {"return_to": "https://renraku.example/"}
    assert code_of(federation.ask("POST", json=over)) == (503, "city_away")
    federation.city.is_down = False
    with capture_logs() as logs:
        assert code_of(federation.ask("POST", json=over)) == (503, "city_away")
    assert logs == [], "nobody was asked"
    later = clock.monotonic() + AWAY_SECONDS + 1
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    assert federation.ask("POST", json=over).status_code == 201


def test_who_goes_over_needs_a_place_too(federation) -> None:
    provider = federation.door.app.extensions["house"].provider
    over = {"return_to": "https://renraku.example/"}
    with provider.place(), provider.place(), provider.place(), provider.place():
        assert code_of(federation.ask("POST", json=over)) == (429, "sign_in_busy")
    assert federation.ask("POST", json=over).status_code == 201


def test_a_provider_that_goes_away_meanwhile_counts_as_no_failed_sign_in(
    federation, school, database
) -> None:
    mail = federation.employ(school.administrator_mail)
    over = federation.go_over()
    brought = federation.pick(over, mail)
    before = count_failures(database)
    federation.city.is_down = True
    assert code_of(federation.come_back(over, brought)) == (503, "city_away")
    assert count_failures(database) == before


def test_where_no_provider_is_named_nothing_is_offered(door) -> None:
    for method, body in (
        ("GET", None),
        ("POST", {"return_to": "https://renraku.example/"}),
        ("PUT", {"return_to": "x", "state": "x", "code": "x", "binding": "x"}),
    ):
        answer = door.as_service("gateway", method, "/federated-sign-ins", json=body)
        assert code_of(answer) == (404, "city_not_offered")


def test_what_is_offered_is_called_as_people_call_it(federation) -> None:
    assert federation.ask("GET").json == {"name": "みなも市のアカウント"}


def test_when_too_many_come_back_at_once_the_next_keeps_its_answer(federation, school) -> None:
    mail = federation.employ(school.administrator_mail)
    over = federation.go_over()
    brought = federation.pick(over, mail)
    provider = federation.door.app.extensions["house"].provider
    with provider.place(), provider.place(), provider.place(), provider.place():
        assert code_of(federation.come_back(over, brought)) == (429, "sign_in_busy")
    assert federation.come_back(over, brought).status_code == 200


def test_only_the_gateway_signs_people_in(federation, school) -> None:
    for method in ("GET", "POST", "PUT"):
        answer = federation.door.as_service("messaging", method, "/federated-sign-ins", json={})
        assert answer.status_code == 403


def test_the_provider_itself_takes_a_code_from_nobody_else(federation, school) -> None:
    """The town's provider is strict, or the tests above would show little."""
    mail = federation.employ(school.administrator_mail)
    code = federation.pick(federation.go_over(), mail)["code"]
    token_page = f"{federation.named.issuer}/token"
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": "x" * 64}
    assert httpx.post(token_page, data=form, auth=("somebody", "else")).status_code == 401
