"""Words of the window: whole sentences in one place, with named gaps."""

from __future__ import annotations

TITLE = "insole"
STARTING = "Starting…"
STARTING_RECORDING = "Starting the recording…"
SAVING = "Saving…"
GOING_ON = "The recording goes on…"
ALIGNING = "Waiting for three hops…"
SWAPPING = "Swapping the feet…"
GUIDING = "Beginning…"
DRILLING = "Beginning the drill…"
ENDING_DRILL = "Ending the drill…"
ENDING_GUIDE = "Ending it…"
ASKING_SETTINGS = "Reading the settings…"
CONFIGURING = "Connecting anew with other settings…"
NO_DEVICE = "This device has not said yet what it is."
READING = "Looking through the file…"
COMPARING = "Comparing…"
COMPARE_TITLE = "Recordings of {side}"
DECIDING = "Keeping that…"
KEEPING = "Keeping the settings…"
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
    "drill": "Drill",
    "review": "Review",
    "compare": "Compare",
    "insoles": "Insoles",
    "settings": "Settings",
}

RAIL = {**PAGES, "keys": "Keys  ?"}
