"""Settings of devices inside a source string: `ble:rate=200`, `virtual:run?set.rate=200`.

The same text that a command line gives; a window that changes a setting changes the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote_plus

PREFIX: Final = {"virtual": "set."}
"""Before the name of a setting, for sources that have keys of their own."""


def chosen_in(spec: str) -> dict[str, str]:
    """The settings that a source string names.

    >>> chosen_in("virtual:run?speed=3.3&set.rate=200")
    {'rate': '200'}
    >>> chosen_in("ble:rate.left=100")
    {'rate.left': '100'}
    """
    scheme, _, query = _cut(spec)
    prefix = PREFIX.get(scheme, "")
    pairs = (item.partition("=") for item in query)
    return {
        unquote_plus(key).removeprefix(prefix): unquote_plus(value)
        for key, _, value in pairs
        if key.startswith(prefix)
    }


def with_settings(spec: str, changes: Mapping[str, str | None]) -> str:
    """The source string with other settings; None takes one out.

    >>> with_settings("ble:rate=100", {"rate": "200", "name.left": "L 1"})
    'ble:rate=200&name.left=L%201'
    >>> with_settings("virtual:run?speed=3&set.rate=50", {"rate": None})
    'virtual:run?speed=3'
    """
    scheme, head, query = _cut(spec)
    prefix = PREFIX.get(scheme, "")
    keys = {f"{prefix}{name}": value for name, value in changes.items()}
    kept = [item for item in query if item.partition("=")[0] not in keys]
    kept += [f"{key}={quote(value, safe='')}" for key, value in keys.items() if value is not None]
    joined = "&".join(kept)
    if not head or not joined:
        return f"{scheme}:{head}{joined}"
    return f"{scheme}:{head}?{joined}"


def _cut(spec: str) -> tuple[str, str, list[str]]:
    """Scheme, what stands before the question mark, and the items behind it."""
    scheme, _, rest = spec.partition(":")
    head, mark, query = rest.partition("?")
    if not mark and scheme not in PREFIX:
        head, query = "", rest
    return scheme, head, [item for item in query.split("&") if item]
