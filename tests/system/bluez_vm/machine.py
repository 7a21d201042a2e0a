"""A virtual machine with Linux's own Bluetooth: kernel, bluetoothd, D-Bus; no radio, no disk image.

The guest sees this computer's files read-only under an overlay that forgets everything, starts
the system bus and bluetoothd, and runs `guest.py` with the Python that runs the tests. Its
controller is virtual (`hci_vhci`), with our virtual insoles on the other side.

What it needs: qemu-system-x86_64, bluetoothd, dbus-daemon, busybox, cpio, depmod, and a Debian
kernel package that is only unpacked, never installed: `linux-image-*.deb` in the folder that
INSOLE_VM names, usually ~/.cache/insole-vm.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TOOLS = ("qemu-system-x86_64", "bluetoothd", "dbus-daemon", "busybox", "cpio", "depmod", "dpkg-deb")
CRYPTO = ("cmac", "ecb", "ctr", "ccm", "drbg", "algif_hash", "algif_skcipher")
FILES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_rng")
WANTED = (*FILES, *CRYPTO, "bluetooth", "hci_vhci")
LIMIT_S = 400
RESULT = "RESULT "
SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec/bluetooth"))


class CannotRun(Exception):
    """This computer lacks something; the text says what, and how to get it."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """An unpacked kernel package."""

    image: Path
    modules: Path
    version: str


def folder() -> Path:
    """Where the kernel lies and what is made of it is kept."""
    named = os.environ.get("INSOLE_VM")
    return Path(named) if named else Path.home() / ".cache" / "insole-vm"


def tool(name: str) -> str:
    """Path of a program.

    Raises:
        CannotRun: it is not installed.
    """
    found = shutil.which(name, path=SEARCH)
    if found is None:
        raise CannotRun(
            f"{name} is missing: apt-get install qemu-system-x86 bluez dbus-daemon busybox-static "
            "cpio kmod"
        )
    return found


def kernel() -> Kernel:
    """The newest kernel package in the folder, unpacked.

    Raises:
        CannotRun: there is none.
    """
    packages = sorted(folder().glob("linux-image-*.deb"))
    if not packages:
        raise CannotRun(
            f"no kernel in {folder()}: there, run `apt-get download linux-image-6.1.0-XX-amd64` "
            "(the name that `apt-cache depends linux-image-amd64` tells)"
        )
    home = folder() / packages[-1].stem
    if not home.exists():
        fresh = home.with_suffix(".part")
        shutil.rmtree(fresh, ignore_errors=True)
        subprocess.run([tool("dpkg-deb"), "-x", packages[-1], fresh], check=True)
        (modules,) = (fresh / "lib" / "modules").iterdir()
        subprocess.run([tool("depmod"), "-b", fresh, modules.name], check=True)
        fresh.rename(home)
    (modules,) = (home / "lib" / "modules").iterdir()
    return Kernel(home / "boot" / f"vmlinuz-{modules.name}", modules, modules.name)


def ordered(modules: Path) -> list[Path]:
    """Files of the wanted modules, each after those it needs."""
    needs: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
        names[Path(path).stem] = path
    chosen: dict[str, None] = {}

    def take(path: str) -> None:
        for each in needs[path]:
            take(each)
        chosen[path] = None

    for name in WANTED:
        if name in names:  # what is built in has no file
            take(names[name])
    return [modules / each for each in chosen]


def initrd(found: Kernel) -> Path:
    """A first file system: busybox, the modules, and `init.sh`."""
    root = folder() / "initrd"
    shutil.rmtree(root, ignore_errors=True)
    for name in ("bin", "modules", "proc", "sys", "dev", "host", "top", "new"):
        (root / name).mkdir(parents=True)
    shutil.copy(tool("busybox"), root / "bin" / "busybox")
    shutil.copy(HERE / "init.sh", root / "init")
    (root / "init").chmod(0o755)
    order = ordered(found.modules)
    for number, path in enumerate(order):
        shutil.copy(path, root / "modules" / f"{number:02}-{path.name}")
    listing = "\n".join(str(each.relative_to(root)) for each in sorted(root.rglob("*")))
    packed = subprocess.run(
        [tool("cpio"), "-o", "-H", "newc", "--quiet"],
        input=listing.encode(),
        stdout=subprocess.PIPE,
        cwd=root,
        check=True,
    ).stdout
    out = folder() / "initrd.gz"
    out.write_bytes(gzip.compress(packed, compresslevel=1))
    return out


def run(log: Path) -> dict[str, Any]:
    """Boot, run `guest.py`, and answer with what it printed.

    Args:
        log: takes everything that the machine's console said.

    Raises:
        CannotRun: something is missing on this computer.
        RuntimeError: the machine ended without a result.
    """
    for name in TOOLS:
        tool(name)
    found = kernel()
    project = HERE.parents[2]
    append = (
        "console=ttyS0 quiet panic=-1 mitigations=off "
        f"insole_python={sys.executable} insole_project={project}"
    )
    command = [
        *(tool("qemu-system-x86_64"), "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"),
        *("-m", "1024", "-kernel", str(found.image), "-initrd", str(initrd(found))),
        *("-append", append, "-nographic", "-nodefaults", "-serial", "stdio", "-no-reboot"),
        "-virtfs",
        "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
        *("-device", "virtio-rng-pci"),
    ]
    with log.open("wb") as stream:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            timeout=LIMIT_S,
            check=False,
        )
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(RESULT):
            result: dict[str, Any] = json.loads(line.removeprefix(RESULT))
            return result
    raise RuntimeError(f"the machine ended without a result; its console is in {log}")
