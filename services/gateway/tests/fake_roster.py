"""What directory answers of roster files: one plan of changes, and empty workbooks."""

from __future__ import annotations

from typing import Any

from town_school import make_plan
from town_staff import make_staff_plan

from common import clock
from common.answers.directory import ImportPlanOut
from common.errors import NotFound


class RosterHouse:
    """`plan`: what the file of the test would change; applied once.

    `trouble`: what keeps it from being applied; `decided`: what the office decided of it; `marks`:
    what it was to be given back with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.plan: dict[str, Any] = make_plan()
        self.staff_plan: dict[str, Any] = make_staff_plan()
        self.trouble: dict[str, Any] | None = None
        self.decided: dict[str, str] = {}
        self.marks: list[dict[str, Any]] = []

    def post_imports_plans(self, request: dict[str, Any]) -> Any:
        return self.plan

    def get_imports_plans_plan_id(self, request: dict[str, Any], plan_id: str) -> Any:
        if plan_id != self.plan["id"]:
            raise NotFound("import_plan_not_found")
        return self.plan

    def get_imports_plans_plan_id_progress(self, request: dict[str, Any], plan_id: str) -> Any:
        whole = self.get_imports_plans_plan_id(request, plan_id)
        return {name: whole[name] for name in ImportPlanOut.__annotations__}

    def post_imports_plans_plan_id_apply(self, request: dict[str, Any], plan_id: str) -> Any:
        already = self.plan["state"] == "applied"
        if self.trouble is None:
            self.plan.update(state="applied", applied_at=clock.now().isoformat())
        self.plan.update(trouble=self.trouble)
        return {**self.plan, "already": already}

    def post_imports_plans_plan_id_decisions(self, request: dict[str, Any], plan_id: str) -> Any:
        self.decided = request["json"]["decisions"]
        self.plan.update(state="ready", open_count=0)
        return self.plan

    def get_imports_plans_plan_id_errors(self, request: dict[str, Any], plan_id: str) -> Any:
        return {"errors": self.plan["errors"]}

    def post_imports_plans_plan_id_marked_xlsx(
        self, request: dict[str, Any], plan_id: str
    ) -> bytes:
        self.marks = request["json"]["notes"]
        return b"PK marked"

    def post_exports_roster_xlsx(self, request: dict[str, Any]) -> bytes:
        return b"PK roster"

    def get_exports_roster_template_xlsx(self, request: dict[str, Any]) -> bytes:
        return b"PK template"

    def post_imports_staff_plans(self, request: dict[str, Any]) -> Any:
        return self.staff_plan

    def get_imports_staff_plans_staff_plan_id(
        self, request: dict[str, Any], staff_plan_id: str
    ) -> Any:
        if staff_plan_id != self.staff_plan["id"]:
            raise NotFound("import_plan_not_found")
        return self.staff_plan

    def post_imports_staff_plans_staff_plan_id_apply(
        self, request: dict[str, Any], staff_plan_id: str
    ) -> Any:
        already = self.staff_plan["state"] in ("waiting", "applied")
        if not already:
            self.staff_plan.update(state="waiting", applied_at=clock.now().isoformat())
        return {**self.staff_plan, "already": already}

    def post_imports_staff_plans_staff_plan_id_decisions(
        self, request: dict[str, Any], staff_plan_id: str
    ) -> Any:
        self.decided = request["json"]["decisions"]
        return self.staff_plan

    def get_imports_staff_plans_staff_plan_id_errors(
        self, request: dict[str, Any], staff_plan_id: str
    ) -> Any:
        return {"errors": self.staff_plan["errors"]}

    def post_imports_staff_plans_staff_plan_id_marked_xlsx(
        self, request: dict[str, Any], staff_plan_id: str
    ) -> bytes:
        self.marks = request["json"]["notes"]
        return b"PK marked staff"

    def post_exports_staff_xlsx(self, request: dict[str, Any]) -> bytes:
        return b"PK staff"

    def get_exports_staff_template_xlsx(self, request: dict[str, Any]) -> bytes:
        return b"PK staff template"
