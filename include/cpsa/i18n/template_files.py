"""Where a file of the templates is: the programme's own, where it has one, else the general one.

What belongs here: finding files. What must not: filling templates (``template_environment``).
"""

from __future__ import annotations

from pathlib import Path

_own_templates: list[Path] = []  # the programme's, of this process


def use_templates(folder: Path) -> None:
    """Use a programme's templates, in folders as ``include/templates`` has, until the process ends."""
    _own_templates[:] = [folder]


def find_template_file(folder: Path, name: str) -> Path:
    """A file of a folder of templates; the programme's own, where it has one of this name."""
    files = (own / name for own in list_own_folders(folder))
    return next((file for file in files if file.is_file()), folder / name)


def list_own_folders(folder: Path) -> list[Path]:
    """The programme's folder for one such as ``templates/web``, whether it has it or not."""
    return [own / folder.name for own in _own_templates]
