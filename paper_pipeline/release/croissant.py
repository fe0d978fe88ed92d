"""A release described in Croissant, for search engines and loaders of datasets.

Data flow: ReleaseContent -> JSON-LD after Croissant 1.1 -> croissant.json.

The format: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. Files are named
relative to croissant.json, so that it holds wherever the folder of the release lies. What people
read belongs in card.py.
"""

import json
from typing import Any

import pyarrow as pa

from paper_pipeline.published.files import TABLE_FILES, TableFile, describe_element
from paper_pipeline.release.card import (
    LICENCE,
    SUMMARY,
    TAGS,
    cite_release,
    list_languages,
)
from paper_pipeline.release.content import ReleaseContent

FILE_NAME = "croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
ENCODINGS = {
    ".parquet": "application/x-parquet",  # what readers of Croissant know it by
    ".db": "application/vnd.sqlite3",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
}
# The words of Croissant that stand in its namespace, not in that of schema.org.
_TERMS = (
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
)
# The context that the specification asks for.
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}
# Columns whose values stand in the key of another file: file, column -> file, key. A list of ids
# is none of them: Croissant knows references of single values only.
REFERENCES = {
    ("records", "paper_id"): ("papers", "paper_id"),
    ("mentions", "paper_id"): ("papers", "paper_id"),
}


def write_croissant(content: ReleaseContent) -> str:
    """The text of croissant.json, the same for the same release."""
    return json.dumps(describe_release(content), indent=1, ensure_ascii=False) + "\n"


def describe_release(content: ReleaseContent) -> dict[str, Any]:
    """A release as Croissant.

    Args:
        content: The release; the files of its manifest, this one left out, become the
            distribution.

    Raises:
        KeyError: A column is described nowhere.
        ValueError: A file or a column is of a kind that is not known here, or a Parquet file is
            missing from the manifest.
    """
    files = {name: says for name, says in content.manifest["files"].items() if name != FILE_NAME}
    missing = sorted({file.file_name for file in TABLE_FILES} - set(files))
    if missing:
        raise ValueError(
            f"expected the size and hash of every Parquet file in the manifest, found none of "
            f"{', '.join(missing)}; write these files before croissant.json"
        )
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": content.name,
        "alternateName": f"{content.name} {content.version}",
        "description": SUMMARY,
        "url": "README.md",
        "version": semantic_version(content.version),
        "datePublished": content.released_on,
        "creator": {"@type": "sc:Organization", "name": "paper_pipeline"},
        "license": LICENCE,
        "citeAs": cite_release(content),
        "inLanguage": list_languages(content.papers),
        "keywords": list(TAGS),
        "identifier": f"sha256:{content.fingerprint}",
        "distribution": [_describe_file(name, files[name]) for name in sorted(files)],
        "recordSet": [_describe_table(content, file) for file in TABLE_FILES],
    }


def semantic_version(version: str) -> str:
    """A release's number in the form that Croissant recommends: 2026.01.09.1 -> 2026.1.9+1.

    Semantic versions (https://semver.org) have three numbers without leading zeros; what comes
    after `+` tells builds apart.
    """
    year, month, day, *build = (int(part) for part in version.split("."))
    return f"{year}.{month}.{day}" + "".join(f"+{number}" for number in build)


def _describe_file(name: str, says: dict[str, Any]) -> dict[str, Any]:
    ending = name[name.rfind(".") :]
    if ending not in ENCODINGS:
        raise ValueError(
            f"expected a file ending in one of {', '.join(ENCODINGS)}, found {name}; "
            "add its media type to ENCODINGS in release/croissant.py"
        )
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{says['byte_count']} B",
        "encodingFormat": ENCODINGS[ending],
        "sha256": says["sha256"],
    }


def _describe_table(content: ReleaseContent, file: TableFile) -> dict[str, Any]:
    described: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": file.name,
        "name": file.name,
        "description": f"One row is {file.row}.",
    }
    if file.key:
        described["key"] = [{"@id": f"{file.name}/{column}"} for column in file.key]
    described["field"] = [_describe_column(file, column) for column in content.table(file).schema]
    return described


def _describe_column(file: TableFile, column: pa.Field) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{file.name}/{column.name}",
        "name": column.name,
        "description": file.describe(column.name),
    }
    kind = column.type
    if pa.types.is_list(kind):
        field |= {"isArray": True, "arrayShape": "-1"}
        kind = kind.value_type
    source = {"fileObject": {"@id": file.file_name}, "extract": {"column": column.name}}
    if pa.types.is_struct(kind):
        field["subField"] = [_describe_member(field["@id"], member, source) for member in kind]
    else:
        field |= {"dataType": _data_type(kind), "source": source}
    if (file.name, column.name) in REFERENCES:
        other, key = REFERENCES[file.name, column.name]
        field["references"] = {"field": {"@id": f"{other}/{key}"}}
    return field


def _describe_member(parent: str, member: pa.Field, source: dict[str, Any]) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"{parent}/{member.name}",
        "name": member.name,
        "dataType": _data_type(member.type),
        "source": source | {"transform": {"jsonPath": member.name}},
    }
    words = describe_element(member.name)
    return field | {"description": words} if words else field


def _data_type(kind: pa.DataType) -> str:
    for is_kind, name in (
        (pa.types.is_string, "sc:Text"),
        (pa.types.is_boolean, "sc:Boolean"),
        (pa.types.is_integer, "sc:Integer"),
        (pa.types.is_floating, "sc:Float"),
        (pa.types.is_date, "sc:Date"),
        (pa.types.is_timestamp, "sc:DateTime"),
    ):
        if is_kind(kind):
            return name
    raise ValueError(
        f"expected a column of text, truth, numbers, days or moments, found {kind}; "
        "say in release/croissant.py what it is in Croissant"
    )
