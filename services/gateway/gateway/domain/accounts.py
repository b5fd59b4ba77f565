"""Accounts of staff in words, and as their forms say them (ID-2, ID-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from common.answers.directory import ListedGroup, ListedMember, YearClass
from common.answers.identity import FullAccountOut, ListedAccountOut
from common.clock import today
from common.rights import GRANTS, Right, usual_for
from gateway.domain.forms import Form

RIGHT_WORDS: Mapping[Right, str] = {
    Right.MESSAGES_READ: "送った連絡を見る",
    Right.MESSAGES_SEND: "連絡を送る",
    Right.MESSAGES_SEND_URGENT: "緊急連絡を送る",
    Right.ROSTER_SEE: "名簿を見る",
    Right.ROSTER_CHANGE: "名簿を変更する（Excelも）",
    Right.PHONES_SEE: "緊急連絡先（電話）を見る",
    Right.PROTECTED_SEE: "配慮が必要な家庭を見る",
    Right.SHEETS_PRINT: "登録手順書を印刷する",
    Right.SHEETS_CHANGE: "登録手順書を使えなくする・IDを変える",
    Right.CATALOGUE_EDIT: "カテゴリを決める",
    Right.LOG_SEE: "操作ログを見る",
    Right.ACCOUNTS_MANAGE: "教職員のアカウントを管理する",
    Right.SETTINGS_EDIT: "{school}の設定を変える",
}
SWITCHES: tuple[Right, ...] = tuple(right for right in Right if not GRANTS[right].reserved)
ROLE_USES: Mapping[str, str] = {
    "administrator": "校長・教頭など。すべての操作",
    "limited_administrator": "学年主任・養護教諭・事務など。許可された管理",
    "sender": "担任など。担当の{class}に送る",
}
SCOPE_WORDS: Mapping[str, str] = {
    "school": "{school}全体",
    "own": "担当の{class}・グループだけ",
}
STATUS_WORDS: Mapping[str, str] = {
    "active": "利用中",
    "ended": "利用停止",
    "deleted": "削除",
}
PASSWORD_WORDS: Mapping[str, str] = {
    "not_issued": "未発行",
    "valid": "有効",
    "expired": "期限切れ",
    "chosen": "設定済",
}
# Passwords of these are still to be handed out, the first of them first.
PASSWORD_ORDER = ("expired", "not_issued", "valid", "chosen")


@dataclass(frozen=True, slots=True)
class TypedAccount:
    """What was typed about an account; a form that is refused shows it again.

    `may`: the rights that are ticked, None where the form has no switches.
    """

    mail: str = ""
    display_name: str = ""
    post: str = ""
    role: str = "sender"
    scope: str = ""
    member_id: str = ""
    group_ids: tuple[str, ...] = ()
    may: frozenset[str] = frozenset()
    starts_on: str = ""
    ends_on: str = ""

    @classmethod
    def of_form(cls, form: Form) -> TypedAccount:
        """Read the form of a new or a changed account."""
        role = form.get("role", "sender")
        return cls(
            mail=form.get("mail", "").strip(),
            display_name=form.get("display_name", "").strip(),
            post=form.get("post", "").strip(),
            role=role if role in ROLE_USES else "sender",
            scope=form.get("scope", ""),
            member_id=form.get("member_id", ""),
            group_ids=tuple(form.getlist("group")),
            may=frozenset(form.getlist("may")),
            starts_on=form.get("starts_on", ""),
            ends_on=form.get("ends_on", ""),
        )

    def new(self) -> dict[str, Any]:
        """Return what a new account is made of; its switches are set on its own page."""
        return {
            "mail": self.mail,
            "display_name": self.display_name,
            "post": self.post,
            "role": self.role,
            "member_id": self.member_id or None,
            "group_ids": list(self.group_ids),
            "starts_on": self.starts_on or None,
            "ends_on": self.ends_on or None,
        }

    def changes(self, before: FullAccountOut) -> dict[str, Any]:
        """Return what is to be changed; another role begins with its own rights."""
        # Their order says nothing.
        is_same_groups = set(self.group_ids) == set(before["group_ids"])
        wanted: dict[str, Any] = {
            "mail": self.mail,
            "display_name": self.display_name,
            "post": self.post,
            "role": self.role,
            "member_id": self.member_id or None,
            "group_ids": before["group_ids"] if is_same_groups else list(self.group_ids),
            "starts_on": self.starts_on or None,
            "ends_on": self.ends_on or None,
        }
        if self.role == before["role"] and self.role != "administrator":
            wanted |= {"scope": self.scope, **switches_of(self.role, self.may)}
        known: Mapping[str, Any] = {**before}
        return {name: value for name, value in wanted.items() if value != known[name]}


def switches_of(role: str, may: frozenset[str]) -> dict[str, list[str]]:
    """Return how the ticked rights differ from those of the role, as identity keeps it."""
    ticked = {right for right in SWITCHES if right.value in may}
    usual = usual_for(role) & frozenset(SWITCHES)
    return {
        "functions_off": sorted(right.value for right in usual - ticked),
        "functions_on": sorted(right.value for right in ticked - usual),
    }


@dataclass(frozen=True, slots=True)
class WantedAccounts:
    """What the list is narrowed to, as the address of the page says it."""

    query: str = ""
    role: str = ""
    status: str = ""

    @classmethod
    def of_address(cls, asked: Form) -> WantedAccounts:
        """Read what the address of the list says."""
        return cls(
            asked.get("query", "").strip(),
            asked.get("role", ""),
            asked.get("status", ""),
        )

    def as_address(self) -> dict[str, Any]:
        """Return what the address of the list says; what it is not narrowed by is left out."""
        said = {"query": self.query, "role": self.role, "status": self.status}
        return {name: value for name, value in said.items() if value}

    def leaves(self, account: ListedAccountOut) -> bool:
        """Return whether an account stays in the list; deleted ones only when asked for."""
        if self.status:
            has_status = account["status"] == self.status
        else:
            has_status = account["status"] != "deleted"
        has_role = not self.role or account["role"] == self.role
        name = f"{account['display_name']}{account['post']}".replace(" ", "")
        return has_status and has_role and self.query.replace(" ", "") in name


@dataclass(frozen=True, slots=True)
class Offered:
    """What of the roster a form lets choose from; None for what is not known now.

    What an account is linked with and what is not offered stays as it is when the form is sent:
    somebody who has left, a group of staff, or all of it while the directory is away.
    `next_classes`: of the year that is planned; a class may be given before it is there.
    """

    groups: Sequence[ListedGroup] | None
    members: Sequence[ListedMember] | None
    next_classes: Sequence[YearClass] = ()

    @property
    def is_known(self) -> bool:
        return self.groups is not None and self.members is not None

    def picks(self) -> list[ListedGroup]:
        """Return the groups that a person may be put in charge of."""
        return [group for group in self.groups or () if group["kind"] != "staff"]

    def kept_groups(self, typed: TypedAccount) -> list[str]:
        """Return the groups of an account that can't be unticked here."""
        offered = {group["id"] for group in (*self.picks(), *self.next_classes)}
        return [each for each in typed.group_ids if each not in offered]

    def keeps_member(self, typed: TypedAccount) -> bool:
        """Return whether an account is linked with somebody who can't be chosen here."""
        offered = {member["id"] for member in self.members or ()}
        return bool(typed.member_id) and typed.member_id not in offered


def in_order(accounts: Sequence[ListedAccountOut]) -> list[ListedAccountOut]:
    """Return accounts with the administrators first, each role by name."""
    roles = list(ROLE_USES)
    return sorted(accounts, key=lambda one: (roles.index(one["role"]), one["display_name"]))


def term_words(account: ListedAccountOut) -> str:
    """Say from which day and until which an account may sign in; nothing where it always may."""
    parts = []
    if account["starts_on"] and date.fromisoformat(account["starts_on"]) > today():
        parts.append(f"{account['starts_on'].replace('-', '/')}から")
    if account["ends_on"]:
        parts.append(f"{account['ends_on'].replace('-', '/')}まで")
    return "・".join(parts)
