"""A real mail server for tests: Dovecot, never as root, on free ports, its mail in a folder."""

import contextlib
import grp
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from moked.config.supervise import kill_group
from script import needs

PASSWORD = 'geheim und "quoted" \\'
OTHER_USER, OTHER_PASSWORD = "other@town.example", "סיסמה"
# All of them known from the start, since Dovecot looks into the file once a second at most.
USERS = [f"user{number}@town.example" for number in range(500)]
START_SECONDS = 20

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf.ext
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""

OAUTH2 = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
force_introspection = yes
"""


@dataclass
class Dovecot:
    """A running server; `port` speaks plainly and by STARTTLS, `tls_port` is encrypted from the start."""

    folder: Path
    port: int
    tls_port: int
    owner: pwd.struct_passwd
    _program: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _mails: "itertools.count[int]" = field(default_factory=itertools.count)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start the server, also once more after it was killed; raises RuntimeError."""
        self._process = _started(self._program, self)

    def kill(self) -> None:
        """Kill the server with all its processes, as if its machine had been switched off."""
        assert self._process is not None
        kill_group(self._process)
        self._process.wait()

    def stop(self) -> None:
        """End the server, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)

    def add_user(self, user: str = "") -> str:
        """Add a mailbox with PASSWORD, or that of OTHER_USER, and return its user."""
        user = user or USERS[next(self._numbers)]
        for name in ("", "Maildir", "Maildir/new", "Maildir/cur", "Maildir/tmp"):
            self._own(self.folder / "mail" / user / name)
        return user

    def deliver(self, user: str, raw: bytes, *, came_at: float | None = None) -> None:
        """Put a mail into a mailbox, as one that came at a moment in seconds since 1970, or now."""
        put(self.maildir(user), raw, next(self._mails), came_at=came_at)

    def flags(self, user: str) -> list[str]:
        """Return the flags of each mail in a mailbox, as Maildir writes them: S is seen."""
        box = self.maildir(user)
        return sorted(
            path.name.partition(":2,")[2] for folder in ("new", "cur") for path in (box / folder).iterdir()
        )

    def number_anew(self, user: str) -> None:
        """Forget how the mails of a mailbox were numbered, as after a move to another server."""
        for path in self.maildir(user).glob("dovecot*"):
            path.unlink()
        numbers = self.maildir(user) / "dovecot-uidlist"
        numbers.write_text(f"3 V{int(time.time()) + 1000 + next(self._numbers)} N1\n", encoding="ascii")
        os.chown(numbers, self.owner.pw_uid, self.owner.pw_gid)

    def maildir(self, user: str) -> Path:
        """Return the folder of a mailbox."""
        return self.folder / "mail" / user / "Maildir"

    def ask_authority(self, url: str) -> None:
        """Have tokens looked at by the authority at an address; holds for sign-ins from now on."""
        (self.folder / "oauth2.conf.ext").write_text(OAUTH2.format(url=url), encoding="utf-8")

    def log(self) -> str:
        """Return what the server wrote."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _own(self, path: Path) -> None:
        path.mkdir(mode=0o755, exist_ok=True)
        os.chown(path, self.owner.pw_uid, self.owner.pw_gid)


def put(box: Path, raw: bytes, number: int, *, came_at: float | None = None) -> None:
    """Put a mail into a Maildir, as one that came at a moment in seconds since 1970, or now."""
    # They are numbered by the second and, within it, by what follows the M.
    name = f"{int(time.time())}.M{number}P{os.getpid()}.host"
    (box / "tmp" / name).write_bytes(raw)
    (box / "tmp" / name).chmod(0o644)
    if came_at is not None:
        os.utime(box / "tmp" / name, (came_at, came_at))
    (box / "tmp" / name).rename(box / "new" / name)


@contextlib.contextmanager
def dovecot(certificate: bytes, key: bytes, authority: str) -> Iterator[Dovecot]:
    """Yield a server that lives as long as the block; raises MissingProgram."""
    program = needs.dovecot()
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder = Path(tempfile.mkdtemp(prefix="moked-dovecot-"))
    server = Dovecot(folder, _free_port(), _free_port(), owner, program)
    try:
        for name, content in (("certificate.pem", certificate), ("key.pem", key), ("users", _users())):
            (folder / name).write_bytes(content)
        server.ask_authority(authority)
        for path in (folder, *folder.iterdir(), folder / "run", folder / "mail"):
            path.suffix or path.name == "users" or path.mkdir(exist_ok=True)
            os.chown(path, owner.pw_uid, owner.pw_gid)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _users() -> bytes:
    known = {OTHER_USER: OTHER_PASSWORD, **dict.fromkeys(USERS, PASSWORD)}
    return "".join(f"{user}:{{PLAIN}}{password}\n" for user, password in known.items()).encode()


def _started(program: str, server: Dovecot) -> "subprocess.Popen[bytes]":
    values = {
        "folder": server.folder,
        "port": server.port,
        "tls_port": server.tls_port,
        "user": server.owner.pw_name,
        "group": grp.getgrgid(server.owner.pw_gid).gr_name,
        "uid": server.owner.pw_uid,
        "gid": server.owner.pw_gid,
    }
    file = server.folder / "dovecot.conf"
    file.write_text(CONFIGURATION.format(**values), encoding="utf-8")
    file.chmod(0o644)
    become = {}
    if os.geteuid() == 0:
        become = {"user": server.owner.pw_uid, "group": server.owner.pw_gid, "extra_groups": []}
    with (server.folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [program, "-F", "-c", str(file)],
            cwd=server.folder,
            env={"PATH": f"{os.defpath}:/usr/sbin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            **become,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 1) as answer:
            if answer.recv(4) == b"* OK":
                return process
        time.sleep(0.05)
    process.kill()
    log = server.log() if (server.folder / "log").exists() else ""
    raise RuntimeError(f"Dovecot did not start: {(server.folder / 'errors').read_text()} {log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
