"""Settings of devices inside a source string: `ble:rate=200`, `virtual:run?set.rate=200`.

The same text that a command line gives; a window that changes a setting changes the text. What is
for one kind of device has its protocol before it, `ble:open.rate=200`, and what is for one device
has its foot behind it, `ble:open.rate.left=200`. Settings of real insoles are kept so, in a flat
TOML table in the config folder: the window that opens next asks for them again. A command line's
go over them, and a virtual pair's string says all there is to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote_plus

from insole import plugins
from insole.errors import RequestError
from insole.preferences import in_toml, read_table, set_aside, write_text

if TYPE_CHECKING:
    from insole.live.board import BoardView

PREFIX: Final = {"virtual": "set."}
"""Before the name of a setting, for sources that have keys of their own."""
KEPT: Final = "ble"
"""The source whose settings are kept from one window to the next."""
WHOSE: Final = ("left", "right", "pod")
FILE: Final = "insoles.toml"
MOST_KEPT: Final = 500
LONGEST: Final = 200


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


def parts(key: str) -> tuple[str, str, str]:
    """Protocol, setting and device that a key is about; "" for all of them.

    >>> parts("open.rate.left"), parts("rate.left"), parts("open.rate"), parts("rate")
    (('open', 'rate', 'left'), ('', 'rate', 'left'), ('open', 'rate', ''), ('', 'rate', ''))
    """
    before, _, whose = key.rpartition(".")
    if not before or whose not in WHOSE:
        before, whose = key, ""
    protocol, _, name = before.rpartition(".")
    return protocol, name, whose


def for_protocol(chosen: Mapping[str, str], protocol: str) -> dict[str, str]:
    """Those for every kind of device, and over them those for this kind, without its name.

    >>> for_protocol({"rate": "50", "open.rate": "200", "ukaton.rate": "100"}, "open")
    {'rate': '200'}
    """
    own = f"{protocol}."
    common = {key: value for key, value in chosen.items() if not parts(key)[0]}
    return common | {
        key.removeprefix(own): value for key, value in chosen.items() if parts(key)[0] == protocol
    }


def is_kept(spec: str) -> bool:
    """Settings of this source outlive the window.

    >>> is_kept("ble:left=C0:00:00:00:00:01"), is_kept("virtual:run")
    (True, False)
    """
    return spec.partition(":")[0] == KEPT


def spoken(view: BoardView) -> dict[str, str]:
    """What `left`, `right` and `pod` speak, as far as they said so."""
    feet = {
        side.value: foot.capability.protocol
        for side, foot in view.feet.items()
        if foot.capability is not None
    }
    return feet | {"pod": next((each.protocol for each in view.beside), "")}


def under_protocols(
    changes: Mapping[str, str | None], protocols: Mapping[str, str]
) -> dict[str, str | None]:
    """Changes, with those that last under the names of their protocols.

    A setting that lasts takes the place of the one for every kind. What a device does once, such
    as a buzz, or keeps itself, such as its name, stays as it is.

    Args:
        changes: key to value, None to take it out.
        protocols: what `left`, `right` and `pod` speak, as far as they are there.
    """
    wanted: dict[str, str | None] = {}
    for key, value in changes.items():
        _, name, whose = parts(key)
        feet = (whose,) if whose else ("left", "right")
        spoken = dict.fromkeys(protocols[each] for each in feet if protocols.get(each))
        lasting = [each for each in spoken if _lasts(each, name)]
        wanted[key] = None if lasting else value
        wanted |= {f"{each}.{key}": value for each in lasting}
    return wanted


def kept(folder: Path) -> tuple[dict[str, str], str]:
    """What was kept in this folder and still can be, by key with its protocol.

    A file that cannot be read stays where it is; `keep` sets it aside.

    Returns:
        The settings, and a sentence where they cannot all be used ("" when they can).
    """
    path = folder / FILE
    try:
        table = read_table(path)
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError, RecursionError):
        return {}, f"Settings of insoles cannot be read ({path}): the usual ones hold."
    if len(table) > MOST_KEPT:
        return {}, f"Settings of insoles are too many ({path}): the usual ones hold."
    good = {key: value for key, value in table.items() if _can_be(key, value)}
    wrong = ", ".join(sorted(key[:LONGEST] for key in table.keys() - good.keys()))
    said = f"Settings of insoles that cannot be used were left out: {wrong}." if wrong else ""
    return good, said


def keep(folder: Path, changes: Mapping[str, str | None]) -> None:
    """Keep those under the name of a protocol; None forgets one.

    What another program, or another version, wrote beside them stays.

    Raises:
        FileError: it cannot be stored.
    """
    named = {key: value for key, value in changes.items() if parts(key)[0]}
    if not named:
        return
    path = folder / FILE
    try:
        table = read_table(path)
    except FileNotFoundError:
        table = {}
    except (OSError, ValueError, RecursionError):
        set_aside(path)
        table = {}
    table |= named
    write_text(path, in_toml(table))


def with_kept(spec: str, settings: Mapping[str, str]) -> str:
    """The source string with what was kept, but for settings that the string itself names.

    >>> with_kept("ble:rate.left=50", {"open.rate": "200", "ukaton.bits": "8"})
    'ble:rate.left=50&ukaton.bits=8'
    """
    named = {parts(key)[1] for key in chosen_in(spec)}
    new = {key: value for key, value in settings.items() if parts(key)[1] not in named}
    return with_settings(spec, new)


def _lasts(protocol: str, name: str) -> bool:
    """This kind of device has such a setting, and keeps to it."""
    try:
        own = plugins.protocol(protocol).settings if protocol else ()
    except RequestError:
        return False  # of a driver that is not installed any more
    return any(each.name == name and not each.is_once for each in own)


def _can_be(key: str, value: Any) -> bool:
    protocol, name, _ = parts(key)
    if not isinstance(value, str) or len(value) > LONGEST or not _lasts(protocol, name):
        return False
    return not any(
        each.fault(value) for each in plugins.protocol(protocol).settings if each.name == name
    )


def _cut(spec: str) -> tuple[str, str, list[str]]:
    """Scheme, what stands before the question mark, and the items behind it."""
    scheme, _, rest = spec.partition(":")
    head, mark, query = rest.partition("?")
    if not mark and scheme not in PREFIX:
        head, query = "", rest
    return scheme, head, [item for item in query.split("&") if item]
