"""The shop: products, reservations, the ledger of payments, and call keys.

Revision: 0001, the first.

Money is whole cents. Column types are spelt out, so that this page stays true when the application's change;
`op.f` marks a name as complete, because the naming convention would prefix it once more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_products()
    create_reservations()
    create_payment_events()
    create_call_keys()


def downgrade() -> None:
    for table in ("call_keys", "payment_events", "reservations", "products"):
        op.drop_table(table)


def create_products() -> None:
    op.create_table(
        "products",
        sa.Column("sku", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("initial", sa.Integer(), nullable=False),
        sa.Column("restocked", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name="pk_products"),
        sa.CheckConstraint("initial + restocked = available + held + sold", name=op.f("ck_products_every_unit_is_somewhere")),
        sa.CheckConstraint("available >= 0", name=op.f("ck_products_available_is_not_negative")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_products_held_is_not_negative")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_products_sold_is_not_negative")),
        sa.CheckConstraint("price > 0", name=op.f("ck_products_price_is_positive")),
    )


def create_reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sku", sa.String(32), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payment_id", sa.String(64)),
        sa.Column("payment_failed_at", sa.DateTime(timezone=True)),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("refunded_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name="fk_reservations_sku"),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity_is_positive")),
        sa.CheckConstraint(
            "status IN ('held', 'paid', 'cancelled', 'expired', 'refund_due', 'refunded')",
            name=op.f("ck_reservations_status_is_known"),
        ),
    )
    op.create_index("ix_reservations_status_expires_at", "reservations", ["status", "expires_at"])
    op.create_index("ix_reservations_owner_created_at", "reservations", ["owner", "created_at"])
    op.create_index("ix_reservations_sku_status", "reservations", ["sku", "status"])


def create_payment_events() -> None:
    op.create_table(
        "payment_events",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("reservation_id", sa.String(64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_events"),
    )
    op.create_index("ix_payment_events_reservation_id", "payment_events", ["reservation_id"])


def create_call_keys() -> None:
    op.create_table(
        "call_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("principal", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("reservation_id", sa.String(32)),
        sa.Column("refused_available", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_keys"),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservations.id"], name="fk_call_keys_reservation_id"),
        sa.UniqueConstraint("principal", "key", name="uq_call_keys_principal_key"),
        sa.CheckConstraint(
            "(reservation_id IS NULL) <> (refused_available IS NULL)", name=op.f("ck_call_keys_answer_is_one_of_two")
        ),
    )
    op.create_index("ix_call_keys_created_at", "call_keys", ["created_at"])
