"""The form in which a whole store travels: one zip file, the same bytes for equal stores.

    manifest.json            what it is, of which schema, and what each part must be
    tables/<table>.jsonl     one row a line, a list in the order of the table's columns
    files/<kind>/<digest>    bytes by their digest: received, editions, letters
    seal.key                 the key that signs templates and links, where it is kept in the home

What belongs here: writing and reading such a file and telling whether it is whole. What must not:
the database, and where files lie in the home (``exporting``, ``importing``).
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from cpsa.errors import RequestError

FORMAT = 1
MANIFEST, SEAL_KEY = "manifest.json", "seal.key"
_THE_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can write
_ONLY_OURS = 0o600 << 16
_PIECE = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError)


@dataclass(frozen=True)
class TablePart:
    """A table as it was written."""

    columns: list[str]
    rows: int
    sha256: str


@dataclass(frozen=True)
class FilesPart:
    """Files of one kind: how many, their bytes in all, and a digest over their sorted digests."""

    files: int
    bytes: int
    sha256: str


@dataclass
class Manifest:
    """What the file holds. ``seal_key``: the digest of the key, if there is one."""

    schema: str
    tables: dict[str, TablePart] = field(default_factory=dict)
    files: dict[str, FilesPart] = field(default_factory=dict)
    seal_key: str | None = None

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.tables.values())

    @property
    def file_count(self) -> int:
        return sum(part.files for part in self.files.values())


class Writer:
    """Puts parts into the file, one after the other; the manifest comes last."""

    def __init__(self, archive: zipfile.ZipFile, schema: str) -> None:
        self._archive = archive
        self.manifest = Manifest(schema)

    def table(self, name: str, columns: list[str], rows: Iterable[Sequence[Any]]) -> None:
        digest, count = hashlib.sha256(), 0
        with self._part(f"tables/{name}.jsonl") as part:
            for row in rows:
                line = f"{_json(row)}\n".encode()
                digest.update(line)
                part.write(line)
                count += 1
        self.manifest.tables[name] = TablePart(columns, count, digest.hexdigest())

    def files(self, kind: str, files: Iterable[Path]) -> list[Path]:
        """Write files that are named by their digest, in the order of their names.

        Return those whose bytes are no longer those of their names: the export is then no good.
        """
        listed, count, size = hashlib.sha256(), 0, 0
        damaged = []
        for file in files:
            digest, own = hashlib.sha256(), 0
            with file.open("rb") as source, self._part(f"files/{kind}/{file.name}") as part:
                while piece := source.read(_PIECE):
                    digest.update(piece)
                    part.write(piece)
                    own += len(piece)
            if digest.hexdigest() != file.name:
                damaged.append(file)
            listed.update(f"{file.name}\n".encode())
            count, size = count + 1, size + own
        self.manifest.files[kind] = FilesPart(count, size, listed.hexdigest())
        return damaged

    def seal_key(self, key: bytes) -> None:
        with self._part(SEAL_KEY) as part:
            part.write(key)
        self.manifest.seal_key = hashlib.sha256(key).hexdigest()

    def finish(self) -> None:
        with self._part(MANIFEST) as part:
            told = {"format": FORMAT, **asdict(self.manifest)}
            part.write(json.dumps(told, indent=1, sort_keys=True).encode())

    def _part(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, _THE_DATE)
        info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
        info.external_attr = _ONLY_OURS
        return self._archive.open(info, "w", force_zip64=True)


@contextmanager
def writing(file: Path, schema: str) -> Iterator[Writer]:
    """A new file, readable by its owner alone; it is there whole or not at all.

    RequestError where one of that name is there already.
    """
    if file.exists():
        raise RequestError("portable.exists", file=file)
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    partial.touch(mode=0o600)
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            writer = Writer(archive, schema)
            yield writer
            writer.finish()
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        os.link(partial, file)  # unlike a renaming, this never takes another file's place
    except FileExistsError:
        raise RequestError("portable.exists", file=file) from None
    finally:
        partial.unlink(missing_ok=True)


class Reader:
    """Gives the parts of a file that is whole."""

    def __init__(self, archive: zipfile.ZipFile, file: Path) -> None:
        self._archive, self._file = archive, file
        told = self._manifest()
        if told.get("format") != FORMAT:
            raise RequestError("portable.format", file=file, found=told.get("format"))
        try:
            self.manifest = Manifest(
                str(told["schema"]),
                {name: TablePart(**part) for name, part in told["tables"].items()},
                {kind: FilesPart(**part) for kind, part in told["files"].items()},
                told["seal_key"],
            )
        except (KeyError, TypeError, AttributeError):
            raise self._damaged(MANIFEST) from None

    def require_whole(self) -> None:
        """RequestError, naming the part, unless every byte is what the manifest says."""
        for name, part in self.manifest.tables.items():
            lines = 0
            digest = hashlib.sha256()
            for piece in self._pieces(path := f"tables/{name}.jsonl"):
                digest.update(piece)
                lines += piece.count(b"\n")
            if (digest.hexdigest(), lines) != (part.sha256, part.rows):
                raise self._damaged(path)
        for kind, kept in self.manifest.files.items():
            listed = hashlib.sha256()
            for name in self.files(kind):
                if self._digest(path := f"files/{kind}/{name}") != name:
                    raise self._damaged(path)
                listed.update(f"{name}\n".encode())
            if listed.hexdigest() != kept.sha256:
                raise self._damaged(f"files/{kind}")
        if self.manifest.seal_key and self._digest(SEAL_KEY) != self.manifest.seal_key:
            raise self._damaged(SEAL_KEY)

    def rows(self, table: str) -> Iterator[list[Any]]:
        with self._archive.open(f"tables/{table}.jsonl") as part:
            for line in part:
                yield json.loads(line)

    def files(self, kind: str) -> list[str]:
        """The digests of the files of a kind, in order."""
        head = f"files/{kind}/"
        names = self._archive.namelist()
        return sorted(name.removeprefix(head) for name in names if name.startswith(head))

    def content(self, kind: str, digest: str) -> bytes:
        return self._archive.read(f"files/{kind}/{digest}")

    def seal_key(self) -> bytes | None:
        return self._archive.read(SEAL_KEY) if self.manifest.seal_key else None

    def _manifest(self) -> dict[str, Any]:
        try:
            told = json.loads(self._archive.read(MANIFEST))
        except KeyError:  # a zip, and none of ours
            raise RequestError("portable.no_export", file=self._file) from None
        except (*_BROKEN, ValueError):
            raise self._damaged(MANIFEST) from None
        if not isinstance(told, dict):
            raise self._damaged(MANIFEST)
        return told

    def _digest(self, path: str) -> str:
        digest = hashlib.sha256()
        for piece in self._pieces(path):
            digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, path: str) -> Iterator[bytes]:
        try:
            with self._archive.open(path) as part:
                while piece := part.read(_PIECE):
                    yield piece
        except _BROKEN:
            raise self._damaged(path) from None

    def _damaged(self, part: str) -> RequestError:
        return RequestError("portable.damaged", file=self._file, part=part)


@contextmanager
def opened(file: Path) -> Iterator[Reader]:
    """An export to read; RequestError for what is none."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, IsADirectoryError):
        raise RequestError("portable.no_export", file=file) from None
    with archive:
        yield Reader(archive, file)


def _json(row: Sequence[Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
