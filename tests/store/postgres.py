"""A PostgreSQL server for tests: Debian's package, on loopback, run by an unprivileged user, gone when they end.

As a script with --install, it gets the package.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

ASK = "install PostgreSQL (Debian: apt-get install postgresql), or name its bin folder in FEEDBACK_WIDGETS_POSTGRES"
OWNER, PASSWORD = "keeper", "geheim"


def find() -> Path | None:
    """Return the folder of the server's programs, or None where there is none."""
    named = os.environ.get("FEEDBACK_WIDGETS_POSTGRES")
    folders = [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "initdb").exists()), None)


def install() -> str | None:
    """Install Debian's PostgreSQL; return None on success, else one sentence on why not."""
    if shutil.which("apt-get") is None:
        return f"PostgreSQL is missing and this machine has no apt-get: {ASK}."
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        return f"PostgreSQL is missing and installing it needs root or password-less sudo: {ASK}."
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
        done = subprocess.run(
            [*environment, "apt-get", "-qq", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return f"apt-get {arguments[0]} failed ({done.stderr.strip()[-300:]}): {ASK}."
    return (
        None
        if find()
        else f"apt-get installed postgresql, but its programs are not where Debian puts them: {ASK}."
    )


class Server:
    """One server of our own. It can be stopped and started again on the same port, as an operator would.

    Args:
        programs: the folder of `initdb` and `pg_ctl`; see `find()`.
    """

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        # Not pytest's folder: only its owner may enter that one, and the server runs as somebody else.
        self.folder = Path(tempfile.mkdtemp(prefix="feedback-pg-"))
        self.as_user = unprivileged()
        self.port = free_port()
        if self.as_user:
            shutil.chown(self.folder, self.as_user)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        # Passwords are asked for, so that a wrong one can be tested; no fsync, for nobody cuts the power here.
        self._call(
            "initdb", "-A", "scram-sha-256", "-U", OWNER, f"--pwfile={secret}", "-E", "UTF8", "--no-sync"
        )
        self.start()
        atexit.register(self.remove)  # also when a test run is interrupted

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -F -c max_connections=60"
        self._call("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop the server at once: what runs is rolled back, and clients are told."""
        self._call("pg_ctl", "stop", "-w", "-m", "fast")

    def remove(self) -> None:
        """Stop the server and delete everything; a second call does nothing."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), "-D", str(self.folder / "data"), *arguments],
            user=self.as_user,
            group=self.as_user and pwd.getpwnam(self.as_user).pw_gid,
            extra_groups=[] if self.as_user else None,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would be inherited by the server, and never end
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=120,
        )
        if done.returncode:
            log = self.folder / "log"
            said = log.read_text("utf-8", "replace")[-1000:] if log.exists() else "no log"
            raise RuntimeError(f"{program} {' '.join(arguments)} failed: {said}")

    def url(self, database: str, user: str = OWNER, password: str = PASSWORD) -> str:
        """Return the address of a database, as a person would type it."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """Create an empty database and return its address."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        self.sql(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Ask the server directly, as a foreign program would."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


def unprivileged() -> str | None:
    """Return whom the server should run as: PostgreSQL refuses root, who runs many containers."""
    if os.geteuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


if __name__ == "__main__":
    trouble = None if find() or "--install" not in sys.argv else install()
    # Not an error here: without a server its tests say so, and fail only where CI is set.
    print(trouble or find() or f"No PostgreSQL here: {ASK}.")
