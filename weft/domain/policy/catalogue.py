"""Which kinds of rules there are: Weft's own, and those of installed packages."""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from weft.domain.policy.records import Judge, Rule, SettingsRefused
from weft.domain.policy.rules import people, spam, words

GROUP = "weft.policies"
LONGEST_SETTINGS = 128 * 1024
BUILT_IN: tuple[Rule, ...] = (*people.RULES, *words.RULES, *spam.RULES)

log = structlog.get_logger("weft.policy")


@cache
def rules() -> dict[str, Rule]:
    """By name. A package's rule that does not load is left out, and what is set up with it fails (and
    so holds back what it should have judged); it cannot take the name of one of ours."""
    found: dict[str, Rule] = {each.name: each for each in BUILT_IN}
    for each in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            rule = each.load()
            name = str(rule.name)
        except Exception:
            log.exception("a rule cannot be loaded", entry_point=each.name)
            continue
        found.setdefault(name, rule)
    return found


def rule_named(name: str) -> Rule:
    """Raises SettingsRefused."""
    known = rules().get(name)
    if known is None:
        raise SettingsRefused(
            f"There is no rule {name[:60]!r}: there are {', '.join(sorted(rules()))}."
        )
    return known


def read_settings(rule: Rule, text: str | bytes) -> Any:
    """Settings from JSON, as the rule's struct.

    Raises:
        SettingsRefused: with a sentence that names the field.
    """
    if len(text) > LONGEST_SETTINGS:
        raise SettingsRefused(f"Settings may have at most {LONGEST_SETTINGS} bytes.")
    try:
        return msgspec.json.decode(text or b"{}", type=rule.settings)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise SettingsRefused(f"The settings of {rule.name} are wrong: {error}.") from None


def prepared(rule: Rule, settings: Any) -> Judge:
    """The judge.

    Raises:
        SettingsRefused: also if the rule fails in some other way.
    """
    try:
        return rule.prepare(settings)
    except SettingsRefused:
        raise
    except Exception as error:
        raise SettingsRefused(f"{rule.name} fails: {type(error).__name__}: {error}") from error


class SettingField(Struct, frozen=True):
    """One setting, for people."""

    name: str
    type: str
    default: Any


def setting_fields(rule: Rule) -> list[SettingField]:
    """What can be set."""
    return [
        SettingField(each.encode_name, type_name(each.type), default_of(each))
        for each in msgspec.structs.fields(rule.settings)
    ]


def default_of(field: Any) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else None


def type_name(type_: Any) -> str:
    """A type in words."""
    made = msgspec.inspect.type_info(type_)
    return _named(made)


def _named(info: Any) -> str:
    kind = type(info).__name__
    if kind == "VarTupleType" or kind == "ListType":
        return f"list of {_named(info.item_type)}"
    if kind == "LiteralType":
        return " or ".join(str(each) for each in sorted(info.values, key=str))
    if kind == "UnionType":
        return " or ".join(_named(each) for each in info.types)
    names = {
        "StrType": "text",
        "IntType": "number",
        "BoolType": "true or false",
        "NoneType": "null",
    }
    word = names.get(kind, kind.removesuffix("Type").lower())
    low, high = getattr(info, "ge", None), getattr(info, "le", None)
    return f"{word} from {low} to {high}" if low is not None and high is not None else word
