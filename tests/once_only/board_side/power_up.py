"""What the boot ROM does: mounts the flash at / and runs the shipped main.py.

The computer's files stay readable below /computer, where the firmware is imported from.
"""

import os
import sys
import time  # before the posix root goes away

import cut_flash
import lockstep
import machine
import vfs

_image = open(os.getenv("EVENSTANCE_FLASH"), "r+b")
_device = cut_flash.CutFlash(_image, int(os.getenv("EVENSTANCE_BLOCKS")))
lockstep.flash = _device
lockstep.ticks_offset_us = int(os.getenv("EVENSTANCE_TICKS"))
_path = [path for path in sys.path if path.startswith("/")]
vfs.umount("/")
try:
    vfs.mount(_device, "/")
except OSError:
    vfs.VfsLfs2.mkfs(_device, progsize=cut_flash.PROGRAM_BYTES)
    vfs.mount(_device, "/")
vfs.mount(vfs.VfsPosix("/"), "/computer")
os.chdir("/")
sys.path[:] = ["/computer" + path for path in _path] + [".frozen"]
_device.changes = 0
import main

main.start()
