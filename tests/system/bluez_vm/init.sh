#!/bin/busybox sh
# First process of the machine: this computer's files read-only, a forgetful layer above, Bluetooth.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do insmod "$module"; done
word() { sed -n "s/.*$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=524288,cache=loose host /host
mount -t tmpfs -o size=400m top /top
mkdir /top/upper /top/work
mount -t overlay -o lowerdir=/host,upperdir=/top/upper,workdir=/top/work overlay /new
mount --move /dev /new/dev
mount -t proc proc /new/proc
mount -t sysfs sys /new/sys
mount -t tmpfs tmpfs /new/run
mkdir -p /new/run/dbus /new/dev/shm
mount -t tmpfs shm /new/dev/shm
ip link set lo up
cat > /new/run/go.sh <<EOF
export HOME=/run PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/libexec/bluetooth
export PYTHONDONTWRITEBYTECODE=1 INSOLE_HOME=/run/insole
rm -rf /var/lib/bluetooth/*
dbus-daemon --system --fork
cd $(word insole_project)
PYTHONPATH=.:drivers:recordings:gui $(word insole_python) tests/system/bluez_vm/guest.py
EOF
chroot /new /bin/sh /run/go.sh
poweroff -f
