"""What the boot ROM does: mounts the flash at / and runs the shipped main.py.

The computer's files stay readable below /computer, where the firmware is imported from.
"""

import os
import sys

import cut_flash
import lockstep
import vfs

for _name in ("time", "machine"):
    __import__(_name)  # before the posix root goes away
_image = open(os.getenv("EVENSTANCE_FLASH"), "r+b")
lockstep.flash = cut_flash.CutFlash(_image, int(os.getenv("EVENSTANCE_BLOCKS")))
lockstep.ticks_offset_us = int(os.getenv("EVENSTANCE_TICKS"))
_path = [path for path in sys.path if path.startswith("/")]
vfs.umount("/")
try:
    _disk = vfs.VfsLfs2(lockstep.flash, progsize=cut_flash.PROGRAM_BYTES)
except OSError:
    vfs.VfsLfs2.mkfs(lockstep.flash, progsize=cut_flash.PROGRAM_BYTES)
    _disk = vfs.VfsLfs2(lockstep.flash, progsize=cut_flash.PROGRAM_BYTES)
vfs.mount(_disk, "/")
vfs.mount(vfs.VfsPosix("/"), "/computer")
os.chdir("/")
sys.path[:] = ["/computer" + path for path in _path] + [".frozen"]
__import__("main").start()
