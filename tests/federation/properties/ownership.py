"""Whose every row is, and whether somebody else changed it."""

import re
from typing import Any, NamedTuple

import apsw

from weft.domain.posts.records import ObjectKind

# Table -> the SQL expression of the actor that its rows belong to.
_BY_POST = "(SELECT author_id FROM post WHERE post.id = t.post_id)"
_BY_ACCOUNT = "(SELECT actor_id FROM account WHERE account.id = t.account_id)"
_BY_FILTER = "(SELECT owner_id FROM content_filter f WHERE f.id = t.filter_id)"
OWNERS: dict[str, str] = {
    "account": "t.actor_id",
    "actor": "t.id",
    "actor_key": "t.actor_id",
    "actor_note": "t.actor_id",
    "announcement_reaction": _BY_ACCOUNT,
    "announcement_read": _BY_ACCOUNT,
    "archive": _BY_ACCOUNT,
    "attendance": "t.actor_id",
    "block": "t.actor_id",
    "bookmark": "t.actor_id",
    "chat_member": "t.actor_id",
    "collection": "t.owner_id",
    "collection_entry": "(SELECT owner_id FROM collection WHERE collection.id = t.collection_id)",
    "content_filter": "t.owner_id",
    "conversation_post": _BY_POST,
    "draft": "t.author_id",
    "draft_media": "(SELECT author_id FROM draft WHERE draft.id = t.draft_id)",
    "endorsement": "t.actor_id",
    "featured_tag": "t.actor_id",
    "filter_keyword": _BY_FILTER,
    "filter_post": _BY_FILTER,
    "follow": "t.follower_id",
    "host_block": "t.actor_id",
    "idempotency": _BY_ACCOUNT,
    "import_job": _BY_ACCOUNT,
    "import_row": "(SELECT actor_id FROM account JOIN import_job j ON j.account_id = account.id WHERE j.id = t.job_id)",
    "interaction_leave": "COALESCE((SELECT author_id FROM post WHERE post.id = t.post_id),"
    " (SELECT actor_id FROM reaction WHERE reaction.id = t.reaction_id))",
    "invite": _BY_ACCOUNT,
    "listen": "t.actor_id",
    "mail_token": _BY_ACCOUNT,
    "marker": "t.owner_id",
    "media": "t.owner_id",
    "message": "t.author_id",
    "mute": "t.actor_id",
    "notification": "t.from_id",
    "oauth_code": _BY_ACCOUNT,
    "oauth_token": _BY_ACCOUNT,
    "object": "COALESCE((SELECT author_id FROM post WHERE post.id = t.id),"
    " (SELECT id FROM actor WHERE actor.id = t.id))",
    "passkey": _BY_ACCOUNT,
    "poll": _BY_POST,
    "poll_option": _BY_POST,
    "poll_vote": "t.actor_id",
    "post": "t.author_id",
    "post_attachment": _BY_POST,
    "post_audience": _BY_POST,
    "post_edit": _BY_POST,
    "post_tag": _BY_POST,
    "push_subscription": _BY_ACCOUNT,
    "quote": _BY_POST,
    "reaction": "t.actor_id",
    "report": "t.reporter_id",
    "report_post": "(SELECT reporter_id FROM report WHERE report.id = t.report_id)",
    "story": "t.author_id",
    "suggestion_dismissal": "t.actor_id",
    "tag_follow": "t.actor_id",
    "thread_mute": "t.actor_id",
    "web_session": _BY_ACCOUNT,
}
NOT_OWNED: dict[str, str] = {
    **dict.fromkeys(("actor_stats", "post_stats"), "counts"),
    **dict.fromkeys(("activity", "delivery", "delivery_try", "lane"), "what we answer"),
    **dict.fromkeys(("inbox_log", "raw_document"), "what came"),
    **dict.fromkeys(
        ("card", "host", "post_card", "remote_file", "tag", "thread_walk"), "found out"
    ),
    **dict.fromkeys(("job", "node_lease", "num_counter", "server_setting"), "the server's own"),
    **dict.fromkeys(("audit_log", "oauth_app"), "not reachable from an inbox"),
    **dict.fromkeys(
        ("community", "community_ban", "community_log", "community_moderator"),
        "their moderators change them",
    ),
    **dict.fromkeys(
        ("item", "item_credit", "item_external"),
        "their own servers': tests/federation/test_shelves_of_others.py",
    ),
    "policy_text": "hashes of what was said, while a rule asks for copies",
    **dict.fromkeys(("account_day", "tag_use"), "counts of who was here and what was spoken of"),
    **dict.fromkeys(
        ("post_search", "actor_search", "collection_search", "search_gap", "search_waiting"),
        "an index",
    ),
    "relay": "the operator's: what a relay answers is written at its own row",
    **dict.fromkeys(("mail_letter", "push_waiting"), "what is on its way to a person"),
    **dict.fromkeys(("severed_follow", "severing"), "what a block of a server ended"),
    **dict.fromkeys(
        (
            "actor_moderation_note",
            "announcement",
            "card_publisher",
            "custom_emoji",
            "domain_allow",
            "domain_block",
            "domain_list",
            "domain_list_entry",
            "email_block",
            "email_domain_attempt",
            "email_domain_block",
            "ip_block",
            "legal_hold",
            "media_hash",
            "policy_host",
            "policy_rule",
            "quarantine",
            "report_note",
            "rule",
            "strike",
            "trend_review",
            "warning_preset",
        ),
        "the moderators'",
    ),
    "chat": "its members own it",
    "home_entry": "what arrives is shown",
    **dict.fromkeys(("conversation", "notification_request"), "what arrives is shown"),
    **dict.fromkeys(
        ("notification_permission", "notification_policy", "severance"),
        "not reachable from an inbox",
    ),
}
"""Tables that may change when a stranger's activity is applied, and why."""

