"""What identity answers of second factors: of one person, in one session."""

from __future__ import annotations

from typing import Any

from town_school import make_id

from common import clock
from common.errors import Invalid, NotAllowed, NotFound, Refused

Row = dict[str, Any]
SECRET = "JBSWY3DPEHPK3PXP"
RIGHT_CODE, RECOVERY_CODE, SIGNED = "123456", "abcde-fghjk", '{"id": "signed"}'
CODES = [RECOVERY_CODE, "mnpqr-stuvw"]


class FactorHouse:
    """`factors`: what is registered; `is_sure`: whether the password was given a while ago.

    `is_demanded`: by the school's setting.
    """

    missing_step: str | None

    def __init__(self) -> None:
        super().__init__()
        self.factors: list[Row] = []
        self.is_sure = False
        self.is_demanded = False
        self.codes_left = 0

    def add_factor(self, kind: str, name: str) -> list[str]:
        """Register a factor; return the recovery codes that come with the first one."""
        made = {
            "id": make_id(f"factor {name}"),
            "kind": kind,
            "name": name,
            "created_at": clock.now().isoformat(),
            "used_at": None,
        }
        self.factors.append(made)
        if self.missing_step == "enrolment":
            self.missing_step = None
        if len(self.factors) > 1:
            return []
        self.codes_left = 10
        return CODES

    def post_sessions_factor_kinds(self, request: dict[str, Any]) -> Any:
        return {"kinds": sorted({each["kind"] for each in self.factors})}

    def put_sessions_factor_code(self, request: dict[str, Any]) -> Any:
        code = request["json"]["code"]
        if code not in (RIGHT_CODE, RECOVERY_CODE):
            raise NotAllowed("factor_wrong", "Wrong.")
        self.missing_step = None
        if code == RIGHT_CODE:
            return {"recovery_codes_left": None}
        self.codes_left -= 1
        return {"recovery_codes_left": self.codes_left}

    def post_sessions_factor_challenges(self, request: dict[str, Any]) -> Any:
        return {"options": {"challenge": "AAAA", "rpId": "localhost"}}

    def put_sessions_factor_passkey(self, request: dict[str, Any]) -> None:
        if request["json"]["credential"] != SIGNED:
            raise NotAllowed("factor_wrong", "Wrong.")
        self.missing_step = None

    def post_own_factors_look_up(self, request: dict[str, Any]) -> Any:
        return {
            "items": self.factors,
            "recovery_codes_left": self.codes_left,
            "is_demanded": self.is_demanded,
            "is_sure": self.is_sure,
        }

    def post_own_factors_confirmations(self, request: dict[str, Any]) -> None:
        if request["json"]["password"] == "wrong":
            raise NotAllowed("current_wrong", "Wrong.")
        self.is_sure = True

    def _demand_sure(self) -> None:
        if not self.is_sure:
            raise NotAllowed("password_needed", "Again.")

    def post_own_factors_app_offers(self, request: dict[str, Any]) -> Any:
        self._demand_sure()
        return {"secret": SECRET, "address": f"otpauth://totp/Renraku:a?secret={SECRET}"}

    def post_own_factors_apps(self, request: dict[str, Any]) -> Any:
        if request["json"]["code"] != RIGHT_CODE:
            raise NotAllowed("factor_wrong", "Wrong.")
        return {"recovery_codes": self.add_factor("totp", request["json"]["name"])}

    def post_own_factors_passkey_offers(self, request: dict[str, Any]) -> Any:
        self._demand_sure()
        return {"options": {"challenge": "AAAA", "user": {"id": "AAAA"}}}

    def post_own_factors_passkeys(self, request: dict[str, Any]) -> Any:
        if request["json"]["credential"] != SIGNED:
            raise Invalid("passkey_refused", "No.")
        return {"recovery_codes": self.add_factor("passkey", request["json"]["name"])}

    def post_own_factors_factor_id_end(self, request: dict[str, Any], factor_id: str) -> None:
        self._demand_sure()
        if factor_id not in {each["id"] for each in self.factors}:
            raise NotFound()
        if self.is_demanded and len(self.factors) == 1:
            raise Refused("factor_demanded", "Demanded.")
        self.factors = [each for each in self.factors if each["id"] != factor_id]

    def post_own_factors_recovery_codes(self, request: dict[str, Any]) -> Any:
        self._demand_sure()
        return {"recovery_codes": CODES}
