"""JSON Schemas of a programme's files, made from the models that read them, for editors.

What belongs here: where the files are written in another way than the models have them. What must not: what
an entry must be (the models), or checks across entries and files, which only ``check_programme`` can make.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cpsa.framework.framework_data import FrameworkData
from cpsa.framework.rule_parameters import PARAMETERS
from cpsa.i18n.text import LANGUAGES
from cpsa.letters.letter_policy import POLICY_FILE, LetterPolicy
from cpsa.reference.data_model import DataModel
from cpsa.reference.programme import FILE as PROGRAMME_FILE
from cpsa.reference.programme import Programme
from cpsa.reference.reference_faults import REFERENCE_MODELS
from cpsa.services.retention_rules import FILE as RETENTION_FILE
from cpsa.services.retention_rules import RetentionRules

SUFFIX = ".schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PERIODS = {
    "Quarter": {"type": "string", "pattern": r"^\d{4}-\d{2}-Q[1-4]$"},
    "FiscalYear": {"type": "string", "pattern": r"^\d{4}-\d{2}$"},
}
# What the loader adds to an entry of the framework by itself.
_ADDED_KEYS = ("code", "rank")
_WITHIN = "of."  # keys that the files have under ``of``


def describe_programme_files() -> dict[str, dict[str, Any]]:
    """The schema of each file by its name; that of all files of ``framework/``, and of ``texts/``, as one."""
    models: Mapping[str, type[DataModel]] = {
        PROGRAMME_FILE: Programme,
        **REFERENCE_MODELS,
        POLICY_FILE: LetterPolicy,
        RETENTION_FILE: RetentionRules,
    }
    schemas = {_name_schema(file): _describe(model) for file, model in models.items()}
    schemas[f"framework{SUFFIX}"] = _describe_framework()
    schemas[f"texts{SUFFIX}"] = _describe_texts()
    return schemas


def write_schemas(folder: Path) -> int:
    """Write each schema into a folder, which is made if it is not there; how many there are."""
    schemas = describe_programme_files()
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas.items():
        content = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / name).write_text(f"{content}\n", "utf-8")
    return len(schemas)


def _name_schema(file: str) -> str:
    return f"{file.removesuffix('.yaml')}{SUFFIX}"


def _describe(model: type[DataModel]) -> dict[str, Any]:
    schema = {"$schema": _DIALECT, **model.model_json_schema()}
    definitions = schema.get("$defs", {})
    definitions |= {name: period for name, period in _PERIODS.items() if name in definitions}
    if conditions := definitions.get("Conditions"):
        # A grant has those of its scheme with its own in their place.
        conditions.pop("required", None)
        sectors = conditions["properties"]["sectors"]
        conditions["properties"]["sectors"] = {"anyOf": [{"const": "any"}, sectors]}
        grant = definitions["Grant"]
        grant["required"] = [key for key in grant["required"] if key != "conditions"]
        # Former terms name only what was otherwise than it is now.
        definitions["FormerGrant"] = {**grant, "required": ["code"]}
        terms = definitions["SchemeTerms"]
        terms["properties"]["grants"]["items"] = {"$ref": "#/$defs/FormerGrant"}
        terms["required"] = ["until", "source"]
    if target := definitions.get("RolloutTarget"):
        # The indicator that is reported of a target is written under ``counted_by``.
        indicator = {"indicator": target["properties"].pop("indicator")}
        reported = {"type": "object", "properties": indicator, "additionalProperties": False}
        target["properties"]["counted_by"] = {
            "anyOf": [target["properties"]["counted_by"], reported]
        }
    return schema


def _describe_framework() -> dict[str, Any]:
    """Of one file, which may have any part of the tables and amend single keys; other top keys are anchors."""
    schema = _describe(FrameworkData)
    _describe_parameters(schema["$defs"])
    for part in (schema, *schema["$defs"].values()):
        part.pop("required", None)
        properties = part.get("properties", {})
        for key in _ADDED_KEYS:
            properties.pop(key, None)
        within = {key: properties.pop(key) for key in [*properties] if key.startswith(_WITHIN)}
        if within:
            inner = {key.removeprefix(_WITHIN): value for key, value in within.items()}
            properties["of"] = {
                "type": "object",
                "properties": inner,
                "additionalProperties": False,
            }
    schema["additionalProperties"] = True
    return schema


def _describe_parameters(definitions: dict[str, Any]) -> None:
    """Of a rule that names its kind, which parameters there are; a file that amends one may name some."""
    cases = []
    for kind, model in PARAMETERS.items():
        described = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= described.pop("$defs", {})
        definitions[model.__name__] = described
        parameters = {"parameters": {"$ref": f"#/$defs/{model.__name__}"}}
        named = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
        cases.append({"if": named, "then": {"properties": parameters}})
    definitions["Rule"]["properties"]["kind"]["enum"] = [*PARAMETERS]
    definitions["Rule"]["allOf"] = cases


def _describe_texts() -> dict[str, Any]:
    text = {
        "type": "object",
        "properties": {language: {"type": "string"} for language in LANGUAGES},
        "required": [*LANGUAGES],
        "additionalProperties": False,
    }
    return {"$schema": _DIALECT, "type": "object", "additionalProperties": text}
