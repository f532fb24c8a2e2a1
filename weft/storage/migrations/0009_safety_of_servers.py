"""Lists of servers, follows that were cut, reviews of trends, and an audit log that stays."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def _flag(name: str, *, default: bool = False) -> sa.Column[bool]:
    given = sa.true() if default else sa.false()
    return sa.Column(name, sa.Boolean(), server_default=given, nullable=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, autoincrement=False, nullable=False)


def upgrade() -> None:
    op.add_column("domain_block", sa.Column("own", sa.Text(), nullable=True))
    _lists()
    _severed()
    _numbers()
    _audit()


def _lists() -> None:
    op.create_table(
        "domain_allow",
        _id(),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_domain_allow"),
        sa.UniqueConstraint("domain", name="uq_domain_allow_domain"),
    )
    op.create_table(
        "domain_list",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("needs", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_domain_list"),
        sa.UniqueConstraint("name", name="uq_domain_list_name"),
    )
    op.create_table(
        "domain_list_entry",
        sa.Column("list_id", BIG, autoincrement=False, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        _flag("rejects_media"),
        _flag("rejects_reports"),
        _flag("obfuscated"),
        sa.Column("public_comment", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        _reference("domain_list_entry", "list_id", "domain_list"),
        sa.PrimaryKeyConstraint("list_id", "domain", name="pk_domain_list_entry"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_domain_list_entry_domain", "domain_list_entry", ["domain"])


def _severed() -> None:
    op.create_table(
        "severing",
        _id(),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("restored_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_severing"),
    )
    op.create_index("ix_severing_target", "severing", ["target", "id"])
    op.create_table(
        "severed_follow",
        _id(),
        sa.Column("severance_id", BIG, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("other_id", BIG, nullable=False),
        _flag("incoming"),
        sa.Column("uri", sa.Text(), nullable=False),
        _flag("shows_boosts", default=True),
        _flag("notifies"),
        sa.Column("languages", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        _reference("severed_follow", "severance_id", "severing"),
        sa.PrimaryKeyConstraint("id", name="pk_severed_follow"),
    )
    op.create_index(
        "ix_severed_follow_severance_id", "severed_follow", ["severance_id", "owner_id", "id"]
    )
    op.create_index("ix_severed_follow_owner_id", "severed_follow", ["owner_id"])
    op.create_index("ix_severed_follow_other_id", "severed_follow", ["other_id"])


def _numbers() -> None:
    op.create_table(
        "email_domain_attempt",
        sa.Column("block_id", BIG, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        _reference("email_domain_attempt", "block_id", "email_domain_block"),
        sa.PrimaryKeyConstraint("block_id", "day", "address", name="pk_email_domain_attempt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trend_review",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("target_id", BIG, autoincrement=False, nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("reviewed_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("kind", "target_id", name="pk_trend_review"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "card_publisher",
        _id(),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.Column("reviewed_at", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_card_publisher"),
        sa.UniqueConstraint("domain", name="uq_card_publisher_domain"),
    )
    op.create_table(
        "account_day",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        _reference("account_day", "account_id", "account"),
        sa.PrimaryKeyConstraint("day", "account_id", name="pk_account_day"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_account_day_account_id", "account_day", ["account_id"])


_TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
        "CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is never changed'; END $$",
        "CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    ),
}


def _audit() -> None:
    for statement in _TRIGGERS[op.get_context().dialect.name]:
        op.execute(statement)
