"""Statements: declared as functions, compiled once per (flags, engine), run on the driver.

SQLAlchemy Core is the query language, so that rules such as visibility exist once and compose; its
execution layer is left out, because it costs three times the driver (design section 3).
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from operator import itemgetter
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin, overload

import msgspec
from sqlalchemy import Boolean, ColumnElement, Executable, Insert, Select, Table, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite_dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeEngine, UserDefinedType

from weft.storage.errors import StatementMisuse

R = TypeVar("R", bound=Any, covariant=True)
Engine = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


class _ListParameter(UserDefinedType[Any]):
    """A list bound as one parameter: a JSON array on SQLite, an array on PostgreSQL."""

    cache_ok = True

    def __init__(self, element: TypeEngine[Any]) -> None:
        self.element = element

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT"


class _AnyOf(ColumnElement[bool]):
    """``column`` is one of a list that is bound as one parameter."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values = bindparam(name, type_=_ListParameter(column.type))

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.column._from_objects)


@compiles(_AnyOf, "sqlite")
def _any_of_sqlite(element: _AnyOf, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(each, **kw) for each in (element.column, element.values))
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  compiled parts


@compiles(_AnyOf, "postgresql")
def _any_of_postgresql(element: _AnyOf, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(each, **kw) for each in (element.column, element.values))
    name = element.column.type.compile(dialect=compiler.dialect)
    return f"{column} = ANY(CAST({values} AS {name}[]))"


def any_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """True where ``column`` is in the list that the parameter ``name`` will bring."""
    return _AnyOf(column, name)


class _HasBytes(ColumnElement[bool]):
    """``column`` has these bytes somewhere in it."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values = bindparam(name, type_=column.type)

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.column._from_objects)


@compiles(_HasBytes, "sqlite")
def _has_bytes_sqlite(element: _HasBytes, compiler: Any, **kw: Any) -> str:
    column, value = (compiler.process(each, **kw) for each in (element.column, element.values))
    return f"instr({column}, {value}) > 0"


@compiles(_HasBytes, "postgresql")
def _has_bytes_postgresql(element: _HasBytes, compiler: Any, **kw: Any) -> str:
    column, value = (compiler.process(each, **kw) for each in (element.column, element.values))
    return f"position(CAST({value} AS BYTEA) IN {column}) > 0"


def has_bytes(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """True where a column of bytes has those that the parameter ``name`` will bring."""
    return _HasBytes(column, name)


class _OneOfRows(ColumnElement[bool]):
    """``column`` is among the rows of a subquery that looks at the row outside."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], rows: Select[Any]) -> None:
        self.column = column
        self.rows = rows.scalar_subquery()

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.column._from_objects)


@compiles(_OneOfRows, "sqlite")
def _one_of_rows_sqlite(element: _OneOfRows, compiler: Any, **kw: Any) -> str:
    column, rows = (compiler.process(each, **kw) for each in (element.column, element.rows))
    return f"{column} IN {rows}"


@compiles(_OneOfRows, "postgresql")
def _one_of_rows_postgresql(element: _OneOfRows, compiler: Any, **kw: Any) -> str:
    # An array is computed once per outer row and then looked up by index; PostgreSQL would run a
    # correlated IN again for every row that it compares.
    column, rows = (compiler.process(each, **kw) for each in (element.column, element.rows))
    return f"{column} = ANY(ARRAY{rows})"


def one_of_rows(column: ColumnElement[Any], rows: Select[Any]) -> ColumnElement[bool]:
    """True where ``column`` is among ``rows``, a SELECT of one column that is correlated with what
    the join has on its left: "the newest twenty of each"."""
    return _OneOfRows(column, rows)


def insert_or_ignore(table: Table, *columns: str, rows: Select[Any] | None = None) -> Insert:
    """INSERT that does nothing where a unique key is taken; each column binds its own name, or
    the rows come from a SELECT."""
    statement = postgresql.insert(table)
    filled = (
        statement.from_select(list(columns), rows)
        if rows is not None
        else statement.values({name: bindparam(name) for name in columns})
    )
    return filled.on_conflict_do_nothing()


def upsert(
    table: Table, *, key: Sequence[str], values: Sequence[str], update: Sequence[str]
) -> Insert:
    """INSERT of ``values``, or UPDATE of the columns in ``update`` where ``key`` is taken."""
    statement = postgresql.insert(table).values({name: bindparam(name) for name in values})
    return statement.on_conflict_do_update(
        index_elements=list(key), set_={name: statement.excluded[name] for name in update}
    )


