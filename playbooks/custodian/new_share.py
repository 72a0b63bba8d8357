"""The new share of a custodian, which comes as a PGP message and stays one on the disk."""

from pathlib import Path

from playbooks.core.trouble import Trouble
from playbooks.custodian.opening import armoured, read_message
from playbooks.custodian.part import Part
from playbooks.custodian.share import Share
from playbooks.systems.key_files import create_private


def take_new(part: Part, own: str, message_file: Path | None) -> Share:
    """Fetch the new share as a message, put that into a file, and open it."""
    file = part.turn.message_file
    if file is None:
        file = _keep(part, _message(part, own, message_file))
    part.say(f"Your new share is in {file}, encrypted for you alone.")
    return part.opener.open(read_message(file), part.custodian.desk)


def _message(part: Part, own: str, message_file: Path | None) -> bytes:
    if message_file is not None:
        return read_message(message_file)
    kept = part.api.messages()
    if kept is not None and kept.nonce == part.nonce:
        for_us = kept.by_fingerprint.get(own, ())
        if len(for_us) == 1:
            return for_us[0]
        raise Trouble(
            f"Vault holds {len(for_us)} new shares for your PGP key instead of one",
            left="nothing was proven; the old shares stay right",
            do="tell the one who started it: each custodian needs a PGP key of their own",
        )
    handed = part.custodian.notebook.folder / f"new-shares-{part.nonce[:8]}" / f"{own}.asc"
    if handed.exists():
        return read_message(handed)
    raise Trouble(
        f"Vault keeps no copy of the new shares of {part.custodian.cluster}",
        left="your old share stays right until the new ones are proven",
        do=f"whoever gave the last old share has {own}.asc for you: get it, then run this again"
        " with --new-message FILE",
    )


def _keep(part: Part, message: bytes) -> Path:
    notebook = part.custodian.notebook
    file = notebook.folder / f"share-{part.custodian.cluster}-{part.nonce[:8]}.asc"
    text = message if message.lstrip().startswith(b"-----") else armoured(message).encode("ascii")
    # A kill may have come between the file and the memory of it.
    if not file.exists() or file.read_bytes() != text:
        file.unlink(missing_ok=True)
        create_private(file, text)
    part.remember(message_file=file)
    return file


def is_there(part: Part, message_file: Path | None) -> bool:
    if part.turn.message_file is not None or message_file is not None:
        return True
    kept = part.api.messages()
    return kept is not None and kept.nonce == part.nonce


def hand_out(part: Part, messages: dict[str, bytes]) -> None:
    """Vault keeps no copy, so whoever gave the last share passes the new ones on."""
    folder = part.custodian.notebook.folder / f"new-shares-{part.nonce[:8]}"
    for key, message in messages.items():
        file = folder / f"{key}.asc"
        if not file.exists():
            create_private(file, armoured(message).encode("ascii"))
    part.say(
        f"Vault keeps no copy of the new shares, so they are in {folder}, each for one custodian"
        " and readable by nobody else. Send each of them theirs now, by mail if need be."
    )
