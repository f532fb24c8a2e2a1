"""Reports: filed, in the queue, taken, decided."""

from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.moderation import fine, person, stranger
from tests.support.databases import sql
from weft.domain.accounts.queries import Role
from weft.domain.posts.publish import publish
from weft.domain.posts.records import AudienceRole, Mention, NewPost, ReplyTo
from weft.domain.rules.rules import add_rule

R = "/api/v1/admin/reports"


async def report(house: House, **more: Any) -> Any:
    body = {"account_id": str(house.ids["bob"]), "comment": "look", **more}
    return fine(await house.carol.post("/api/v1/reports", body), "Report")


async def test_a_report_goes_its_way_through_the_queue(house: House) -> None:
    mod, mod_id = await person(house, "mod", Role.MODERATOR)
    said = fine(
        await house.bob.post("/api/v1/statuses", {"status": "@carol psst", "visibility": "direct"})
    )
    rule = await house.parts.db.write(add_rule, house.parts.server, "Be kind.")
    made = await report(house, status_ids=[said["id"]], rule_ids=[str(rule.id)])
    assert made["category"] == "violation"
    [row] = fine(await mod.get(R), "AdminReport")
    assert row["id"] == made["id"]
    assert [each["id"] for each in row["statuses"]] == [said["id"]]
    assert row["rules"] == [{"id": str(rule.id), "text": "Be kind.", "hint": ""}]
    assert (row["account"]["username"], row["target_account"]["username"]) == ("carol", "bob")
    one = f"{R}/{made['id']}"
    taken = fine(await mod.post(f"{one}/assign_to_self"), "AdminReport")
    assert taken["assigned_account"]["id"] == str(mod_id)
    assert fine(await mod.post(f"{one}/unassign"))["assigned_account"] is None
    changed = fine(await mod.call("PUT", one, json={"category": "spam"}), "AdminReport")
    assert (changed["category"], changed["rules"]) == ("spam", [])
    done = fine(await mod.post(f"{one}/resolve"), "AdminReport")
    assert done["action_taken"] is True
    assert done["action_taken_by_account"]["id"] == str(mod_id)
    assert fine(await mod.get(R)) == []
    assert [each["id"] for each in fine(await mod.get(R, resolved="true"))] == [made["id"]]
    again = fine(await mod.post(f"{one}/reopen"), "AdminReport")
    assert (again["action_taken"], again["action_taken_by_account"]) == (False, None)


async def test_who_looks_at_what_was_not_for_them_is_written_down(house: House) -> None:
    mod, _ = await person(house, "mod", Role.MODERATOR)
    url = house.parts.settings.database_url
    looks = "SELECT count(*) FROM audit_log WHERE action = 'report.look'"
    open_post = fine(await house.bob.post("/api/v1/statuses", {"status": "for all"}))
    await report(house, status_ids=[open_post["id"]])
    fine(await mod.get(R))
    assert sql(url, looks)[0][0] == 0
    secret = fine(
        await house.bob.post("/api/v1/statuses", {"status": "@carol x", "visibility": "direct"})
    )
    made = await report(house, status_ids=[secret["id"]])
    assert (await mod.get(f"/api/v1/statuses/{secret['id']}")).status == 404
    assert fine(await mod.get(f"{R}/{made['id']}"))["statuses"][0]["id"] == secret["id"]
    assert sql(url, looks)[0][0] == 1


async def test_an_action_closes_all_reports_about_the_account(house: House) -> None:
    mod, _ = await person(house, "mod", Role.MODERATOR)
    first, second = await report(house), await report(house, comment="again")
    order = {"type": "silence", "report_id": first["id"], "text": "enough"}
    fine(await mod.post(f"/api/v1/admin/accounts/{house.ids['bob']}/action", order))
    for each in (first, second):
        assert fine(await mod.get(f"{R}/{each['id']}"))["action_taken"] is True


async def test_the_queue_is_narrowed_and_paged(house: House) -> None:
    mod, _ = await person(house, "mod", Role.MODERATOR)
    mia = await stranger(house)
    for number in range(3):
        await report(house, comment=str(number))
    fine(await house.bob.post("/api/v1/reports", {"account_id": str(mia.id)}), "Report")

    async def comments(**query: Any) -> list[str]:
        return [each["comment"] for each in fine(await mod.get(R, **query))]

    assert await comments(target_account_id=house.ids["bob"]) == ["2", "1", "0"]
    assert await comments(account_id=house.ids["bob"]) == [""]
    assert await comments(by_target_domain="far.example") == [""]
    page = await mod.get(R, limit=2)
    assert len(page.json) == 2
    assert 'rel="next"' in page.headers["link"]
    assert await comments(limit=2, max_id=page.json[-1]["id"]) == ["1", "0"]