def upsert_rows(
    table: Table,
    *,
    key: Sequence[str],
    columns: Sequence[str],
    rows: Select[Any],
    set_: Callable[[Any], Mapping[str, Any]],
) -> Insert:
    """INSERT the rows of a SELECT, or UPDATE where ``key`` is taken: ``set_`` gets the new row's
    columns. The SELECT needs a WHERE, or SQLite cannot tell where it ends."""
    statement = postgresql.insert(table).from_select(list(columns), rows)
    return statement.on_conflict_do_update(
        index_elements=list(key), set_=dict(set_(statement.excluded))
    )


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as one engine's driver takes it."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    """Names in the order of the driver's positions."""
    constants: Mapping[str, Any]
    expected: int
    """How many parameters the caller brings."""
    lists: frozenset[str]
    pick: Callable[[Mapping[str, Any]], Sequence[Any]]
    """Takes the values out of what the caller brings, with the constants."""
    make_row: Callable[[Sequence[Any]], Any] | None
    """Turns the driver's row into what the statement promises; None when the tuple will do."""
    bounded: bool
    limit_s: float | None
    """What takes longer is given up."""

    def bind(self, given: Mapping[str, Any]) -> Sequence[Any]:
        """Values in the driver's order.

        Raises:
            StatementMisuse: names the parameter that is missing or unknown.
        """
        if len(given) != self.expected:
            raise self._misuse(given)
        try:
            return self.pick({**self.constants, **given} if self.constants else given)
        except KeyError:
            raise self._misuse(given) from None

    def _misuse(self, given: Mapping[str, Any]) -> StatementMisuse:
        wanted = set(self.parameters) - set(self.constants)
        missing, unknown = sorted(wanted - set(given)), sorted(set(given) - wanted)
        return StatementMisuse(f"{self.name}: missing {missing}, unknown {unknown}")


@dataclass(slots=True, eq=False)
class Query(Generic[R]):
    """A declared statement."""

    build: Callable[..., Executable]
    name: str
    row: type[R] | None
    bounded: bool
    flags: dict[str, tuple[Any, ...]]
    defaults: dict[str, Any]
    limit_s: float | None = None
    _cache: dict[tuple[Any, ...], Compiled] = field(default_factory=dict)

    def __call__(self, **flags: Any) -> Any:
        """The SQLAlchemy statement for these flags."""
        return self.build(**flags)

    def compiled(self, engine: Engine, params: dict[str, Any]) -> Compiled:
        """The compiled statement; takes the flags out of ``params``."""
        if not self.flags:
            key: tuple[Any, ...] = (engine,)
        else:
            defaults = self.defaults
            key = (
                engine,
                *[
                    params.pop(name) if name in params else defaults.get(name, _MISSING)
                    for name in self.flags
                ],
            )
        found = self._cache.get(key)
        return found if found is not None else self._compile(engine, key)

    def _compile(self, engine: Engine, key: tuple[Any, ...]) -> Compiled:
        flags = dict(zip(self.flags, key[1:], strict=True))
        for name, value in flags.items():
            if value not in self.flags[name]:
                raise StatementMisuse(f"{self.name}: flag {name} cannot be {value!r}")
        compiled = _compile(self, self.build(**flags), engine)
        self._cache[key] = compiled
        return compiled

    def variants(self) -> list[dict[str, Any]]:
        """Every combination of flags."""
        return [
            dict(zip(self.flags, values, strict=True))
            for values in itertools.product(*self.flags.values())
        ]


_MISSING = object()
CATALOGUE: dict[str, Query[Any]] = {}


def _with_literals(dialect: Any) -> Any:
    """A dialect that writes constant numbers into the statement. Bound, they could not prove that a
    partial index fits (``visibility = 0``): plans are made before values are known."""

    class Compiler(dialect.statement_compiler):  # type: ignore[misc]
        def visit_bindparam(self, bindparam: Any, *args: Any, **kw: Any) -> Any:
            if not bindparam.required and type(bindparam.value) is int:
                kw["literal_binds"] = True
            return super().visit_bindparam(bindparam, *args, **kw)

    dialect.statement_compiler = Compiler
    return dialect


_SQLITE = sqlite_dialect(paramstyle="qmark")
# TRUE, FALSE and bare booleans: with "= 1" after them, conditions would not use an index.
_SQLITE.supports_native_boolean = True
_DIALECTS: dict[str, Any] = {
    "sqlite": _with_literals(_SQLITE),
    "postgresql": _with_literals(asyncpg_dialect()),  # type: ignore[no-untyped-call]
}


