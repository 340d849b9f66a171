"""A server that is reached over the network of this computer, under TLS alone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from clinic.server import Server

ACCESS = """
local all all trust
hostssl all guarded all scram-sha-256
hostssl all all all trust
"""


def own_address() -> str | None:
    """An address of this computer that is not its loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(one.getsockname()[0])
    return None if address.startswith("127.") else address


def certificate(folder: Path, name: str, address: str) -> Path:
    """A certificate for the address that vouches for itself; its key is beside it."""
    made = folder / f"{name}.crt"
    words = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]
    words += ["-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}"]
    subprocess.run(
        [*words, "-out", str(made), "-keyout", str(made.with_suffix(".key"))],
        check=True,
        capture_output=True,
    )
    return made


def listen(server: Server, address: str, proof: Path) -> int:
    """Let a server that is not running yet be reached at the address; returns its port."""
    with socket.socket() as one:
        one.bind((address, 0))
        port = int(one.getsockname()[1])
    for file, to in ((proof, "server.crt"), (proof.with_suffix(".key"), "server.key")):
        shutil.copy(file, server.data / to)
        (server.data / to).chmod(0o600)
        if os.getuid() == 0:
            shutil.chown(server.data / to, "postgres")
    (server.data / "pg_hba.conf").write_text(ACCESS)
    server.configure(
        f"listen_addresses = '{address}'", f"port = {port}", "ssl = on", "log_connections = off"
    )
    return port
