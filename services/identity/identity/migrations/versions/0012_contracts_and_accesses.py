"""A contract's reseller and individual agreement, its contacts' addresses; operators' accesses to schools.

Revision: 0012, after 0011. Contacts of before have no postal address.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("contracts", sa.Column("reseller", sa.String(length=100), nullable=False, server_default=""))
    op.add_column("contracts", sa.Column("individual_agreement", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("contracts", sa.Column("agreement_number", sa.String(length=50), nullable=False, server_default=""))
    op.add_column("contract_contacts", sa.Column("postal_code", sa.LargeBinary(), nullable=True))
    op.add_column("contract_contacts", sa.Column("address", sa.LargeBinary(), nullable=True))
    op.create_table(
        "operator_accesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_operator_accesses_school_id_schools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_accesses")),
    )
    op.create_index(op.f("ix_operator_accesses_school_id"), "operator_accesses", ["school_id"])
    op.create_index("ix_operator_accesses_open", "operator_accesses", ["ends_at"], postgresql_where=OPEN, sqlite_where=OPEN)


def downgrade() -> None:
    op.drop_table("operator_accesses")
    op.drop_column("contract_contacts", "address")
    op.drop_column("contract_contacts", "postal_code")
    for name in ("agreement_number", "individual_agreement", "reseller"):
        op.drop_column("contracts", name)
