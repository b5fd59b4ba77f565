"""The relay's settings, and what can be changed or is remembered while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from .domains import Kind
from .envelope import Recipient

# Seconds a mail: slow enough that a person sees a send of some hundred mails happen.
DEMO_PACE = 0.03
MAX_PACE = 1.0
NONSENSE = "\x00\xff<html>\x07 teapot \xfe"  # no SMTP answer, and not even text


@dataclass(frozen=True)
class RelaySettings:
    """Where the relay listens and how strict it is; times in seconds."""

    host: str = "127.0.0.1"
    port: int = 0  # 0: any free port
    name: str = "relay.town.test"
    max_size: int = 10 * 1024 * 1024
    mails_per_connection: int = 100
    recipients_per_mail: int = 100
    idle_seconds: float = 300.0
    slow_seconds: float = 20.0  # what slow.town.test takes for a mail at the demo's pace or above
    # How many mails side by side a FEW_AT_ONCE provider takes, over all its domains.
    few_at_once: int = 4
    full_attempts: int = 3  # how often full.town.test refuses each recipient before it has room


@dataclass
class RelayControl:
    """What the page and the tests may change while the relay runs, and what its domains remember.

    The pace may be set from any thread; the memory belongs to the relay's event loop.
    """

    settings: RelaySettings = field(default_factory=RelaySettings)
    pace: float = 0.0  # seconds waited before the answer to a mail's content
    _tries: dict[tuple[str, str], int] = field(default_factory=dict)

    def set_pace(self, seconds: float) -> None:
        """Set the seconds a mail takes, kept between 0 and MAX_PACE."""
        self.pace = min(max(seconds, 0.0), MAX_PACE)

    def forget(self) -> None:
        """Forget whom greylist and full have seen, as on the first day."""
        self._tries.clear()

    def seconds_for(self, recipients: list[Recipient]) -> float:
        """Return how long these recipients' mail takes.

        slow.town.test shrinks with a pace below the demo's (0: at once).
        """
        if any(recipient.kind is Kind.SLOW for recipient in recipients):
            return self.pace + self.settings.slow_seconds * min(1.0, self.pace / DEMO_PACE)
        return self.pace

    def answer_to_recipient(self, sender: str, recipient: Recipient) -> str | None:
        """Return what a recipient's domain answers to RCPT instead of 250, or None.

        421: it hangs up too.
        """
        match recipient.kind:
            case Kind.UNKNOWN:
                return "550 5.1.1 No such user here"
            case Kind.BUSY:
                return "421 4.3.2 Too busy, try again later"
            case Kind.NONSENSE:
                return NONSENSE
            case Kind.FULL if self._try("", recipient.address) <= self.settings.full_attempts:
                return "452 4.2.2 Mailbox full"
            case Kind.GREYLIST if self._try(sender, recipient.address) == 1:
                return "451 4.7.1 Greylisted, please try again later"
        return None

    def _try(self, sender: str, address: str) -> int:
        tries = self._tries.get((sender, address), 0) + 1
        self._tries[sender, address] = tries
        return tries
