"""PGP with a key file; the only module that needs pysequoia, so it is loaded by name."""

from collections.abc import Callable
from typing import Final

import pysequoia
from pysequoia import PyDecryptor, Tsk

from playbooks.core.trouble import Trouble

_LOCKED: Final = "secret key material is encrypted"


def fingerprint(key: bytes) -> str:
    """Of the primary key, in the form that Vault names it."""
    return str(_read(key).extract_certificate().fingerprint).lower()


def decrypt(message: bytes, key: bytes, ask_passphrase: Callable[[], str]) -> bytes:
    """Raises Trouble, which holds nothing of what was decrypted."""
    opener = _opener(_read(key), ask_passphrase)
    try:
        opened = pysequoia.decrypt(message, decryptor=opener).bytes
    except RuntimeError:
        opened = None
    if opened is None:
        raise Trouble(
            "The message does not open with this PGP key",
            left="nothing was sent to Vault",
            do="check that both are yours: `gpg --list-packets` names the key a message is for",
        )
    return bytes(opened)


def _read(key: bytes) -> Tsk:
    try:
        return Tsk.from_bytes(key)
    except RuntimeError:
        fault = Trouble(
            "The PGP key file holds no private key",
            left="nothing was sent to Vault",
            do="name the file that `gpg --export-secret-keys` writes, or use --gpg",
        )
    raise fault  # Outside the handler: the library's error is a page of its insides.


def _opener(key: Tsk, ask_passphrase: Callable[[], str]) -> PyDecryptor:
    try:
        return key.decryptor()
    except RuntimeError as error:
        locked = _LOCKED in str(error)
    try:
        if locked:
            return key.decryptor(ask_passphrase())
    except RuntimeError:
        pass
    raise Trouble(
        "The passphrase does not open the PGP key" if locked else "The PGP key cannot decrypt",
        left="nothing was sent to Vault",
        do="run it again" if locked else "name a key that has an encryption subkey",
    )
