"""The transfer archive, a whole store as one zip file, the same bytes for equal stores.

    manifest.json            format, schema, and size and digest of each part
    tables/<table>.jsonl     one row a line, a list in the order of the table's columns
    files/<kind>/<digest>    bytes by their digest: received, editions, letters
    seal.key                 the key that signs templates and links, where it is kept in the home

What belongs here: writing and reading such a file and checking that it is complete. What must not:
the database, and where files lie in the home (``export_store``, ``import_store``).
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
from cpsa.services.atomic_file import name_partial_file, sync_path

FORMAT = 1
MANIFEST, SEAL_KEY = "manifest.json", "seal.key"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip can write
_OWNER_ONLY = 0o600 << 16
_PIECE_BYTES = 1 << 20
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
    """The contents of the file. ``seal_key``: the digest of the key, if there is one."""

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


class ArchiveWriter:
    """Writes parts into the file, one after the other; the manifest comes last."""

    def __init__(self, archive: zipfile.ZipFile, schema: str) -> None:
        self._archive = archive
        self.manifest = Manifest(schema)

    def write_table(self, name: str, columns: list[str], rows: Iterable[Sequence[Any]]) -> None:
        digest, count = hashlib.sha256(), 0
        with self._open_part(f"tables/{name}.jsonl") as part:
            for row in rows:
                line = f"{_encode_row(row)}\n".encode()
                digest.update(line)
                part.write(line)
                count += 1
        self.manifest.tables[name] = TablePart(columns, count, digest.hexdigest())

    def write_files(self, kind: str, files: Iterable[Path]) -> list[Path]:
        """Write files that are named by their digest, in the order of their names.

        Return those whose bytes are no longer those of their names: the export is then unusable.
        """
        names_digest, count, size = hashlib.sha256(), 0, 0
        damaged = []
        for file in files:
            digest, file_size = hashlib.sha256(), 0
            with file.open("rb") as source, self._open_part(f"files/{kind}/{file.name}") as part:
                while piece := source.read(_PIECE_BYTES):
                    digest.update(piece)
                    part.write(piece)
                    file_size += len(piece)
            if digest.hexdigest() != file.name:
                damaged.append(file)
            names_digest.update(f"{file.name}\n".encode())
            count, size = count + 1, size + file_size
        self.manifest.files[kind] = FilesPart(count, size, names_digest.hexdigest())
        return damaged

    def write_seal_key(self, key: bytes) -> None:
        with self._open_part(SEAL_KEY) as part:
            part.write(key)
        self.manifest.seal_key = hashlib.sha256(key).hexdigest()

    def finish(self) -> None:
        with self._open_part(MANIFEST) as part:
            content = {"format": FORMAT, **asdict(self.manifest)}
            part.write(json.dumps(content, indent=1, sort_keys=True).encode())

    def _open_part(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, _ZIP_EPOCH)
        info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
        info.external_attr = _OWNER_ONLY
        return self._archive.open(info, "w", force_zip64=True)


@contextmanager
def open_for_writing(file: Path, schema: str) -> Iterator[ArchiveWriter]:
    """A new file, readable by its owner alone; it is written completely or not at all.

    RequestError where one of that name is there already.
    """
    if file.exists():
        raise RequestError("portable.exists", file=file)
    partial = name_partial_file(file)
    partial.touch(mode=0o600)
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            writer = ArchiveWriter(archive, schema)
            yield writer
            writer.finish()
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        os.link(partial, file)  # unlike a renaming, this never takes another file's place
        sync_path(file.parent)
    except FileExistsError:
        raise RequestError("portable.exists", file=file) from None
    finally:
        partial.unlink(missing_ok=True)


class ArchiveReader:
    """Reads the parts of a complete file."""

    def __init__(self, archive: zipfile.ZipFile, file: Path) -> None:
        self._archive, self._file = archive, file
        manifest = self._read_manifest()
        if manifest.get("format") != FORMAT:
            raise RequestError("portable.format", file=file, found=manifest.get("format"))
        try:
            self.manifest = Manifest(
                str(manifest["schema"]),
                {name: TablePart(**part) for name, part in manifest["tables"].items()},
                {kind: FilesPart(**part) for kind, part in manifest["files"].items()},
                manifest["seal_key"],
            )
        except (KeyError, TypeError, AttributeError):
            raise self._make_damaged_error(MANIFEST) from None

    def require_whole(self) -> None:
        """RequestError, naming the part, unless every byte matches the manifest."""
        for name, part in self.manifest.tables.items():
            lines = 0
            digest = hashlib.sha256()
            for piece in self._read_pieces(path := f"tables/{name}.jsonl"):
                digest.update(piece)
                lines += piece.count(b"\n")
            if (digest.hexdigest(), lines) != (part.sha256, part.rows):
                raise self._make_damaged_error(path)
        for kind, kept in self.manifest.files.items():
            names_digest = hashlib.sha256()
            for name in self.list_files(kind):
                if self._compute_digest(path := f"files/{kind}/{name}") != name:
                    raise self._make_damaged_error(path)
                names_digest.update(f"{name}\n".encode())
            if names_digest.hexdigest() != kept.sha256:
                raise self._make_damaged_error(f"files/{kind}")
        if self.manifest.seal_key and self._compute_digest(SEAL_KEY) != self.manifest.seal_key:
            raise self._make_damaged_error(SEAL_KEY)

    def read_rows(self, table: str) -> Iterator[list[Any]]:
        with self._archive.open(f"tables/{table}.jsonl") as part:
            for line in part:
                yield json.loads(line)

    def list_files(self, kind: str) -> list[str]:
        """The digests of the files of a kind, in order."""
        head = f"files/{kind}/"
        names = self._archive.namelist()
        return sorted(name.removeprefix(head) for name in names if name.startswith(head))

    def read_content(self, kind: str, digest: str) -> bytes:
        return self._archive.read(f"files/{kind}/{digest}")

    def read_seal_key(self) -> bytes | None:
        return self._archive.read(SEAL_KEY) if self.manifest.seal_key else None

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self._archive.read(MANIFEST))
        except KeyError:  # a zip, and none of ours
            raise RequestError("portable.no_export", file=self._file) from None
        except (*_BROKEN, ValueError):
            raise self._make_damaged_error(MANIFEST) from None
        if not isinstance(manifest, dict):
            raise self._make_damaged_error(MANIFEST)
        return manifest

    def _compute_digest(self, path: str) -> str:
        digest = hashlib.sha256()
        for piece in self._read_pieces(path):
            digest.update(piece)
        return digest.hexdigest()

    def _read_pieces(self, path: str) -> Iterator[bytes]:
        try:
            with self._archive.open(path) as part:
                while piece := part.read(_PIECE_BYTES):
                    yield piece
        except _BROKEN:
            raise self._make_damaged_error(path) from None

    def _make_damaged_error(self, part: str) -> RequestError:
        return RequestError("portable.damaged", file=self._file, part=part)


@contextmanager
def open_for_reading(file: Path) -> Iterator[ArchiveReader]:
    """An export to read; RequestError for what is none."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, IsADirectoryError):
        raise RequestError("portable.no_export", file=file) from None
    with archive:
        yield ArchiveReader(archive, file)


def _encode_row(row: Sequence[Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
