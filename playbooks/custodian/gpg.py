"""PGP with gpg, for a key on a smart card or in its agent; gpg asks for the PIN itself."""

import subprocess

from playbooks.core.trouble import Trouble


def decrypt(message: bytes) -> bytes:
    """The share passes through a pipe into memory. Raises Trouble."""
    done = _run("--quiet", "--decrypt", given=message)
    if done.returncode or not done.stdout:
        raise Trouble(
            "gpg did not open the message",
            left="nothing was sent to Vault",
            do="see what gpg said above; put the card in, then run it again",
        )
    return done.stdout


def holds(fingerprint: str) -> bool:
    """Say if the private key is here, or on a card that gpg knows."""
    listed = ("--batch", "--with-colons", "--list-secret-keys", fingerprint)
    return _run(*listed, quiet=True).returncode == 0


def _run(
    *words: str, given: bytes = b"", quiet: bool = False
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["gpg", *words],
            input=given,
            stdout=subprocess.PIPE,
            # Its own words for the person; it asks for a PIN on the terminal by itself.
            stderr=subprocess.DEVNULL if quiet else None,
            check=False,
        )
    except FileNotFoundError as error:
        raise Trouble(
            "There is no gpg on this machine",
            left="nothing was sent to Vault",
            do="install it, or name the key's file with --pgp-key",
        ) from error
