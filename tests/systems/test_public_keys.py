"""Public keys of custodians are read as they are exported, and nothing else is taken for one."""

import base64
from pathlib import Path

import pytest
from pysequoia import Cert, Profile, Tsk

from playbooks.core.trouble import Trouble
from playbooks.systems.clusters import ConfiguredClusters
from playbooks.systems.public_keys import read_key
from tests.worlds.toy import ToyWorld


@pytest.fixture(scope="module")
def tsk() -> Tsk:
    return Tsk.generate("Erin, custodian", profile=Profile.RFC4880)


@pytest.fixture(scope="module")
def key(tsk: Tsk) -> Cert:
    return tsk.extract_certificate()


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_an_armoured_key_is_read_as_another_tool_reads_it(
    key: Cert, ends: str, tmp_path: Path
) -> None:
    file = tmp_path / "erin.asc"
    file.write_bytes(str(key).replace("\n", ends).encode())
    read = read_key("erin", file)
    assert (read.custodian, read.fingerprint) == ("erin", key.fingerprint.lower())
    assert base64.b64decode(read.key) == bytes(key)


def test_a_binary_key_is_the_same_key(key: Cert, tmp_path: Path) -> None:
    (tmp_path / "erin.pgp").write_bytes(bytes(key))
    (tmp_path / "erin.asc").write_text(str(key), encoding="ascii")
    assert read_key("erin", tmp_path / "erin.pgp") == read_key("erin", tmp_path / "erin.asc")


def test_a_private_key_is_refused_by_its_name(tsk: Tsk, tmp_path: Path) -> None:
    (tmp_path / "erin.asc").write_text(str(tsk), encoding="ascii")
    with pytest.raises(Trouble, match="private key") as trouble:
        read_key("erin", tmp_path / "erin.asc")
    assert str(tsk).splitlines()[-3] not in str(trouble.value)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x99", b"\x99\x01\x0d\x04", b"\xc6\xff\xff", b"\xd1\x02xy"]
)
def test_what_is_no_public_key_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "erin.asc").write_bytes(data)
    with pytest.raises(Trouble, match="no OpenPGP public key"):
        read_key("erin", tmp_path / "erin.asc")


def test_a_cut_armour_is_refused(key: Cert, tmp_path: Path) -> None:
    (tmp_path / "erin.asc").write_text(str(key)[:200], encoding="ascii")
    with pytest.raises(Trouble, match="no OpenPGP public key"):
        read_key("erin", tmp_path / "erin.asc")


def test_whose_key_is_missing_is_named(key: Cert, tmp_path: Path) -> None:
    (tmp_path / "erin.asc").write_text(str(key), encoding="ascii")
    cluster = ToyWorld().cluster
    clusters = ConfiguredClusters({"prod": cluster}, {"erin": tmp_path / "erin.asc"})
    with pytest.raises(Trouble, match="frank, grace, heidi, ivan"):
        clusters.custodian_keys("prod")
    files = dict.fromkeys(cluster.custodians, tmp_path / "erin.asc")
    files["frank"] = tmp_path / "absent.asc"
    with pytest.raises(Trouble, match=r"frank.*cannot be read"):
        ConfiguredClusters({"prod": cluster}, files).custodian_keys("prod")
