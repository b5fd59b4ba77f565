"""What a sign-in is refused with, whatever was wrong; tries are counted by `common.guessing`."""

from __future__ import annotations

from common.errors import Invalid, Unauthenticated


class SignInRefused(Unauthenticated):
    """Mail or password is wrong, or the account has no school to go to: one answer for all."""

    def __init__(self) -> None:
        super().__init__("sign_in_refused", "The mail address or the password is wrong.")


class OperatorSignInRefused(Unauthenticated):
    """Mail, password or code is wrong: one answer for all three."""

    def __init__(self) -> None:
        super().__init__(
            "operator_sign_in_refused", "The mail address, the password or the code is wrong."
        )


class CodeRefused(Invalid):
    """The code is none of the telephone of who presses, or it was used."""

    def __init__(self) -> None:
        super().__init__(
            "code_refused", "The code is wrong, or was used.", fields={"code": "wrong"}
        )
