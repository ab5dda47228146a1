"""What people entered, checked against a schema: every problem in plain words, and no secret in any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

NOUNS = {"string": "text", "integer": "a whole number", "boolean": "yes or no"}


def problems(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Every problem, each naming its field; none where the values fit.

    A property's ``examples`` and ``description`` say what was wanted. One that is ``secret`` is never repeated.
    """
    return list(_problems(schema, values))


def _problems(schema: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for error in Draft202012Validator(dict(schema)).iter_errors(dict(values)):
        name = str(next(iter(error.absolute_path), ""))
        if name:
            yield f"{name}: {_of_a_value(error, properties.get(name, {}))}"
        elif error.validator == "additionalProperties":
            known = ", ".join(properties) or "none"
            yield from (
                f"{each}: there is no such field (known: {known})" for each in sorted(set(values) - {*properties})
            )
        elif error.validator == "required":
            yield from (f"{each}: is missing" for each in error.validator_value if each not in values)
        else:
            yield error.message


def _of_a_value(error: ValidationError, declared: Mapping[str, Any]) -> str:
    given = "this" if declared.get("secret") else repr(error.instance)
    if error.validator == "type":
        return f"{given} is not {NOUNS.get(str(error.validator_value), error.validator_value)}"
    if error.validator == "pattern":
        examples = " or ".join(map(str, declared.get("examples", ())))
        wanted = f"it looks like {examples}" if examples else str(declared.get("description", "")).rstrip(".")
        return f"{given} will not do: {wanted}"
    return "this will not do" if declared.get("secret") else error.message
