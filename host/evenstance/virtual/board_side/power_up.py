"""What the boot ROM does: mount the flash at /, hide the computer behind it, run main.py."""

import os
import sys
import time  # before the posix root goes away

import flash
import lockstep
import machine
import vfs

_blocks = int(os.getenv("EVENSTANCE_SIM_BLOCKS"))
_run_main = os.getenv("EVENSTANCE_SIM_RUN_MAIN") == "1"
_image = open(os.getenv("EVENSTANCE_SIM_FLASH"), "r+b")
for _name in ("FLASH", "UP", "DOWN", "BLOCKS", "RUN_MAIN"):
    os.unsetenv("EVENSTANCE_SIM_" + _name)
lockstep.boot()
_device = flash.Flash(_image, _blocks)
vfs.umount("/")
try:
    vfs.mount(_device, "/")
except OSError:
    vfs.VfsLfs2.mkfs(_device)
    vfs.mount(_device, "/")
os.chdir("/")
sys.path[:] = ["", ".frozen", "/lib"]
sys.modules.pop("flash", None)
_soft_reset = lockstep.soft_reset
del sys, flash, lockstep, machine, time, vfs, _device, _image, _blocks, _name
if _run_main and "main.py" in os.listdir("/"):
    with open("/main.py") as _source:
        _source = compile(_source.read(), "main.py", "exec")
    try:
        exec(_source)
    except SystemExit:
        _soft_reset()
