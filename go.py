#!/usr/bin/env python3
"""Makes the project's own environment in .venv, then runs the program or its tests in it.

    python3 go.py demo ...        the program: `insole demo ...`, or any other of its commands
    python3 go.py test ...        the tests: `pytest ...`

The first run installs the locked versions from a package index; later runs start at once.
Standard library only, and readable by old Pythons (3.7), which must be able to say what is needed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
PYTHON = BIN / ("python" + SUFFIX)
LOG = VENV / "setup.log"
LOCK, DEV_LOCK = "requirements.lock", "requirements-dev.lock"
QT_PACKAGES = (
    "libegl1 libgl1 libfontconfig1 libfreetype6 libdbus-1-3 libglib2.0-0 libx11-6 libx11-xcb1 "
    "libxkbcommon0 libxkbcommon-x11-0 libxcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 "
    "libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0 libxcb-shape0 "
    "libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libwayland-client0 "
    "libwayland-cursor0 libwayland-egl1"
)
FULL_BYTES = 20_000_000
# A file's tests stay together: they share what is dear to make. `-n 0` runs one after the other.
BESIDE = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")
MINORS = (14, 13, 12, 11)  # of Python 3: those that every locked package has a wheel for

# What a step wrote (in lower case), why it failed, how to mend it; the first that matches is told.
CAUSES = (
    (
        ("no space left on device", "errno 28", "not enough space on the disk", "disk quota"),
        "the disk is full",
        "Free 2 GB and run the same command again",
    ),
    (
        ("ensurepip is not", "no module named ensurepip", "no module named venv"),
        "this Python cannot make environments, its venv part is missing",
        "Debian, Ubuntu: sudo apt-get install python3-venv; then run the same command again",
    ),
    (
        ("do not match the hashes",),
        "a package is not the one that was locked",
        "Check the package index that pip is set to, then run the same command again",
    ),
    (
        (
            "newconnectionerror",
            "name resolution",
            "max retries exceeded",
            "connection broken",
            "connection to",
            "timeouterror",
            "proxyerror",
            "sslerror",
        ),
        "the package index cannot be reached",
        "Connect to the network (or set PIP_INDEX_URL, PIP_PROXY) and run the same command again",
    ),
    (
        ("no matching distribution",),
        "a locked package has no build for this system",
        "Use 64-bit Linux (glibc 2.28 or newer), macOS 13 or Windows 10, with Python 3.11 to 3.14",
    ),
    (
        ("permission denied", "errno 13", "access is denied"),
        "a file or folder may not be written",
        "Move the project into a folder of your own and run the same command again",
    ),
)


class Stop(Exception):
    """Set-up cannot go on; the text says why and what to do."""


def say(text: str) -> None:
    """One line per stage, away from the program's own output."""
    print(f"insole: {text}", file=sys.stderr, flush=True)


def new_enough() -> str:
    """This interpreter, or another one on the PATH.

    Raises:
        Stop: there is none.
    """
    major, minor = sys.version_info[:2]
    if major == 3 and minor in MINORS:
        return sys.executable
    for other in MINORS:
        found = shutil.which(f"python3.{other}")
        if found:
            return found
    raise Stop(
        f"this is Python {major}.{minor}, and insole needs 3.11 to 3.14. Install one (Debian 12: "
        "sudo apt-get install python3 python3-venv; others: python.org) and run go.py with it"
    )


def is_usable() -> bool:
    """Does .venv hold an interpreter that runs, is new enough and has pip?"""
    ask = f"import pip, sys; sys.exit(sys.version_info[1] not in {MINORS})"
    try:
        answer = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def stamp(lock: str) -> str:
    """Changes whenever .venv has to be brought up to date."""
    told = hashlib.sha256(str(ROOT).encode())  # the project is installed by its path
    for name in (lock, "pyproject.toml"):
        told.update((ROOT / name).read_bytes())
    return told.hexdigest()


def is_done(lock: str) -> bool:
    """Was .venv brought to what `lock` says now?"""
    mark = VENV / f"{lock}.done"
    return mark.exists() and mark.read_text(encoding="ascii") == stamp(lock)


def step(*command: str | Path) -> None:
    """Run one step of the set-up; its output goes to the log.

    Raises:
        Stop: it failed; the cause is told in words.
    """
    with LOG.open("wb") as log:
        status = subprocess.call(
            [str(part) for part in command],
            cwd=str(ROOT),
            env={**os.environ, "PIP_USER": "0"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    if status == 0:
        return
    text = LOG.read_text(encoding="utf-8", errors="replace")
    if shutil.disk_usage(str(VENV)).free < FULL_BYTES:
        text = "no space left on device"  # the log itself had no room to say so
    for signs, why, fix in CAUSES:
        if any(sign in text.lower() for sign in signs):
            raise Stop(f"{why}. {fix}. Details: {LOG}")
    told = [line.strip() for line in text.splitlines() if "error" in line.lower()]
    why = told[-1] if told else f"status {status}"
    raise Stop(f"{why}. Delete the folder .venv and run the same command again. Details: {LOG}")


def prepare(lock: str) -> None:
    """Bring .venv to what `lock` says; does nothing when it is there already.

    Raises:
        Stop: why not, and what to do.
    """
    usable = is_usable()
    if usable and (is_done(lock) or is_done(DEV_LOCK)):
        return
    if not usable:
        python = new_enough()
        say("making an environment in .venv")
        shutil.rmtree(str(VENV), ignore_errors=True)
        VENV.mkdir(exist_ok=True)
        step(python, "-m", "venv", VENV)
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install")
    say("installing the locked packages (once; half a minute to some minutes)")
    step(*pip, "--require-hashes", "--only-binary", ":all:", "-r", ROOT / lock)
    say("installing insole")
    step(*pip, "--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    (VENV / f"{lock}.done").write_text(stamp(lock), encoding="ascii")
    say("ready")


def without_window() -> list[str]:
    """What to tell pytest when Qt cannot be loaded: leave out the tests that draw."""
    ask = "import PySide6.QtWidgets"
    answer = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        return []
    why = answer.stderr.strip().rpartition("\n")[2]
    say(f"the window's tests are left out, Qt cannot be loaded: {why}")
    say(f"Debian, Ubuntu: sudo apt-get install {QT_PACKAGES}")
    return ["-p", "no:pytest-qt", "--ignore=tests/gui"]


def hand_over(*command: str | Path) -> NoReturn:
    """Become `command`: exit status and signals are its own."""
    words = [str(part) for part in command]
    if os.name != "nt":
        os.execv(words[0], words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the child, which ends by itself
    sys.exit(subprocess.call(words))


def main(arguments: list[str]) -> int:
    """Set up what is missing, then hand over; the exit status when that is not possible."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    is_test = arguments[0] == "test"
    try:
        prepare(DEV_LOCK if is_test else LOCK)
    except Stop as stop:
        say(f"error: set-up failed: {stop}.")
        return 2
    except OSError as error:
        say(f"error: set-up failed: {error.strerror} ({error.filename or VENV}).")
        return 2
    except KeyboardInterrupt:
        say("set-up stopped; the same command goes on with it")
        return 130
    if is_test:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.chdir(str(ROOT))
        hand_over(PYTHON, "-m", "pytest", *BESIDE, *without_window(), *arguments[1:])
    hand_over(BIN / ("insole" + SUFFIX), *arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
