"""Words of the window: whole sentences in one place, with named gaps."""

from __future__ import annotations

STARTING = "Starting…"
STARTING_RECORDING = "Starting the recording…"
SAVING = "Saving…"
MARKING = "Setting a mark…"
SEEKING = "Going there…"
RESUMING = "Going on…"
PAUSING = "Pausing…"
SPEEDING = "Changing the speed…"
STEPPING = "One sample…"
SEARCHING = "Searching for insoles over Bluetooth…"
CONNECTING = "Connecting a virtual pair…"
OPENING = "Opening {name}…"
NOT_READY = "Not ready yet: the program is still starting."
OVERFLOW = "{count} samples could not be taken over: the machine is far too slow."
SLOW = "Drawing fell behind; no sample was lost."
OPEN_TITLE = "Open a recording"
OPEN_FILTER = "Recordings (*.h5 *.csv *.tsv *.txt *.journal);;All files (*)"
MARK_TITLE = "Words of the mark"

PAGES = {
    "live": "Live",
    "review": "Review",
    "insoles": "Insoles",
    "settings": "Settings",
}

KEYS_TITLE = "Keys"
KEYS = (
    ("1 – 4", "pages"),
    ("Space", "record and stop; in a replay: pause and go on"),
    ("M", "mark; with Shift: mark with words"),
    ("J  K  L", "two seconds back · hold, go on · forward, faster"),
    (",  .", "replay: one sample back, forward"),
    ("[  ]", "replay: one step back, forward"),
    ("O", "replay: repeat the newest step"),
    ("End", "live again; in a replay: to its end"),
    ("F", "far view, to be read at 3 m; arrows choose the number"),
    ("P", "other definition of push-off"),
    ("T", "light and dark"),
    ("Enter", "on a number: its definition"),
    ("Tab", "next number or button"),
    ("Esc", "leave what lies over the page"),
    ("?", "this list"),
)
