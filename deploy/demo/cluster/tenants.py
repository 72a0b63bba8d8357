"""Fifty made-up tenants, and their secrets: made as the real ones are, and good for nothing."""

import base64
import hashlib
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

CANARY_TENANT: Final = "test-tenant-id"
_FIRST: Final = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper",
)  # fmt: skip
_SECOND: Final = ("bakery", "clinic", "foundry", "library", "travel")
TENANTS: Final = tuple(f"{first}-{second}" for second in _SECOND for first in _FIRST)

_ALPHABET: Final = string.ascii_letters + string.digits
_SMTP_PASSWORD_BYTES: Final = 32
# An RSA key needs 50 ms of a core, an Ed25519 key 0.05 ms: five tenants have the larger kind.
_WITH_RSA: Final = frozenset(TENANTS[:5])
_DEMO_HASH_ROUNDS: Final = 1_000


@dataclass(frozen=True)
class Written:
    """One secret and where it goes: the mount, then the path below it."""

    mount: str
    path: str
    data: dict[str, object]


def canaries(now: datetime) -> Iterator[Written]:
    """The three that the guides read back after every restore."""
    yield Written("vps", f"{CANARY_TENANT}/admin_ssh", ssh_key(now, "admin"))
    yield Written("smtp", f"{CANARY_TENANT}/admin", smtp_password(now, CANARY_TENANT))
    yield Written("api_keys", f"{CANARY_TENANT}/test-key-id", api_key(now, "canary"))


def tenant_secrets(now: datetime, tenant: str) -> Iterator[Written]:
    """All four kinds. Ages differ, so that rotation has something to find."""
    made = now - timedelta(days=hashlib.sha256(tenant.encode()).digest()[0])
    yield Written("vps", f"{tenant}/admin_ssh", ssh_key(made, f"admin@{tenant}"))
    yield Written("vps", f"{tenant}/tenant_ssh", ssh_key(made, f"tenant@{tenant}"))
    yield Written("smtp", f"{tenant}/admin", smtp_password(made, tenant))
    yield Written("api_keys", f"{tenant}/key-1", api_key(made, f"{tenant} integration"))
    selector = f"s{made:%Y%m}"
    yield Written(
        "dkim", f"{tenant}.example/{selector}", dkim_key(made, rsa_key=tenant in _WITH_RSA)
    )


def ssh_key(made: datetime, comment: str) -> dict[str, object]:
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return {
        "private_key": private.decode(),
        "public_key": f"{public.decode()} {comment}",
        **_rotated(made, "90d"),
    }


def smtp_password(made: datetime, tenant: str) -> dict[str, object]:
    return {
        "username": f"admin@{tenant}.example",
        "password": secrets.token_urlsafe(_SMTP_PASSWORD_BYTES),
        "webmail_url": f"https://webmail.{tenant}.example",
        **_rotated(made, "180d"),
    }


def api_key(made: datetime, name: str) -> dict[str, object]:
    """Only the hash is kept. The platform uses bcrypt 12, whose fifty hashes would need 15 s."""
    key = "pm_live_" + "".join(secrets.choice(_ALPHABET) for _ in range(32))
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha256", key.encode(), salt, _DEMO_HASH_ROUNDS)
    return {
        "key_hash": f"pbkdf2-sha256${_DEMO_HASH_ROUNDS}${_base64(salt)}${_base64(digest)}",
        "hash_scheme": "pbkdf2-sha256 (demo)",
        "permissions": ["mail:send", "domains:read"],
        "status": "active",
        "name": name,
        "created_by": "seed",
        "created_at": _moment(made),
    }


def dkim_key(made: datetime, *, rsa_key: bool) -> dict[str, object]:
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if rsa_key
        else ed25519.Ed25519PrivateKey.generate()
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key()
    # RFC 6376 publishes RSA keys as SubjectPublicKeyInfo, RFC 8463 Ed25519 keys as 32 bytes.
    published = (
        public.public_bytes_raw()
        if isinstance(public, ed25519.Ed25519PublicKey)
        else public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return {
        "algorithm": "rsa-2048" if rsa_key else "ed25519",
        "private_key": private.decode(),
        "public_key": _base64(published),
        "created_at": _moment(made),
        "state": "active",
    }


def _rotated(made: datetime, policy: str) -> dict[str, object]:
    return {
        "created_at": _moment(made),
        "last_rotated": _moment(made),
        "rotation_policy": policy,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
