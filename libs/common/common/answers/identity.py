"""What identity answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import Any, TypedDict


class SessionOut(TypedDict):
    session_id: str
    expires_at: str


class SignedInAccountOut(TypedDict):
    id: str
    display_name: str
    post: str
    role: str
    functions: list[str]
    own_only: list[str]
    member_id: str | None
    group_ids: list[str]


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
    member_limit: int


class ResolvedOut(TypedDict):
    token: str
    token_expires_in: int
    account: SignedInAccountOut
    school: SchoolOut


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
    member_limit: int
    ends_on: str | None


class SchoolPageOut(TypedDict):
    items: list[ListedSchoolOut]
    next: str | None


class CreatedSchoolOut(TypedDict):
    id: str
    code: str
    administrator_password: str


class ContractOut(TypedDict):
    starts_on: str
    ends_on: str | None
    member_limit: int
    state: str


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
    member_limit: int
    contract: ContractOut | None
    contacts: int


class EndedSchoolOut(TypedDict):
    id: str
    state: str


class AccountOut(TypedDict):
    id: str
    staff_role_id: str
    member_id: str | None
    display_name: str
    post: str
    role: str
    status: str
    group_ids: list[str]
    functions_off: list[str]
    functions_on: list[str]


class AccountPageOut(TypedDict):
    items: list[AccountOut]
    next: str | None


class CreatedAccountOut(TypedDict):
    id: str
    staff_role_id: str
    password: str


class PasswordOut(TypedDict):
    password: str


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
    position: int
    at: str
    last_at: str
    action: str
    actor_kind: str
    actor_id: str | None
    target_kind: str
    target_id: str | None
    details: dict[str, Any]
    folded: int


class OperationPageOut(TypedDict):
    items: list[OperationOut]
    next: str | None


class LogExportOut(TypedDict):
    items: list[OperationOut]
    left_off: bool
