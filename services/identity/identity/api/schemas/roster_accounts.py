"""What goes over HTTP about the accounts that a roster of staff asks for."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length

from identity.domain.roster_accounts import WantedAccount
from identity.domain.words import Role

# More staff than any school has.
MOST_WANTED = 5_000


class RosterAccount(ma.Schema):
    # None: nobody of the roster yet.
    member_id = ma.fields.UUID(required=True, allow_none=True)
    display_name = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    mail = ma.fields.String(required=True)


class RosterAccounts(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RosterAccount), required=True)


class WantedAccountIn(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    # None: nobody who signs in.
    role = ma.fields.Enum(Role, by_value=True, required=True, allow_none=True)
    display_name = ma.fields.String(load_default=None, allow_none=True, validate=Length(1, 100))
    mail = ma.fields.String(load_default=None, allow_none=True, validate=Length(1, 320))

    @ma.post_load
    def make_wanted(self, loaded: dict[str, Any], **_: Any) -> WantedAccount:
        return WantedAccount(**loaded)


class WantedAccountsIn(ma.Schema):
    # Who reads the roster in.
    actor_id = ma.fields.UUID(required=True)
    items = ma.fields.List(
        ma.fields.Nested(WantedAccountIn), required=True, validate=Length(max=MOST_WANTED)
    )


class RefusedAccountOut(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)


class RefusedAccounts(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RefusedAccountOut), required=True)
