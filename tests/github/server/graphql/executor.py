"""Executes a query, and computes what depends only on its text once, not once per execution.

graphql-core's own executor computes it each time, and supports resolvers that are awaited, which together took most of
the simulator's CPU. Variables, arguments, leaf values and errors are still processed by graphql-core.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_argument_values,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    print_ast,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from tests.github.server.graphql.context import Refused

Values = dict[str, Any]
Complete = Callable[["QueryExecutor", FieldDetailsList, Path, Any], Any]
"""Returns a field's value as the response shows it."""


class Unknown(Exception):
    """A field of GitHub's schema that the simulator doesn't implement."""


class PlannedField(NamedTuple):
    """A field that is selected on an object type."""

    name: str
    definition: GraphQLField
    details: FieldDetailsList
    complete: Complete
    arguments: Values | None
    """None if they depend on variables."""


Plan = dict[str, PlannedField]
"""The selected fields by their keys in the response."""
Plans = dict[object, Plan]
"""The plans of a document by operation, and by type and the identity of a field's details, which a plan keeps alive."""


class QueryExecutor(Executor[None]):
    """Executes an operation. `plans` are those of its document, and grow as it is executed."""

    def __init__(self, *arguments: Any, plans: Plans, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._plans = plans

    def execute_collected_root_fields(
        self, root_type: GraphQLObjectType, root_value: Any, grouped_field_set: dict[str, FieldDetailsList],
        serially: bool, new_defer_usages: Sequence[Any],
    ) -> Values:  # fmt: skip
        # What `@include` and `@skip` select depends on Boolean variables only.
        choices = [(name, on) for name, on in self.variable_values.coerced.items() if isinstance(on, bool)]
        key = (id(self.operation), *choices)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._planned(root_type, grouped_field_set)
        return self._fields(root_type, plan, None, root_value)

    def object(self, kind: GraphQLObjectType, details: FieldDetailsList, path: Path, source: Any) -> Values:
        """Return the selected fields of a field's value, which has this type."""
        key = (kind.name, id(details))
        plan = self._plans.get(key)
        if plan is None:
            selected = self.collect_subfields(kind, details).grouped_field_set
            plan = self._plans[key] = self._planned(kind, selected)
        return self._fields(kind, plan, path, source)

    def _planned(self, kind: GraphQLObjectType, selected: dict[str, FieldDetailsList]) -> Plan:
        plan = {}
        for key, details in selected.items():
            node = details[0].node
            definition = self.schema.get_field(kind, node.name.value)
            assert definition is not None, "the document is valid"
            is_constant = not any("$" in print_ast(argument) for argument in node.arguments or ())
            arguments = get_argument_values(definition, node) if is_constant else None
            plan[key] = PlannedField(node.name.value, definition, details, _completion(definition.type), arguments)
        return plan

    def _fields(self, kind: GraphQLObjectType, plan: Plan, path: Path | None, source: Any) -> Values:
        shown: Values = {}
        for key, (name, definition, details, complete, arguments) in plan.items():
            if name == "__typename":
                shown[key] = kind.name
                continue
            at = Path(path, key, kind.name)
            if definition.resolve is not None:  # introspection
                shown[key] = self.execute_field(kind, source, details, at, None)
                continue
            try:
                if arguments is None:
                    arguments = get_argument_values(definition, details[0].node, self.variable_values)
                shown[key] = complete(self, details, at, value_of(source, kind, name, arguments))
            except Exception as error:
                self.handle_field_error(error, definition.type, details, at)
                shown[key] = None
        return shown

    def runtime_type(self, abstract: GraphQLAbstractType, value: Any) -> GraphQLObjectType:
        """Return the type of an interface's or union's value."""
        name = value["__typename"] if isinstance(value, dict) else value.typename
        found = self.schema.get_type(name)
        if not is_object_type(found) or not self.schema.is_sub_type(abstract, found):
            raise Unknown(f"{name!r} as {abstract}")
        return found


def value_of(source: Any, kind: GraphQLObjectType, name: str, arguments: Values) -> Any:
    """Return the value of a view's field. Raises Unknown and Refused."""
    if "first" in kind.fields[name].args:
        _bounds(name, arguments)
    value = source.get(name, _MISSING) if isinstance(source, dict) else getattr(source, name, _MISSING)
    if value is _MISSING:
        raise Unknown(f"{kind.name}.{name}")
    return value(**arguments) if callable(value) else value


_MISSING = object()


def _bounds(connection: str, arguments: Values) -> None:
    """Refuse a connection without `first` or `last`, or with more than 100."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        message = f"You must provide a `first` or `last` value to properly paginate the `{connection}` connection."
        raise Refused("MISSING_PAGINATION_BOUNDARIES", message)
    for name, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= 100:
            message = (
                f"Requesting {number} records on the `{connection}` connection exceeds the `{name}` limit of "
                "100 records."
            )
            raise Refused("EXCESSIVE_PAGINATION", message)


@cache
def _completion(kind: GraphQLOutputType) -> Complete:
    """Return what completes the values of a type."""
    if is_non_null_type(kind):
        return _required(kind.of_type)
    if is_list_type(kind):
        return _list(kind.of_type)
    if is_leaf_type(kind):
        return _leaf(kind)
    if is_abstract_type(kind):
        return lambda run, details, path, value: (
            None if value is None else run.object(run.runtime_type(kind, value), details, path, value)
        )
    assert is_object_type(kind)
    return lambda run, details, path, value: None if value is None else run.object(kind, details, path, value)


def _leaf(kind: GraphQLLeafType) -> Complete:
    return lambda run, details, path, value: None if value is None else run.complete_leaf_value(kind, value)


def _required(kind: GraphQLOutputType) -> Complete:
    inner = _completion(kind)

    def complete(run: QueryExecutor, details: FieldDetailsList, path: Path, value: Any) -> Any:
        shown = inner(run, details, path, value)
        if shown is None:
            raise TypeError(f"Cannot return null for non-nullable field {details[0].node.name.value}.")
        return shown

    return complete


def _list(kind: GraphQLOutputType) -> Complete:
    inner = _completion(kind)

    def complete(run: QueryExecutor, details: FieldDetailsList, path: Path, value: Any) -> Any:
        if value is None:
            return None
        shown = []
        for place, item in enumerate(value):
            at = Path(path, place, None)
            try:
                shown.append(inner(run, details, at, item))
            except Exception as error:
                run.handle_field_error(error, kind, details, at)
                shown.append(None)
        return shown

    return complete