@overload
def query(
    *, row: type[R], bounded: bool = False, limit_s: float | None = None
) -> Callable[[Callable[..., Executable]], Query[R]]: ...


@overload
def query(
    *, bounded: bool = False, limit_s: float | None = None
) -> Callable[[Callable[..., Executable]], Query[tuple[Any, ...]]]: ...


def query(
    *, row: type[Any] | None = None, bounded: bool = False, limit_s: float | None = None
) -> Callable[[Callable[..., Executable]], Query[Any]]:
    """Declare a statement; see docs/architecture.md, "Storage contract".

    ``limit_s`` is for reads that are not bounded: one that takes longer raises ``TooSlow``.
    """

    def declare(build: Callable[..., Executable]) -> Query[Any]:
        name = f"{build.__module__}.{build.__qualname__}"
        if name in CATALOGUE and CATALOGUE[name].build.__code__ != build.__code__:
            raise StatementMisuse(f"{name} is declared twice")
        parameters = signature(build, eval_str=True).parameters.values()
        declared: Query[Any] = Query(
            build=build,
            name=name,
            row=row,
            bounded=bounded,
            flags={each.name: _values_of(name, each) for each in parameters},
            defaults={
                each.name: each.default
                for each in parameters
                if each.default is not Parameter.empty
            },
            limit_s=limit_s,
        )
        CATALOGUE[name] = declared
        return declared

    return declare


def _values_of(statement: str, parameter: Parameter) -> tuple[Any, ...]:
    if parameter.annotation is bool:
        return (False, True)
    if get_origin(parameter.annotation) is Literal:
        return get_args(parameter.annotation)
    raise StatementMisuse(f"{statement}: the flag {parameter.name} is neither bool nor Literal")


def _compile(declared: Query[Any], statement: Any, engine: Engine) -> Compiled:
    compiled = statement.compile(dialect=_DIALECTS[engine])
    parameters = tuple(compiled.positiontup or ())
    binds = compiled.binds
    constants = {
        name: binds[name].effective_value for name in set(parameters) if not binds[name].required
    }
    lists = frozenset(name for name in parameters if isinstance(binds[name].type, _ListParameter))
    return Compiled(
        name=declared.name,
        sql=str(compiled),
        parameters=parameters,
        constants=constants,
        expected=len(set(parameters)) - len(constants),
        lists=lists,
        pick=_picker(parameters),
        make_row=_row_maker(declared, statement, engine),
        bounded=declared.bounded,
        limit_s=declared.limit_s,
    )


def _picker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)  # a tuple, at the speed of C
    return lambda given: [given[name] for name in names]


def _row_maker(
    declared: Query[Any], statement: Any, engine: Engine
) -> Callable[[Sequence[Any]], Any] | None:
    columns = list(statement.exported_columns) if _returns_rows(statement) else []
    booleans = [
        index
        for index, column in enumerate(columns)
        if engine == "sqlite" and isinstance(column.type, Boolean)
    ]
    row = declared.row
    if row is not None:
        names: Sequence[str] = getattr(row, "__struct_fields__", ()) or getattr(row, "_fields", ())
        if len(names) != len(columns):
            raise StatementMisuse(
                f"{declared.name}: {len(columns)} columns for {len(names)} fields of {row.__name__}"
            )
    make = _constructor(row)
    if booleans:
        return _with_booleans(make, booleans)
    if make is None:
        return None if engine == "sqlite" else tuple
    return make


def _constructor(row: type[Any] | None) -> Callable[[Sequence[Any]], Any] | None:
    if row is None:
        return None
    if issubclass(row, msgspec.Struct):
        struct = row
        return lambda values: struct(*values)
    make: Callable[[Sequence[Any]], Any] = row._make
    return make


def _with_booleans(
    make: Callable[[Sequence[Any]], Any] | None, booleans: list[int]
) -> Callable[[Sequence[Any]], Any]:
    finish = make or tuple

    def convert(values: Sequence[Any]) -> Any:
        changed = list(values)
        for index in booleans:
            if changed[index] is not None:
                changed[index] = changed[index] == 1
        return finish(changed)

    return convert


def _returns_rows(statement: Any) -> bool:
    return isinstance(statement, Select) or bool(getattr(statement, "_returning", ()))
