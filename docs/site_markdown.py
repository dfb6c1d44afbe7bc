"""Markdown as repository pages have it, for the site's parser, which is stricter.

What belongs here: text in, text out. The site's parser wants a blank line before a list, four spaces for what
belongs to an item, and no fences within lists; repositories' pages need none of that.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

_ITEM = re.compile(r"(?P<indent> *)(?P<marker>[-*]|\d+\.)(?P<gap> +)(?=\S)")
_FENCE = re.compile(r" *(?P<fence>```+|~~~+)")
_LINK = re.compile(r"(?P<head>!?\[(?:[^\[\]]|\[[^\]]*\])*\]\()(?P<target>[^)\s]+)(?P<tail>\))")


def adapt_lists(text: str) -> str:
    """The same page, with lists as the site's parser wants them."""
    return "\n".join(_adapt_lines(text.split("\n")))


def _adapt_lines(lines: list[str]) -> Iterator[str]:
    offsets: list[int] = []  # of each open item, outermost first: where its content begins
    fence, before = "", ""
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        opens = _FENCE.match(line)
        if fence:
            if opens and opens["fence"].startswith(fence):
                fence = ""
                yield "" if offsets else line
            else:
                yield _indent_code(line, offsets)
        elif not line.strip():
            yield ""
        elif item := _ITEM.match(line):
            if not offsets and before.strip():
                yield ""
            _close_items(offsets, indent)
            yield f"{' ' * 4 * len(offsets)}{item['marker']} {line[item.end() :]}"
            offsets.append(item.end())
        else:
            if not before.strip() or opens or line.startswith("#"):
                _close_items(offsets, indent)
            depth = len(offsets)
            rest = line[offsets[-1] :] if offsets and indent >= offsets[-1] else line.lstrip(" ")
            if opens:
                fence = opens["fence"]
                yield "" if depth else line
            else:
                yield f"{' ' * 4 * depth}{rest}" if depth else line
        before = line


def _close_items(offsets: list[int], indent: int) -> None:
    while offsets and indent < offsets[-1]:
        offsets.pop()


def _indent_code(line: str, offsets: list[int]) -> str:
    """A line within a fence: within a list as indented code, whose fences are left out."""
    if not offsets or not line.strip():
        return line
    return " " * 4 * (len(offsets) + 1) + line.removeprefix(" " * offsets[-1])


def change_links(text: str, change: Callable[[str], str]) -> str:
    """The page with each relative link's path changed; code, addresses and anchors stay."""
    parts = re.split(r"(^ *```.*?^ *```|`[^`\n]+`)", text, flags=re.MULTILINE | re.DOTALL)
    for number in range(0, len(parts), 2):
        parts[number] = _LINK.sub(lambda link: _change_link(link, change), parts[number])
    return "".join(parts)


def _change_link(link: re.Match[str], change: Callable[[str], str]) -> str:
    path, hash_, anchor = link["target"].partition("#")
    if not path or re.match(r"[a-z]+:", path):
        return link[0]
    return f"{link['head']}{change(path)}{hash_}{anchor}{link['tail']}"


def resolve_path(page: str, target: str) -> str:
    """The path from the repository's root that a link of a page leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
