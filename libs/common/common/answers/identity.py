"""What identity answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class SessionOut(TypedDict):
    session_id: str
    expires_at: str
    device: str
    new_device: bool


class SignedInAccountOut(TypedDict):
    id: str
    display_name: str
    post: str
    role: str
    functions: list[str]
    own_only: list[str]
    member_id: str | None
    group_ids: list[str]
    own_messages: bool
    open_alarms: int


class SchoolOut(TypedDict):
    id: str
    code: str
    kind: str
    name: str
    short_name: str
    phone: str
    phone_hours: str
    mail_local: str
    state: str
    undo_seconds: int
    urgent_undo_seconds: int
    pupil_word: str
    guardian_names: str
    member_limit: int


class ResolvedOut(TypedDict):
    token: str
    token_expires_in: int
    session_number: str
    account: SignedInAccountOut
    school: SchoolOut


class SchoolChoiceOut(TypedDict):
    id: str
    name: str
    role: str
    post: str


class SchoolChoicesOut(TypedDict):
    items: list[SchoolChoiceOut]


class FactorKindsOut(TypedDict):
    kinds: list[str]


class PassedOut(TypedDict):
    recovery_codes_left: int | None


class PasskeyOptionsOut(TypedDict):
    options: dict[str, Any]


class CityOut(TypedDict):
    name: str


class WayOverOut(TypedDict):
    address: str
    binding: str


class FederatedSessionOut(TypedDict):
    session_id: str


class OwnSessionOut(TypedDict):
    number: str
    browser: str
    created_at: str
    last_seen_at: str


class OwnSessionsOut(TypedDict):
    mail: str
    language: str
    items: list[OwnSessionOut]


class OwnFactorOut(TypedDict):
    id: str
    kind: str
    name: str
    created_at: str
    used_at: str | None


class OwnFactorsOut(TypedDict):
    items: list[OwnFactorOut]
    recovery_codes_left: int
    is_demanded: bool
    is_sure: bool


class AppOfferOut(TypedDict):
    secret: str
    address: str


class RecoveryCodesOut(TypedDict):
    recovery_codes: list[str]


class SignedInOperatorOut(TypedDict):
    id: str
    display_name: str


class ResolvedOperatorOut(TypedDict):
    token: str
    token_expires_in: int
    operator: SignedInOperatorOut


class OperatorOut(TypedDict):
    id: str
    display_name: str
    mail: str
    created_at: str


class OperatorListOut(TypedDict):
    items: list[OperatorOut]


class CreatedOperatorOut(TypedDict):
    id: str
    password: str
    otpauth: str


class FactorOut(TypedDict):
    otpauth: str


class ListedSchoolOut(TypedDict):
    id: str
    code: str
    kind: str
    name: str
    short_name: str
    phone: str
    phone_hours: str
    mail_local: str
    state: str
    undo_seconds: int
    urgent_undo_seconds: int
    pupil_word: str
    guardian_names: str
    member_limit: int
    ends_on: str | None


class SchoolPageOut(TypedDict):
    items: list[ListedSchoolOut]
    next: str | None


class CreatedSchoolOut(TypedDict):
    id: str
    code: str
    administrator_password: str
    administrator_password_until: str


class ContractOut(TypedDict):
    starts_on: str
    ends_on: str | None
    member_limit: int
    reseller: str
    individual_agreement: bool
    agreement_number: str
    state: str


class ContactOut(TypedDict):
    name: str
    post: str
    postal_code: str
    address: str
    mail: str
    phone: str


class SchoolOfOperatorOut(TypedDict):
    id: str
    code: str
    kind: str
    name: str
    short_name: str
    phone: str
    phone_hours: str
    mail_local: str
    state: str
    undo_seconds: int
    urgent_undo_seconds: int
    pupil_word: str
    guardian_names: str
    member_limit: int
    contract: ContractOut | None
    contacts: list[ContactOut]
    version: str
    has_letter: bool


class LetterOut(TypedDict):
    display_name: str
    post: str
    mail: str
    password: str
    until: str


class EndedSchoolOut(TypedDict):
    id: str
    state: str


class SchoolSettingsOut(TypedDict):
    changed_at: str | None
    name: str
    short_name: str
    kind: str
    phone: str
    phone_hours: str
    pupil_word: str
    guardian_names: str
    undo_seconds: int
    urgent_undo_seconds: int
    password_length: int
    temporary_days: int
    idle_minutes: int
    session_hours: int
    factor_for: str
    own_messages_only: bool
    alarm_records: int
    weekly_summary: bool
    networks: list[str]
    networks_only: bool
    sign_in_by: str
    city_name: str


class SchoolIdsOut(TypedDict):
    school_ids: list[str]


class ListedAccessOut(TypedDict):
    id: str
    operator_id: str
    reason: str
    begun_at: str
    ends_at: str
    ended_at: str | None
    operator_name: str | None


class AccessListOut(TypedDict):
    items: list[ListedAccessOut]


class AccessOut(TypedDict):
    id: str
    operator_id: str
    reason: str
    begun_at: str
    ends_at: str
    ended_at: str | None


class LookOut(TypedDict):
    token: str
    token_expires_in: int


class ListedAccountOut(TypedDict):
    id: str
    staff_role_id: str
    member_id: str | None
    display_name: str
    post: str
    role: str
    scope: str
    status: str
    starts_on: str | None
    ends_on: str | None
    deleted_at: str | None
    last_sign_in_at: str | None
    group_ids: list[str]
    functions_off: list[str]
    functions_on: list[str]
    has_factor: bool


class AccountPageOut(TypedDict):
    items: list[ListedAccountOut]
    next: str | None


class CreatedAccountOut(TypedDict):
    id: str
    staff_role_id: str
    password: str
    password_until: str


class ManyChangedOut(TypedDict):
    changed: int


class NoticeAddressOut(TypedDict):
    account_id: str
    mail: str
    display_name: str
    language: Literal["ja", "en"]


class NamedAccountOut(TypedDict):
    account_id: str
    display_name: str
    post: str


class NoticeAddressesOut(TypedDict):
    items: list[NoticeAddressOut]
    names: list[NamedAccountOut]


class FullAccountOut(TypedDict):
    id: str
    staff_role_id: str
    member_id: str | None
    display_name: str
    post: str
    role: str
    scope: str
    status: str
    starts_on: str | None
    ends_on: str | None
    deleted_at: str | None
    last_sign_in_at: str | None
    group_ids: list[str]
    functions_off: list[str]
    functions_on: list[str]
    has_factor: bool
    mail: str
    functions: list[str]
    own_only: list[str]
    password_state: Literal["not_issued", "valid", "expired", "chosen"]
    temporary_until: str | None
    schools: int
    is_managed_here: bool


class AccountOut(TypedDict):
    id: str
    staff_role_id: str
    member_id: str | None
    display_name: str
    post: str
    role: str
    scope: str
    status: str
    starts_on: str | None
    ends_on: str | None
    deleted_at: str | None
    last_sign_in_at: str | None
    group_ids: list[str]
    functions_off: list[str]
    functions_on: list[str]


class PasswordOut(TypedDict):
    password: str
    password_until: str


class RosterAccount(TypedDict):
    member_id: str | None
    display_name: str
    role: str
    mail: str


class RosterAccounts(TypedDict):
    items: list[RosterAccount]


class RefusedAccountOut(TypedDict):
    member_id: str
    code: str


class RefusedAccounts(TypedDict):
    items: list[RefusedAccountOut]


class PasswordRowOut(TypedDict):
    id: str
    display_name: str
    post: str
    role: str
    status: str
    state: Literal["not_issued", "valid", "expired", "chosen"]
    temporary_until: str | None


class PasswordListOut(TypedDict):
    items: list[PasswordRowOut]


class IssuedOut(TypedDict):
    issued: int


class TemporaryPasswordOut(TypedDict):
    id: str
    display_name: str
    post: str
    role: str
    status: str
    state: Literal["not_issued", "valid", "expired", "chosen"]
    temporary_until: str | None
    mail: str
    password: str


class TemporaryPasswordsOut(TypedDict):
    items: list[TemporaryPasswordOut]


class ListedReviewOut(TypedDict):
    id: str
    reviewed_at: str
    reviewed_by: str


class ReviewListOut(TypedDict):
    items: list[ListedReviewOut]


class ReviewedAccountOut(TypedDict):
    account_id: str
    display_name: str
    post: str
    role: str
    last_sign_in_at: str | None
    stays: bool


class ReviewOut(TypedDict):
    id: str
    reviewed_at: str
    reviewed_by: str
    listed: list[ReviewedAccountOut]
    signature_fits: bool


class AlarmOut(TypedDict):
    id: str
    account_id: str
    raised_at: str
    count: int
    action: str
    seen_at: str | None
    seen_by: str | None


class AlarmListOut(TypedDict):
    items: list[AlarmOut]


class RecoveryOut(TypedDict):
    id: str
    account_id: str
    asked_by: str
    asked_at: str
    called: str


class RecoveriesOut(TypedDict):
    items: list[RecoveryOut]


class RecoveryPasswordOut(TypedDict):
    password: str
    password_until: str


class KeyOut(TypedDict):
    school_id: str
    material: str
    version: int


class DestroyedKeyOut(TypedDict):
    school_id: str
    fingerprint: str
    destroyed_at: str


class OperationOut(TypedDict):
    id: str
    position: int | None
    at: str
    last_at: str
    action: str
    actor_kind: str
    actor_id: str | None
    target_kind: str
    target_id: str | None
    details: dict[str, Any]
    folded: int
    reason: str


class OperationPageOut(TypedDict):
    items: list[OperationOut]
    next: str | None


class LogExportOut(TypedDict):
    items: list[OperationOut]
    left_off: bool
