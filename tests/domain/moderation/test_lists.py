"""Lists of servers that others keep: read, merged, taken back."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.moderation.domains import decide, decide_again
from weft.domain.moderation.domains_rules import Decision, DomainRule, Severity, rules_by_name
from weft.domain.moderation.lists import checked_name, plan, retract, take_in
from weft.domain.moderation.lists_read import Entry, ListRefused, read_list, write_list

MASTODON = b"""#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
Bad.example,suspend,true,true,"Spam, and worse",false
loud.example,silence,False,false,,true
odd.example,,false,false,,false
"""
OLIPHANT = b"""domain,severity,public_comment,reject_media,reject_reports,obfuscate
bad.example,suspend,hate,TRUE,TRUE,FALSE
"""
PLAIN = b"""# a list
bad.example
*.worse.example   # remark
// nothing
@third.example
"""
SUSPEND = Decision(severity=Severity.SUSPEND)
BAD = (Entry("bad.example"),)


async def rules(stage: Stage) -> dict[str, DomainRule]:
    return {each.domain: each for each in await stage.db.all(rules_by_name, after="", limit=99)}


async def takes(stage: Stage, name: str, *entries: Entry, needs: int = 1) -> list[str]:
    done = await take_in(stage.db, stage.server, None, name, entries, needs)
    return [f"{each.turn} {each.domain}" for each in done.changes]


def test_the_forms_that_lists_come_in(stage: Stage) -> None:
    first = {each.domain: each for each in read_list(stage.server, MASTODON).entries}
    assert first["bad.example"] == Entry(
        "bad.example", Severity.SUSPEND, True, True, False, "Spam, and worse"
    )
    assert first["loud.example"].severity is Severity.SILENCE
    assert first["loud.example"].obfuscated
    assert first["odd.example"].severity is Severity.SUSPEND
    [second] = read_list(stage.server, OLIPHANT).entries
    assert (second.domain, second.rejects_media, second.public_comment) == (
        "bad.example", True, "hate",
    )  # fmt: skip
    plain = read_list(stage.server, PLAIN)
    assert [each.domain for each in plain.entries] == [
        "bad.example", "worse.example", "third.example",
    ]  # fmt: skip


def test_lines_that_say_nothing_are_named_and_left_out(stage: Stage) -> None:
    body = b"#domain,#severity\nb*d.example,suspend\nhome.example,suspend\nx.example,kill\nok.example,noop\n"
    sheet = read_list(stage.server, body)
    assert [each.domain for each in sheet.entries] == ["ok.example"]
    assert [each.partition(":")[0] for each in sheet.faults] == ["Line 2", "Line 3", "Line 4"]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"\n\n", b"#domain\n", b"nothing here\x00", b"x" * 5_000_000,
     b'#domain,#severity\n"never ends,suspend\n' + b"y" * 200_000],
)  # fmt: skip
def test_what_is_no_list_is_refused(stage: Stage, body: bytes) -> None:
    with pytest.raises(ListRefused):
        read_list(stage.server, body)


@pytest.mark.parametrize("name", ["", " ", "a,b", "x" * 101, "a\x00"])
def test_a_list_needs_a_name(name: str) -> None:
    with pytest.raises(ListRefused):
        checked_name(name)


async def test_what_is_written_can_be_read(stage: Stage) -> None:
    await takes(stage, "one", *read_list(stage.server, MASTODON).entries)
    written = write_list((await rules(stage)).values())
    again = read_list(stage.server, written.encode())
    assert set(again.entries) == set(read_list(stage.server, MASTODON).entries)


async def test_a_preview_changes_nothing_and_counts_what_would_be_cut(stage: Stage) -> None:
    bea, mia = await stage.person("bea"), await stage.stranger("mia", "bad.example")
    await stage.follows(mia, bea)
    seen = await plan(stage.db, stage.server, "one", BAD, 1)
    assert await rules(stage) == {}
    [change] = seen.changes
    assert change.touched is not None
    assert (change.touched.followers, change.touched.people) == (1, 1)
    assert await takes(stage, "one", *BAD) == ["add bad.example"]
    assert not (await stage.again(mia)).stands
    assert await takes(stage, "one", *BAD) == []


async def test_what_a_list_no_longer_says_is_taken_back(stage: Stage) -> None:
    mia = await stage.stranger("mia", "a.bad.example")
    await takes(stage, "one", *BAD, Entry("worse.example"))
    assert (await rules(stage))["bad.example"].source == "one"
    assert await takes(stage, "one", Entry("worse.example")) == ["remove bad.example"]
    assert (await stage.again(mia)).stands
    assert await retract(stage.db, stage.server, None, "one") is not None
    assert await rules(stage) == {}
    assert await retract(stage.db, stage.server, None, "one") is None


async def test_our_own_rule_is_never_made_weaker_and_keeps_its_comments(stage: Stage) -> None:
    ours = Decision(severity=Severity.SILENCE, rejects_media=True, private_comment="they know why")
    await stage.db.write(decide, stage.server, None, "bad.example", ours)
    mild = Entry("bad.example", Severity.SILENCE, public_comment="theirs")
    assert await takes(stage, "mild", mild) == []
    assert await takes(stage, "harsh", *BAD) == ["strengthen bad.example"]
    stricter = (await rules(stage))["bad.example"]
    assert (stricter.severity, stricter.rejects_media, stricter.private_comment) == (
        Severity.SUSPEND, True, "they know why",
    )  # fmt: skip
    await retract(stage.db, stage.server, None, "harsh")
    back = (await rules(stage))["bad.example"]
    assert back.decision == ours
    assert back.source is None


async def test_a_rule_that_does_nothing_keeps_lists_away(stage: Stage) -> None:
    await stage.db.write(
        decide, stage.server, None, "bad.example", Decision(severity=Severity.NOOP)
    )
    assert await takes(stage, "one", *BAD) == []


async def test_a_list_that_needs_others_waits_for_them(stage: Stage) -> None:
    assert await takes(stage, "one", *BAD, needs=2) == []
    assert (await plan(stage.db, stage.server, "one", BAD, 2)).waiting == 1
    assert await takes(stage, "two", *BAD, Entry("other.example"), needs=2) == ["add bad.example"]
    assert (await rules(stage))["bad.example"].source == "one, two"
    assert await takes(stage, "one", Entry("other.example"), needs=2) == [
        "remove bad.example", "add other.example",
    ]  # fmt: skip


async def test_whoever_changes_a_listed_rule_makes_it_theirs(stage: Stage) -> None:
    await takes(stage, "one", *BAD)
    rule = (await rules(stage))["bad.example"]
    await stage.db.write(decide_again, stage.server, None, rule.id, SUSPEND)
    assert (await rules(stage))["bad.example"].source is None
    await retract(stage.db, stage.server, None, "one")
    assert "bad.example" in await rules(stage)


@pytest.mark.parametrize("needs", [0, -1, 51])
async def test_how_many_lists_must_agree_has_bounds(stage: Stage, needs: int) -> None:
    with pytest.raises(ListRefused):
        await plan(stage.db, stage.server, "one", BAD, needs)