async def test_forwarding_reaches_the_target_and_whom_the_posts_answer(house: House) -> None:
    await house.parts.instance.ensure()
    mia, zoe = await stranger(house), await stranger(house, "zoe", "other.example")
    parent = await house.parts.db.write(
        publish, house.parts.server,
        NewPost(author_id=zoe.id, content="<p>hi</p>", uri="https://other.example/1"),
    )  # fmt: skip
    answer = await house.parts.db.write(
        publish, house.parts.server,
        NewPost(
            author_id=mia.id, content="<p>bad</p>", uri="https://far.example/1",
            reply_to=ReplyTo(uri=parent.uri, id=parent.id, author_id=zoe.id, root_id=parent.id),
        ),
    )  # fmt: skip
    body = {
        "account_id": str(mia.id), "status_ids": [str(answer.id)], "forward": True,
        "forward_to_domains": ["other.example", "unrelated.example"],
    }  # fmt: skip
    made = fine(await house.carol.post("/api/v1/reports", body), "Report")
    assert made["forwarded"] is True
    hosts = sql(
        house.parts.settings.database_url,
        "SELECT host FROM delivery JOIN activity ON activity.id = activity_id"
        " WHERE type = 'Reported' ORDER BY host",
    )
    assert [row[0] for row in hosts] == ["far.example", "other.example"]


async def test_communities_hear_of_what_is_reported_in_them(house: House) -> None:
    await house.parts.instance.ensure()
    mia = await stranger(house)
    group = await stranger(house, "tea", "forum.example")
    url = house.parts.settings.database_url
    sql(url, f"UPDATE actor SET kind = 3 WHERE id = {group.id}")
    posts = [
        await house.parts.db.write(
            publish, house.parts.server,
            NewPost(
                author_id=mia.id, content="<p>bad</p>", uri=f"https://far.example/{number}",
                audience=(Mention(group.id, AudienceRole.COMMUNITY),) if number else (),
            ),
        )
        for number in range(3)
    ]  # fmt: skip
    body = {"account_id": str(mia.id), "status_ids": [str(each.id) for each in posts]}
    hosts = (
        "SELECT host, count(*) FROM delivery JOIN activity ON activity.id = activity_id"
        " WHERE type = 'Reported' GROUP BY host ORDER BY host"
    )
    assert fine(await house.carol.post("/api/v1/reports", body), "Report")["forwarded"] is False
    assert sql(url, hosts) == []
    more = body | {"forward": True}
    assert fine(await house.carol.post("/api/v1/reports", more), "Report")["forwarded"] is True
    assert [tuple(row) for row in sql(url, hosts)] == [("far.example", 1), ("forum.example", 2)]


@pytest.mark.parametrize(
    "more",
    [
        {"account_id": ""},
        {"account_id": "123"},
        {"category": "boring"},
        {"comment": "x" * 5001},
        {"rule_ids": ["1"]},
        {"collection_ids": ["1"]},
        {"status_ids": ["1"] * 101},
        {"forward": "perhaps"},
        {"forward_to_domains": ["x"] * 11},
    ],
)
async def test_bad_reports_are_refused(house: House, more: dict[str, Any]) -> None:
    body = {"account_id": str(house.ids["bob"])} | more
    answer = await house.carol.post("/api/v1/reports", body)
    assert 400 <= answer.status < 500, answer.text
    assert answer.json["error"]
    assert sql(house.parts.settings.database_url, "SELECT count(*) FROM report")[0][0] == 0


async def test_bad_changes_are_refused(house: House) -> None:
    mod, _ = await person(house, "mod", Role.MODERATOR)
    made = await report(house)
    for body in ({"category": "boring"}, {"category": "violation", "rule_ids": ["1"]}):
        answer = await mod.call("PUT", f"{R}/{made['id']}", json=body)
        assert answer.status == 422
    for verb in ("assign_to_self", "unassign", "resolve", "reopen"):
        for each in ("0", "abc", "9007199254740991"):
            assert (await mod.post(f"{R}/{each}/{verb}")).status == 404
    assert (await house.bob.get(R)).status == 403
    assert fine(await mod.get(f"{R}/{made['id']}"))["category"] == "other"
