"""What a family that registers is declined, and why.

ServiceError
├── NotFound  RegistrationOver
├── Busy      ConfirmationsTooMany · SheetMailsTooMany · LineLinksTooMany
└── Refused   TermsNotAgreed · SheetReplaced · ConfirmationOver · RegistrationDecided ·
    │         LineLinkOver · LineLinkUsed · SheetNeeded · TalkRegistrationOff
    └── Invalid  CodesRefused · MailCodeWrong
"""

from __future__ import annotations

from common.errors import Busy, Invalid, NotFound, Refused


class CodesRefused(Invalid):
    """School code, ID or passcode is wrong, or no longer good: one answer for all."""

    def __init__(self, left: int | None = None) -> None:
        """Tell in a talk how many tries are `left`."""
        fields = {} if left is None else {"left": left}
        super().__init__(
            "registration_codes_wrong", "These codes do not belong together.", fields=fields
        )


class RegistrationOver(NotFound):
    """There is no such registration, or it has run out."""

    def __init__(self) -> None:
        super().__init__("registration_over", "This registration is over. Begin again.")


class TermsNotAgreed(Refused):
    """No address is taken before the use of addresses was shown and agreed to."""

    def __init__(self) -> None:
        super().__init__("terms_not_agreed", "The use of addresses is to be agreed to first.")


class SheetReplaced(Refused):
    """The sheet was made void, or its child has left, since the registration began."""

    def __init__(self) -> None:
        super().__init__("sheet_replaced", "This sheet is not valid any more.")


class ConfirmationsTooMany(Busy):
    """So many confirmation mails were sent to this address, or asked for here."""

    def __init__(self) -> None:
        super().__init__(
            "confirmations_too_many",
            "Too many confirmation mails were asked for. Try again in an hour.",
        )


class SheetMailsTooMany(Busy):
    """So many confirmation mails were asked for by one sheet within a day."""

    def __init__(self) -> None:
        super().__init__(
            "sheet_mails_too_many",
            "Too many confirmation mails were asked for by this sheet. Try again tomorrow.",
        )


class MailCodeWrong(Invalid):
    """The six digits are not those of the mail; `left`: how many tries it still has."""

    def __init__(self, left: int) -> None:
        super().__init__(
            "mail_code_wrong", "This is not the code of the mail.", fields={"left": left}
        )


class ConfirmationOver(Refused):
    """The link or the code has run out, or was never ours."""

    def __init__(self) -> None:
        super().__init__("confirmation_over", "This confirmation has run out.")


class LineLinksTooMany(Busy):
    """So many links to LINE were asked for here."""

    def __init__(self) -> None:
        super().__init__("line_links_too_many", "Too many links were asked for. Try again later.")


class LineLinkOver(Refused):
    """The nonce has run out, or was never ours."""

    def __init__(self) -> None:
        super().__init__("line_link_over", "This link to LINE has run out.")


class LineLinkUsed(Refused):
    """The nonce was used by another LINE user."""

    def __init__(self) -> None:
        super().__init__("line_link_used", "This link was used by another LINE user.")


class SheetNeeded(Refused):
    """A protected family adds what it registers by its sheet only, so that the office sees it."""

    def __init__(self) -> None:
        super().__init__("sheet_needed", "This needs the registration sheet.")


class TalkRegistrationOff(Refused):
    """The school does not let families register in the talk (any more)."""

    def __init__(self) -> None:
        super().__init__(
            "talk_registration_off", "This school does not let families register in the talk."
        )


class RegistrationDecided(Refused):
    """Nothing of this registration waits for the office any more."""

    def __init__(self) -> None:
        super().__init__("registration_decided", "This registration was decided already.")
