"""What directory answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class ListedGroup(TypedDict):
    id: str
    kind: str
    name: str
    parent_id: str | None
    position: int
    version: int
    depth: int
    path: str
    heads: int
    former: bool
    sendable: bool
    changeable: bool


class GroupsOut(TypedDict):
    items: list[ListedGroup]


class IdOut(TypedDict):
    id: str


class FormerClass(TypedDict):
    id: str
    path: str


class FormerClasses(TypedDict):
    items: list[FormerClass]


class GroupName(TypedDict):
    id: str
    kind: str
    path: str
    changeable: bool


class GroupNames(TypedDict):
    items: list[GroupName]


class DeletedGroup(TypedDict):
    id: str
    kind: str
    path: str
    deleted_at: str


class DeletedGroups(TypedDict):
    items: list[DeletedGroup]


class ListedMember(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool
    channels: dict[str, int]
    dead: dict[str, int]
    stopped: dict[str, int]


class MembersPage(TypedDict):
    items: list[ListedMember]
    next: str | None
    previous: str | None
    total: int


class GroupWithMembers(TypedDict):
    id: str
    kind: str
    name: str
    parent_id: str | None
    position: int
    version: int
    depth: int
    path: str
    heads: int
    members: MembersPage


class GroupDeletion(TypedDict):
    id: str
    kind: str
    path: str
    below: list[str]
    enrolled: int
    joined: int


class GroupPlace(TypedDict):
    is_first: bool
    is_last: bool


class GroupOfMember(TypedDict):
    id: str
    name: str
    kind: Literal["class", "free", "staff"]
    membership: str


class PointHealth(TypedDict):
    code: str | None
    since: str | None


class ContactPointOut(TypedDict):
    id: str
    kind: str
    state: str
    hint: str | None
    health: PointHealth | None
    proved_at: str | None
    last_proved_at: str | None


class GuardianOut(TypedDict):
    id: str
    label: str
    protected: bool
    name: str | None
    language: str
    contact_points: list[ContactPointOut]


class NamedMember(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool


class PhoneNumberOut(TypedDict):
    label: str
    number: str


class MemberOut(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool
    channels: dict[str, int]
    dead: dict[str, int]
    stopped: dict[str, int]
    formal_name: str | None
    management_number: str | None
    birth_date: str | None
    note: str | None
    status_since: str
    planned_status: str | None
    planned_since: str | None
    groups: list[GroupOfMember]
    guardians: list[GuardianOut]
    contact_points: list[ContactPointOut]
    siblings: list[NamedMember]
    phone_numbers: list[PhoneNumberOut] | None
    version: str


class DeletedMember(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool
    deleted_at: str


class DeletedPage(TypedDict):
    items: list[DeletedMember]
    next: str | None


class DeletedCount(TypedDict):
    count: int


class StatusesOut(TypedDict):
    changed: int
    already: int


class NamedMembers(TypedDict):
    items: list[NamedMember]


class KnownGuardian(TypedDict):
    guardian_id: str
    name: str | None
    label: str
    children: list[NamedMember]


class Doubles(TypedDict):
    guardian: KnownGuardian
    items: list[KnownGuardian]


class ChildOfGuardian(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool
    label: str


class JoinedSide(TypedDict):
    id: str
    name: str | None
    protected: bool
    children: list[ChildOfGuardian]
    points: dict[str, int]


class JoiningOut(TypedDict):
    kept: JoinedSide
    gone: JoinedSide
    name: str | None
    children: int
    mails: int
    too_many: bool
    same_points: int
    protects: bool
    version: str


class MemberOfGroup(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool
    membership: str


class MembersOfGroup(TypedDict):
    items: list[MemberOfGroup]
    next: str | None


class FillingOut(TypedDict):
    added: int
    removed: int


class Move(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool
    status_since: str
    planned_status: str | None
    planned_since: str | None


class Moves(TypedDict):
    planned: list[Move]
    done: list[Move]
    more_planned: bool
    more_done: bool


class NextNumber(TypedDict):
    group_id: str
    number: int


class NextNumbers(TypedDict):
    items: list[NextNumber]


class PossibleGuardian(TypedDict):
    guardian_id: str
    name: str | None
    label: str
    mails: list[str]
    children: list[NamedMember]


class PossibleFamilies(TypedDict):
    items: list[PossibleGuardian]


class CalledGuardian(TypedDict):
    label: str
    name: str | None
    protected: bool


class CalledMember(TypedDict):
    member_id: str
    guardians: list[CalledGuardian]
    phone_numbers: list[PhoneNumberOut] | None


class CalledMembers(TypedDict):
    items: list[CalledMember]


class SheetChild(TypedDict):
    id: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    protected: bool
    channels: dict[str, int]
    dead: dict[str, int]
    stopped: dict[str, int]
    issued_at: str | None
    valid_until: str | None


class SheetChildren(TypedDict):
    items: list[SheetChild]


class PrintedSheet(TypedDict):
    id: str
    display_name: str
    class_id: str | None
    class_name: str | None
    number: int | None
    protected: bool
    login_id: str
    login_id_in_parts: str
    passcode_in_parts: str
    issued_at: str
    valid_until: str


class PrintedSheets(TypedDict):
    items: list[PrintedSheet]


class SheetOut(TypedDict):
    login_id: str | None
    issued_at: str | None
    valid_until: str | None


class SheetTextOut(TypedDict):
    text: str


class SheetPeriod(TypedDict):
    days: Literal[30, 60, 90, 180]


class RosterCounts(TypedDict):
    groups: int
    members: int
    guardians: int
    guardianships: int
    contact_points: int
    memberships: int
    phone_numbers: int


class ImportCounts(TypedDict):
    pupils: int
    guardians: int
    contact_points: int
    households: int
    classes: int


class ImportTrouble(TypedDict):
    code: str
    params: dict[str, Any]


class PlanCounts(TypedDict):
    classes: int
    new: int
    changed: int
    deleted: int
    missing: int
    unchanged: int
    kept_mails: int


class ImportPlanOut(TypedDict):
    id: str
    state: Literal[
        "ready",
        "refused",
        "asking",
        "waiting",
        "reading",
        "comparing",
        "confirmed",
        "applying",
        "applied",
        "failed",
    ]
    created_at: str
    expires_at: str
    applied_at: str | None
    asked_at: str
    rows: int | None
    trouble: ImportTrouble | None
    revision: str
    sheets: list[str]
    counts: PlanCounts
    error_count: int
    open_count: int
    limit: int | None
    over_limit: int


class CellRemark(TypedDict):
    sheet: str
    row: int
    column: str
    cell: str
    code: str
    params: dict[str, Any]


class UnusedPart(TypedDict):
    kind: Literal["sheet", "column", "row"]
    sheet: str
    where: str
    code: str
    text: str


class ImportQuestion(TypedDict):
    key: str
    kind: str
    sheet: str
    row: int
    cell: str
    choices: list[str]
    must: bool
    chosen: str | None
    params: dict[str, Any]


class ChangeDetail(TypedDict):
    field: str
    heading: str
    before: str | None
    after: str | None
    who: str


class RosterChange(TypedDict):
    kind: Literal["class", "new", "changed", "deleted", "missing"]
    member_id: str | None
    class_name: str | None
    number: int | None
    display_name: str
    kana: str
    row: int | None
    details: list[ChangeDetail]


class ChangesPage(TypedDict):
    items: list[RosterChange]
    next: int | None


class ImportPlanShown(TypedDict):
    id: str
    state: Literal[
        "ready",
        "refused",
        "asking",
        "waiting",
        "reading",
        "comparing",
        "confirmed",
        "applying",
        "applied",
        "failed",
    ]
    created_at: str
    expires_at: str
    applied_at: str | None
    asked_at: str
    rows: int | None
    trouble: ImportTrouble | None
    revision: str
    sheets: list[str]
    counts: PlanCounts
    error_count: int
    open_count: int
    limit: int | None
    over_limit: int
    errors: list[CellRemark]
    errors_next: int | None
    notes: list[CellRemark]
    unused: list[UnusedPart]
    questions: list[ImportQuestion]
    changes: ChangesPage


class ImportPlanErrors(TypedDict):
    errors: list[CellRemark]


class ImportPlanApplied(TypedDict):
    id: str
    state: Literal[
        "ready",
        "refused",
        "asking",
        "waiting",
        "reading",
        "comparing",
        "confirmed",
        "applying",
        "applied",
        "failed",
    ]
    created_at: str
    expires_at: str
    applied_at: str | None
    asked_at: str
    rows: int | None
    trouble: ImportTrouble | None
    revision: str
    sheets: list[str]
    counts: PlanCounts
    error_count: int
    open_count: int
    limit: int | None
    over_limit: int
    already: bool


class YearClass(TypedDict):
    id: str
    path: str
    depth: int
    heads: int
    is_open: bool
    clashes: bool


class YearShown(TypedDict):
    state: Literal["none", "draft", "scheduled", "applied"]
    fiscal_year: int
    starts_at: str | None
    refused: str | None
    applied_at: str | None
    undo_until: str | None
    first_message_at: str | None
    moves: int
    enters: int
    graduates: int
    open: int
    clashes: int
    classes: list[YearClass]


class YearLine(TypedDict):
    member_id: str
    display_name: str
    kana: str
    from_class: str | None
    from_number: int | None
    outcome: str
    group_id: str | None
    to_class: str | None
    number: int | None
    is_decided: bool
    is_open: bool
    clashes: bool


class YearLines(TypedDict):
    items: list[YearLine]


class YearNumbered(TypedDict):
    pupils: int


class YearListsTaken(TypedDict):
    pupils: int
    classes: int
    sheets: list[str]
    unused: list[str]


class RehearsedClass(TypedDict):
    path: str
    depth: int
    heads: int


class YearRehearsed(TypedDict):
    moves: int
    enters: int
    graduates: int
    open: int
    classes: list[RehearsedClass]


class YearTurned(TypedDict):
    moves: int
    enters: int
    graduates: int
    open: int


class AudienceIn(TypedDict):
    group_ids: list[str]
    member_ids: list[str]
    excluded_member_ids: list[str]


class GroupHeads(TypedDict):
    id: str
    name: str
    heads: int


class ClassLine(TypedDict):
    id: str
    above: list[str]


class Unreachable(TypedDict):
    member_id: str
    reason: str


class Multi(TypedDict):
    siblings_households: int


class SnapshotOut(TypedDict):
    id: str
    created_at: str
    created_by: str | None
    audience: AudienceIn
    label: str
    family_label: str | None
    heads: int
    pupil_heads: int
    staff_heads: int
    households: int
    channels: list[str]
    contact_points: dict[str, int]
    groups: list[GroupHeads]
    classes: list[ClassLine]
    unreachable: list[Unreachable]
    multi: Multi


class SnapshotMemberOut(TypedDict):
    member_id: str
    class_id: str | None
    guardian_ids: list[str]
    household: int
    display_name: str
    class_name: str | None


class SnapshotPage(TypedDict):
    items: list[SnapshotMemberOut]
    next: int | None


class SealedPoint(TypedDict):
    contact_point_id: str
    guardian_id: str | None
    owner_member_id: str | None
    address: str
    state: str
    health: str | None


class SealedPoints(TypedDict):
    items: list[SealedPoint]


class Owner(TypedDict):
    contact_point_id: str
    guardian_id: str | None
    owner_member_id: str | None


class Owners(TypedDict):
    items: list[Owner]


class PointState(TypedDict):
    contact_point_id: str
    state: Literal["active", "stopped", "ended"]


class UnreachableMembers(TypedDict):
    items: list[Unreachable]


class ReachOfClass(TypedDict):
    class_id: str | None
    heads: int
    registered: int
    unreachable: int


class ReachOfClasses(TypedDict):
    items: list[ReachOfClass]


class StoppedPoint(TypedDict):
    contact_point_id: str
    member_ids: list[str]
    stopped_at: str | None


class YearNoted(TypedDict):
    state: str
    fiscal_year: int
    starts_at: str | None
    refused: str | None


class RosterBoard(TypedDict):
    items: list[StoppedPoint]
    more: bool
    unreachable: int
    counted: int
    year: YearNoted | None


class FamilyOut(TypedDict):
    guardian_id: str
    guardian_ids: list[str]
    language: str
    children: list[NamedMember]
    contact_points: list[ContactPointOut]


class OwnAppOut(TypedDict):
    contact_point_id: str | None
    is_ended: bool


class GivenLinkOut(TypedDict):
    token: str


class LinkOut(TypedDict):
    school_id: str
    kind: Literal["sign_in", "test"]


class PressedLinkOut(TypedDict):
    school_id: str
    kind: Literal["sign_in", "test"]
    token: str | None
    is_staff: bool


class OpenedPageOut(TypedDict):
    school_id: str
    token: str


class OpenedPagesOut(TypedDict):
    items: list[OpenedPageOut]


class OwnPasswordStandOut(TypedDict):
    chosen_at: str | None
    offered: bool
    fresh: bool


class RecentRegistration(TypedDict):
    id: str
    kind: str
    display_name: str
    kana: str
    status: str
    class_id: str | None
    class_name: str | None
    number: int | None
    deleted: bool
    registration_id: str
    label: str
    state: str
    settled_at: str
    mails: int
    apps: int
    lines: int


class RecentRegistrations(TypedDict):
    items: list[RecentRegistration]


class RegistrationBegun(TypedDict):
    school_id: str
    token: str


class RegisteredChild(TypedDict):
    name: str
    state: str


class RegistrationMailOut(TypedDict):
    id: str
    address: str | None
    is_proved: bool
    is_over: bool
    tries_left: int
    asked_at: str


class RegistrationOut(TypedDict):
    label: str
    language: str
    terms_version: str | None
    is_registered: bool
    children: list[RegisteredChild]
    mails: list[RegistrationMailOut]
    lines: int


class RegistrationMailSent(TypedDict):
    mail_id: str


class ProvedOut(TypedDict):
    session_token: str | None


class TicketOut(TypedDict):
    ticket: str
    expires_at: str


class TokenOut(TypedDict):
    token: str


class ConfirmationLinkOut(TypedDict):
    school_id: str
    is_proved: bool
    is_staff: bool
    language: str


class PressedConfirmation(TypedDict):
    session_token: str | None
    school_id: str
    is_waiting: bool
    is_own_browser: bool
    is_staff: bool


class NonceOut(TypedDict):
    nonce: str


class SessionTokenOut(TypedDict):
    session_token: str


class LinkedOut(TypedDict):
    children: int
    is_held: bool


class SchoolsOfTalk(TypedDict):
    school_ids: list[str]


class TypedSchoolOut(TypedDict):
    school_id: str


class TalkSettingOut(TypedDict):
    is_allowed: bool


class EmptyMailAddress(TypedDict):
    local_part: str


class StaffImportOut(TypedDict):
    id: str
    state: Literal["ready", "refused", "asking", "waiting", "applied"]
    created_at: str
    expires_at: str
    applied_at: str | None
    revision: str
    sheets: list[str]
    counts: PlanCounts
    account_count: int
    error_count: int
    open_count: int
    limit: int | None
    over_limit: int


class StaffImportShown(TypedDict):
    id: str
    state: Literal["ready", "refused", "asking", "waiting", "applied"]
    created_at: str
    expires_at: str
    applied_at: str | None
    revision: str
    sheets: list[str]
    counts: PlanCounts
    account_count: int
    error_count: int
    open_count: int
    limit: int | None
    over_limit: int
    errors: list[CellRemark]
    notes: list[CellRemark]
    unused: list[UnusedPart]
    questions: list[ImportQuestion]
    changes: ChangesPage
    refused: list[CellRemark]


class StaffImportApplied(TypedDict):
    id: str
    state: Literal["ready", "refused", "asking", "waiting", "applied"]
    created_at: str
    expires_at: str
    applied_at: str | None
    revision: str
    sheets: list[str]
    counts: PlanCounts
    account_count: int
    error_count: int
    open_count: int
    limit: int | None
    over_limit: int
    already: bool


class WantedAccountOut(TypedDict):
    member_id: str
    role: str | None
    display_name: str | None
    mail: str | None


class WantedAccounts(TypedDict):
    items: list[WantedAccountOut]


class OwnContactPoints(TypedDict):
    contact_points: list[ContactPointOut]
    waiting: list[RegistrationMailOut]


class FamilyMailOut(TypedDict):
    kind: Literal[
        "confirmation",
        "added",
        "stopped",
        "password_chosen",
        "password_removed",
        "sign_in",
        "test",
        "staff_added",
        "staff_stopped",
        "staff_test",
    ]
    contact_point_id: str
    guardian_id: str
    address: str
    language: str
    token: str | None
    code: str | None
    expires_at: str


class FamilyNotificationOut(TypedDict):
    kind: Literal[
        "confirmation",
        "added",
        "stopped",
        "password_chosen",
        "password_removed",
        "sign_in",
        "test",
        "staff_added",
        "staff_stopped",
        "staff_test",
    ]
    contact_point_id: str
    guardian_id: str
    address: str
    language: str
    token: str | None
