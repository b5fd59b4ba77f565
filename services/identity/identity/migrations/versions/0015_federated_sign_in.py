"""Staff sign in by the city's account too, and a school says by which way its people come in (ID-14).

Revision: 0015, after 0014. Every school takes both ways from everywhere, as before.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SIGN_IN_BY = "ck_schools_sign_in_by"


def upgrade() -> None:
    op.create_table(
        "federated_sign_ins",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("binding", sa.LargeBinary(length=32), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(128), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federated_sign_ins")),
    )
    op.create_index(op.f("ix_federated_sign_ins_started_at"), "federated_sign_ins", ["started_at"])
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("federated", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("schools") as schools:
        schools.add_column(sa.Column("sign_in_by", sa.String(10), nullable=False, server_default="any"))
        schools.add_column(sa.Column("networks_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        schools.create_check_constraint(op.f(SIGN_IN_BY), "sign_in_by IN ('any', 'password', 'city')")


def downgrade() -> None:
    """Go back; whoever came in by the city's account signs in again, by a password."""
    op.execute("DELETE FROM sessions WHERE federated")
    with op.batch_alter_table("schools") as schools:
        schools.drop_constraint(op.f(SIGN_IN_BY), type_="check")
        schools.drop_column("networks_only")
        schools.drop_column("sign_in_by")
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_column("federated")
    op.drop_table("federated_sign_ins")
