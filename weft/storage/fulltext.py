"""Full-text search on both engines: FTS5 on SQLite, ``tsvector`` with GIN on PostgreSQL.

Neither engine cuts a text into words here: their rules differ from each other, and from version to
version. A text comes as *tokens* (``weft/domain/search/words.py``): letters, digits, marks and ``_``,
with blanks between them, and both engines keep each with its position. What is looked for comes as
``Sought`` and is written in the engine's own language by ``rendered``; every token stands in quotes,
and what a token may not contain is taken out, so that nothing that was typed is ever understood as
the engine's syntax.

A table of such texts has two columns: ``rowid``, the id of what the text is about, and ``words``. On
SQLite it keeps no text, only the index (``content=''``).
"""

import re
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    Index,
    MetaData,
    Table,
    Text,
    bindparam,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

from weft.storage.statements import Engine

FTS5 = (
    "CREATE VIRTUAL TABLE {name} USING fts5"
    "(words, content='', contentless_delete=1, tokenize=\"ascii tokenchars '_'\")"
)
"""``ascii`` takes all that is not ASCII for part of a word: tokens come back as they went in."""
_UNFIT = re.compile(r"[^\w\u0300-\U0010ffff]|[\s]")


class Phrase(Struct, frozen=True):
    """Tokens that follow each other; of the last one the beginning, if ``prefix``."""

    tokens: tuple[str, ...]
    prefix: bool = False


class Sought(Struct, frozen=True):
    """Of each entry of ``all`` at least one phrase is in the text, and none of ``none``."""

    all: tuple[tuple[Phrase, ...], ...]
    none: tuple[Phrase, ...] = ()


def rendered(sought: Sought, engine: Engine) -> str:
    """As the engine's ``matches`` takes it. ``all`` may not be empty: FTS5 cannot exclude from
    everything."""
    if not sought.all:
        raise ValueError("something has to be in the text")
    write = _of_fts5 if engine == "sqlite" else _of_tsquery
    together, either, but = (
        (" AND ", " OR ", " NOT ") if engine == "sqlite" else (" & ", " | ", " & !")
    )
    found = together.join(f"({either.join(map(write, each))})" for each in sought.all)
    if not sought.none:
        return found
    return f"({found}){but}({either.join(map(write, sought.none))})"


def _of_fts5(phrase: Phrase) -> str:
    quoted = " ".join(map(_clean, phrase.tokens))
    return f'"{quoted}" *' if phrase.prefix else f'"{quoted}"'


def _of_tsquery(phrase: Phrase) -> str:
    quoted = " <-> ".join(f"'{_clean(each)}'" for each in phrase.tokens)
    return f"({quoted}:*)" if phrase.prefix else f"({quoted})"


def _clean(token: str) -> str:
    return _UNFIT.sub("", token) or "_"


def fulltext_table(name: str, metadata: MetaData, rowid: Column[int]) -> Table:
    """The table of such texts, whose rows go with what ``rowid`` refers to on PostgreSQL only."""
    return Table(
        name,
        metadata,
        rowid,
        Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        Index(f"ix_{name}_words", "words", postgresql_using="gin"),
        info={"fulltext": True},
    )


@compiles(CreateTable, "sqlite")
def _create(element: CreateTable, compiler: Any, **kw: Any) -> str:
    if element.element.info.get("fulltext"):
        return FTS5.format(name=element.element.name)
    made: str = compiler.visit_create_table(element, **kw)
    return made


class _Compared(ColumnElement[Any]):
    """Words, and what is sought in them."""

    inherit_cache = False

    def __init__(self, words: ColumnElement[Any], name: str) -> None:
        self.words = words
        self.sought = bindparam(name, type_=Text())

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.words._from_objects)


class _Matches(_Compared):
    """The text is what ``rendered`` wrote."""

    inherit_cache = False
    type = Boolean()


@compiles(_Matches, "sqlite")
def _matches_sqlite(element: _Matches, compiler: Any, **kw: Any) -> str:
    words, sought = (compiler.process(each, **kw) for each in (element.words, element.sought))
    return f"{words} MATCH {sought}"


@compiles(_Matches, "postgresql")
def _matches_postgresql(element: _Matches, compiler: Any, **kw: Any) -> str:
    words, sought = (compiler.process(each, **kw) for each in (element.words, element.sought))
    return f"{words} @@ CAST({sought} AS tsquery)"


def matches(words: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """True where ``words`` fits what the parameter ``name`` (of ``rendered``) will bring."""
    return _Matches(words, name)


class _Closeness(_Compared):
    """How well the text fits: the smaller, the better."""

    inherit_cache = False
    type = Float()


def _table_of(words: Any) -> str:
    return str(words.table.name)


@compiles(_Closeness, "sqlite")
def _closeness_sqlite(element: _Closeness, compiler: Any, **kw: Any) -> str:
    return f"{_table_of(element.words)}.rank"


@compiles(_Closeness, "postgresql")
def _closeness_postgresql(element: _Closeness, compiler: Any, **kw: Any) -> str:
    words, sought = (compiler.process(each, **kw) for each in (element.words, element.sought))
    return f"-ts_rank({words}, CAST({sought} AS tsquery))"


def closeness(words: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """What to order by, for the best first; beside ``matches`` of the same parameter."""
    return _Closeness(words, name)


class _Tokens(ColumnElement[Any]):
    """Tokens with blanks between them, as the column keeps them."""

    inherit_cache = False
    type = Text()

    def __init__(self, name: str) -> None:
        self.tokens = bindparam(name, type_=Text())


@compiles(_Tokens, "sqlite")
def _tokens_sqlite(element: _Tokens, compiler: Any, **kw: Any) -> str:
    made: str = compiler.process(element.tokens, **kw)
    return made


@compiles(_Tokens, "postgresql")
def _tokens_postgresql(element: _Tokens, compiler: Any, **kw: Any) -> str:
    # A literal of the type itself: PostgreSQL's parser of texts has rules of its own.
    tokens = compiler.process(element.tokens, **kw)
    numbered = "string_agg('''' || word || ''':' || place, ' ')"
    words = f"unnest(string_to_array({tokens}, ' ')) WITH ORDINALITY AS t (word, place)"
    return f"(SELECT CAST({numbered} AS tsvector) FROM {words})"  # noqa: S608  compiled parts


def tokens(name: str) -> ColumnElement[Any]:
    """The value for ``words``, from the tokens that the parameter ``name`` will bring."""
    return _Tokens(name)