_INSIDE = re.compile("_search_(config|data|docsize|idx)$")
"""Tables that FTS5 keeps for itself."""
_FREE = {
    "account": ("last_active_at",),
    "actor": ("refreshed_at", "walked_at"),
    "oauth_token": ("last_used_at",),
    "poll": ("voters",),
    "poll_option": ("votes",),
    "web_session": ("last_seen_at",),
}
"""Columns that are counts, or say when something was last looked at."""


class Row(NamedTuple):
    table: str
    owner: int
    values: tuple[Any, ...]


Snapshot = frozenset[Row]


class World(NamedTuple):
    """Who is there before anything hostile comes."""

    victims: frozenset[int]
    """Nothing of theirs may change, and nothing may come into being in their name."""
    neighbours: frozenset[int]
    """On the attacker's own server, which may bring new things of theirs; what is there stays."""
    attackers_host: str


def tables(connection: apsw.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    names = {str(name) for (name,) in rows if not str(name).startswith(("sqlite_", "alembic_"))}
    return {each for each in names if not _INSIDE.search(each)}


def snapshot(connection: apsw.Connection, world: World) -> Snapshot:
    """Every row of the victims and the neighbours, and all ids of other hosts' posts."""
    known = ",".join(str(each) for each in sorted(world.victims | world.neighbours))
    found: set[Row] = set()
    for table, owner in OWNERS.items():
        columns = ", ".join(f"t.{name}" for name in _columns(connection, table))
        # A follow that moves with its target is the target's to move.
        only = f" AND t.target_id IN ({known})" if table == "follow" else ""
        sql = f"SELECT {owner} AS owner, {columns} FROM {table} t WHERE owner IN ({known}){only}"
        for row in connection.execute(sql):
            found.add(Row(table, int(str(row[0])), tuple(row[1:])))
    # Whoever it is said to belong to: posts and tombstones in the name of another server.
    foreign = connection.execute(
        "SELECT uri, kind, deleted_at IS NULL FROM object WHERE uri NOT LIKE ?"
        " AND (deleted_at IS NOT NULL OR kind = ?)",
        (f"http://{world.attackers_host}/%", int(ObjectKind.POST)),
    )
    found |= {Row("id of another server", 0, tuple(row)) for row in foreign}
    return frozenset(found)


def _columns(connection: apsw.Connection, table: str) -> list[str]:
    rows = connection.execute(f"SELECT name FROM pragma_table_info('{table}')")
    return [str(name) for (name,) in rows if name not in _FREE.get(table, ())]


def forbidden_changes(before: Snapshot, after: Snapshot, world: World) -> list[str]:
    """Sentences about what changed that may not; empty when all is well."""
    if before == after:
        return []
    lost = [f"gone or changed: {row}" for row in before - after]
    made = [f"made: {row}" for row in after - before if row.owner not in world.neighbours]
    return [*lost, *made]
