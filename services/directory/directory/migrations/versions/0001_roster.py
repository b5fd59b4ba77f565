"""The roster, frozen audiences, and the bus tables."""

import sqlalchemy as sa
from alembic import op

from common.db.types import Encrypted, Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('class', 'free', 'staff')", name=op.f("ck_groups_kind")),
        sa.ForeignKeyConstraint(["parent_id"], ["groups.id"], name=op.f("fk_groups_parent_id_groups")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )
    op.create_index("ix_groups_school_id", "groups", ["school_id"], unique=False)
    op.create_index(
        "uq_groups_root",
        "groups",
        ["school_id", "fiscal_year"],
        unique=True,
        postgresql_where=sa.text("kind = 'class' AND parent_id IS NULL"),
        sqlite_where=sa.text("kind = 'class' AND parent_id IS NULL"),
    )

    op.create_table(
        "guardians",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint("language IN ('ja', 'en')", name=op.f("ck_guardians_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardians")),
    )
    op.create_index("ix_guardians_school_id", "guardians", ["school_id"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)

    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("formal_name", sa.Text(), nullable=True),
        sa.Column("kana", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("management_number", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_since", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('pupil', 'staff')", name=op.f("ck_members_kind")),
        sa.CheckConstraint(
            "status IN ('prospective', 'enrolled', 'suspended', 'transferred', 'graduated', 'active', 'moved', 'retired')",
            name=op.f("ck_members_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_index("ix_members_school_id_status", "members", ["school_id", "status"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("routing_key", sa.String(length=255), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["position"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL"),
        sqlite_where=sa.text("published_at IS NULL"),
    )

    op.create_table(
        "parked_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("parked_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_events")),
    )
    op.create_table(
        "snapshots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("audience", Json, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("summary", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
    )
    op.create_index("ix_snapshots_school_id", "snapshots", ["school_id"], unique=False)

    op.create_table(
        "contact_points",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", Encrypted(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("health", Json, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('mail', 'line', 'app')", name=op.f("ck_contact_points_kind")),
        sa.CheckConstraint("state IN ('active', 'stopped', 'ended')", name=op.f("ck_contact_points_state")),
        sa.CheckConstraint("(guardian_id IS NULL) <> (member_id IS NULL)", name=op.f("ck_contact_points_owner")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_contact_points_guardian_id_guardians")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_contact_points_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
        sa.UniqueConstraint("guardian_id", "kind", "address_index", name=op.f("uq_contact_points_guardian_id_kind_address_index")),
        sa.UniqueConstraint("member_id", "kind", "address_index", name=op.f("uq_contact_points_member_id_kind_address_index")),
    )
    op.create_index(
        "ix_contact_points_school_id_kind_address_index", "contact_points", ["school_id", "kind", "address_index"], unique=False
    )

    op.create_table(
        "guardianships",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_guardianships_guardian_id_guardians")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_guardianships_member_id_members")),
        sa.PrimaryKeyConstraint("member_id", "guardian_id", name=op.f("pk_guardianships")),
    )
    op.create_index("ix_guardianships_guardian_id", "guardianships", ["guardian_id"], unique=False)
    op.create_index("ix_guardianships_school_id", "guardianships", ["school_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('enrolled', 'joined')", name=op.f("ck_memberships_kind")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_memberships_group_id_groups")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_memberships_member_id_members")),
        sa.PrimaryKeyConstraint("group_id", "member_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_member_id", "memberships", ["member_id"], unique=False)
    op.create_index("ix_memberships_school_id", "memberships", ["school_id"], unique=False)
    op.create_index(
        "uq_memberships_enrolled",
        "memberships",
        ["member_id", "fiscal_year"],
        unique=True,
        postgresql_where=sa.text("kind = 'enrolled'"),
        sqlite_where=sa.text("kind = 'enrolled'"),
    )

    op.create_table(
        "phone_numbers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("number", Encrypted(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_phone_numbers_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_numbers")),
    )
    op.create_index("ix_phone_numbers_member_id", "phone_numbers", ["member_id"], unique=False)
    op.create_index("ix_phone_numbers_school_id", "phone_numbers", ["school_id"], unique=False)

    op.create_table(
        "snapshot_members",
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("household", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("guardian_ids", Json, nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name=op.f("fk_snapshot_members_snapshot_id_snapshots")),
        sa.PrimaryKeyConstraint("snapshot_id", "position", name=op.f("pk_snapshot_members")),
    )


def downgrade() -> None:
    for name in (
        "snapshot_members",
        "phone_numbers",
        "memberships",
        "guardianships",
        "contact_points",
        "snapshots",
        "parked_events",
        "outbox",
        "members",
        "inbox",
        "guardians",
        "groups",
    ):
        op.drop_table(name)
