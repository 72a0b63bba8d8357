"""What Vault's refusals mean, in sentences for people."""

from typing import Final

import requests

from playbooks.core.trouble import Trouble

_OTHER_KEYS: Final = "different set of unseal keys"
_BROKEN: Final = ("hash check failed", "unexpected EOF", "failed to decompress", "integrity")
_LONGEST: Final = 200


def said(answer: requests.Response) -> str:
    """Read Vault's own words, short and printable; empty where it gave none."""
    try:
        errors = answer.json().get("errors") or []
    except (ValueError, AttributeError):
        return ""
    words = " ".join(str(errors[0]).split()) if errors else ""
    words = words.removeprefix("1 error occurred: * ")
    return "".join(letter for letter in words if letter.isprintable())[:_LONGEST]


def refusal(where: str, path: str, role: str, answer: requests.Response) -> Trouble:
    """Say why a node refused; `where` is as "n1 of prod"."""
    words, status = said(answer), answer.status_code
    left = "this call changed nothing"
    if _OTHER_KEYS in words:
        return Trouble(
            f"{where} refused the snapshot: it was taken under other unseal keys",
            left="its data is untouched",
            do="pick a backup of the present key generation, or rebuild the cluster from this one",
        )
    if any(sign in words for sign in _BROKEN):
        return Trouble(
            f"{where} refused the snapshot as damaged ({words})",
            left="its data is untouched",
            do="pick another backup from `/vault backups`",
        )
    match status:
        case 403:
            return Trouble(
                f"{where} does not let the role {role} use {path} (HTTP 403)",
                left=left,
                do="compare the role's policy in Vault with the one this project installs",
            )
        case 503:
            return Trouble(
                f"{where} is sealed (HTTP 503)",
                left=left,
                do="call the custodians, then press Try again",
            )
        case 307 | 308:
            return Trouble(
                f"{where} sends {path} to another node (HTTP {status})",
                left=left,
                do="see `/vault status` for the node that is active now",
            )
        case _:
            words = f": {words}" if words else ""
            return Trouble(
                f"{where} refused {path} (HTTP {status}{words})",
                left=left,
                do="see the log of that node, then press Try again",
            )
