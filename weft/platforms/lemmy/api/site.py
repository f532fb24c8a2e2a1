"""The server as Lemmy describes it, and the servers it knows."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.contact import all_admins
from weft.domain.actors.queries import actors_by_handles, actors_by_ids, keys_of
from weft.domain.communities.queries import known_hosts
from weft.domain.communities.totals import totals
from weft.domain.moderation.domains_rules import covering, rules_by_name
from weft.federation.instance_actor import NAME as INSTANCE_NAME
from weft.platforms.lemmy.api.loading import load
from weft.platforms.lemmy.api.me import my_user
from weft.platforms.lemmy.api.routing import Call, Route, json
from weft.platforms.lemmy.api.views import OUR_INSTANCE, UNDETERMINED, instance, person_view, time

MOST_HOSTS = 10_000
_NO_LIMIT = 999


async def site_view(call: Call) -> dict[str, Any]:
    parts = call.api.parts
    settings, domain = parts.settings, parts.server.domain
    rows = await call.db.all(actors_by_handles, handles=[f"{INSTANCE_NAME}@{domain}".casefold()])
    instance = next(iter(rows), None)
    keys = await call.db.all(keys_of, actor_id=instance.id) if instance is not None else []
    since = time(instance.published_at if instance is not None else call.now)
    used, counted = await call.api.usage.now(), await call.db.one(totals)
    site: dict[str, Any] = {
        "id": 1,
        "name": settings.title or settings.domain,
        "published": since,
        "actor_id": f"{parts.server.origin}/",
        "last_refreshed_at": since,
        "inbox_url": f"{parts.server.origin}/inbox",
        "public_key": next((key.public_pem for key in keys if key.algorithm == "rsa"), ""),
        "instance_id": OUR_INSTANCE,
    }
    if settings.description:
        site["description"] = settings.description
    return {
        "site": site,
        "local_site": {
            "id": 1,
            "site_id": 1,
            "site_setup": True,
            "enable_downvotes": True,
            "enable_nsfw": True,
            "community_creation_admin_only": True,
            "require_email_verification": False,
            "private_instance": False,
            "default_theme": "browser",
            "default_post_listing_type": "Local",
            "default_post_listing_mode": "List",
            "default_sort_type": "Active",
            "hide_modlog_mod_names": True,
            "application_email_admins": False,
            "reports_email_admins": False,
            "actor_name_max_length": 64,
            "federation_enabled": True,
            "federation_signed_fetch": False,
            "captcha_enabled": False,
            "captcha_difficulty": "medium",
            "published": since,
            "registration_mode": "Closed",
        },
        "local_site_rate_limit": {
            "local_site_id": 1,
            "published": since,
            **{
                f"{name}{unit}": _NO_LIMIT
                for name in (
                    "message", "post", "register", "image", "comment", "search",
                    "import_user_settings",
                )
                for unit in ("", "_per_second")
            },
        },
        "counts": {
            "site_id": 1,
            "users": used.people,
            "posts": counted.threads if counted else 0,
            "comments": counted.comments if counted else 0,
            "communities": counted.communities if counted else 0,
            "users_active_day": used.day,
            "users_active_week": used.week,
            "users_active_month": used.month,
            "users_active_half_year": used.half_year,
        },
    }  # fmt: skip


async def site(call: Call) -> ASGIResponse:
    """GET /api/v3/site"""
    ids = [row[0] for row in await call.db.all(all_admins)]
    admins = await call.db.all(actors_by_ids, ids=ids)
    found = await load(call, actors=admins)
    body = {
        "site_view": await site_view(call),
        "admins": [person_view(found, each) for each in admins],
        "version": f"0.19.20-weft.{call.api.parts.version}",
        "all_languages": [{"id": UNDETERMINED, "code": "und", "name": "Undetermined"}],
        "discussion_languages": [UNDETERMINED],
        "taglines": [],
        "custom_emojis": [],
        "blocked_urls": [],
    }
    if call.me is not None:
        body["my_user"] = await my_user(call, call.me)
    return json(body)


async def federated_instances(call: Call) -> ASGIResponse:
    """GET /api/v3/federated_instances"""
    linked = await call.db.all(known_hosts, suspended=False, limit=MOST_HOSTS)
    # Whom the operator shows that to: names with stars in them cannot be told in this form.
    whom = call.api.parts.settings.domain_blocks_shown
    blocked = []
    if whom == "everyone" or (whom == "users" and call.me is not None):
        found = await call.db.all(known_hosts, suspended=True, limit=MOST_HOSTS)
        rules = await call.db.all(rules_by_name, after="", limit=MOST_HOSTS)
        veiled = {rule.domain for rule in rules if rule.obfuscated}
        blocked = [each for each in found if veiled.isdisjoint(covering(each.name))]
    return json(
        {
            "federated_instances": {
                "linked": [instance(each) for each in linked],
                "allowed": [],
                "blocked": [instance(each) for each in blocked],
            }
        }
    )


ROUTES = (
    Route("GET", "/api/v3/site", site),
    Route("GET", "/api/v3/federated_instances", federated_instances),
)
