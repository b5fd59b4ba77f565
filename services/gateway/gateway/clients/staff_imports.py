"""What the gateway asks directory about files of staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.directory import (
    ImportPlanErrors,
    StaffImportApplied,
    StaffImportOut,
    StaffImportShown,
)
from gateway.clients import calls
from gateway.clients.asking import Asker
from gateway.clients.directory import FILE_SECONDS, XLSX


@dataclass(frozen=True)
class StaffImports:
    """Directory, as `asker` may have files of staff read there."""

    asker: Asker

    def plan(self, name: str, content: bytes) -> str:
        """Have a file checked; return the plan's id.

        Raise Invalid `workbook_…` for what is no roster file.
        """
        files = {"file": (name, content, XLSX)}
        return self.asker.ask(calls.PLAN_STAFF, files=files, timeout=FILE_SECONDS)["id"]

    def show(self, plan_id: UUID, *, after: int, limit: int) -> StaffImportShown:
        """Return a plan with a page of its changes; raise NotFound when it has expired."""
        return self.asker.ask(
            calls.STAFF_PLAN,
            path=_path(plan_id),
            params={"after": after, "limit": limit},
        )

    def decide(self, plan_id: UUID, decisions: Mapping[str, str]) -> StaffImportOut:
        """Have a plan made anew with what was decided; raise NotFound when it has expired."""
        return self.asker.ask(
            calls.DECIDE_STAFF,
            path=_path(plan_id),
            json={"decisions": decisions},
            timeout=FILE_SECONDS,
        )

    def errors(self, plan_id: UUID) -> ImportPlanErrors:
        """Return all cells to correct; raise NotFound when it has expired."""
        return self.asker.ask(calls.STAFF_ERRORS, path=_path(plan_id))

    def marked(self, plan_id: UUID, notes: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the uploaded file with sentences at its cells; raise NotFound when expired."""
        return self.asker.file(
            calls.MARKED_STAFF,
            path=_path(plan_id),
            json={"notes": list(notes)},
            timeout=FILE_SECONDS,
        )

    def apply(self, plan_id: UUID, revision: str | None) -> StaffImportApplied:
        """Write what a plan says; a second press answers `already`.

        Raise Refused `import_stale`, `member_limit`, `changed_meanwhile`.
        """
        return self.asker.ask(
            calls.APPLY_STAFF,
            path=_path(plan_id),
            json={"revision": revision},
            timeout=FILE_SECONDS,
        )

    def export(self) -> bytes:
        """Return the staff as a file."""
        return self.asker.file(calls.EXPORT_STAFF, timeout=FILE_SECONDS)

    def template(self) -> bytes:
        """Return an empty file of staff."""
        return self.asker.file(calls.STAFF_TEMPLATE, timeout=FILE_SECONDS)


def _path(plan_id: UUID) -> dict[str, Any]:
    return {"staff_plan_id": plan_id}
