"""The other houses, as the gateway or who is signed in may ask them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from common.houses import STORED
from common.web.client import ServiceClient
from gateway.clients.accounts import Accounts
from gateway.clients.asking import AskedHouse, Asker
from gateway.clients.directory import Directory
from gateway.clients.dispatch import Dispatch
from gateway.clients.factors import Factors
from gateway.clients.families import FamilyChanges
from gateway.clients.identity import Identity
from gateway.clients.members import MemberChanges
from gateway.clients.messaging import Messaging
from gateway.clients.moves import MoveLists
from gateway.clients.my_page import MyPage
from gateway.clients.own_points import OwnPoints
from gateway.clients.recoveries import Recoveries
from gateway.clients.registrations import Registrations
from gateway.clients.retention import Retention
from gateway.clients.sheets import Sheets
from gateway.clients.staff_imports import StaffImports
from gateway.clients.years import YearChanges
from gateway.config import Settings


@dataclass(frozen=True)
class Clients:
    """The other houses, each with what it can be asked.

    `token`: of who is signed in, who asks then; without one the gateway asks in its own name. The
    house that is asked checks whether that one may.
    """

    houses: Mapping[str, AskedHouse]
    token: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the clients of the houses that the settings name."""
        return cls({service: ServiceClient.of(settings, service) for service in STORED})

    def speaking_for(self, token: str) -> Self:
        """Return the same houses as the person of a token may ask them."""
        return replace(self, token=token)

    @property
    def identity(self) -> Identity:
        return Identity(self._asker)

    @property
    def factors(self) -> Factors:
        return Factors(self._asker)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self._asker)

    @property
    def recoveries(self) -> Recoveries:
        return Recoveries(self._asker)

    @property
    def directory(self) -> Directory:
        return Directory(self._asker)

    @property
    def members(self) -> MemberChanges:
        return MemberChanges(self._asker)

    @property
    def years(self) -> YearChanges:
        return YearChanges(self._asker)

    @property
    def staff_imports(self) -> StaffImports:
        return StaffImports(self._asker)

    @property
    def moves(self) -> MoveLists:
        return MoveLists(self._asker)

    @property
    def sheets(self) -> Sheets:
        return Sheets(self._asker)

    @property
    def families(self) -> FamilyChanges:
        return FamilyChanges(self._asker)

    @property
    def registrations(self) -> Registrations:
        return Registrations(self._asker)

    @property
    def my_page(self) -> MyPage:
        return MyPage(self._asker)

    @property
    def own_points(self) -> OwnPoints:
        return OwnPoints(self._asker)

    @property
    def messaging(self) -> Messaging:
        return Messaging(self._asker)

    @property
    def dispatch(self) -> Dispatch:
        return Dispatch(self._asker)

    @property
    def retention(self) -> Retention:
        return Retention(self._asker)

    @property
    def _asker(self) -> Asker:
        return Asker(self.houses, self.token)
