"""The object store: a local directory, or S3."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen
from playbooks.systems.key_files import read_private

_RETRIES: Final = timedelta(seconds=30)  # The default of three minutes keeps a person waiting.
_LONGEST_RECORD: Final = 1 << 20  # Records are small; a bigger one is not ours.


class StoreSettings(Frozen):
    """`url` is file:///… or s3://BUCKET[/PREFIX]; the rest is for S3 alone."""

    url: str
    endpoint: str | None = None  # None: Amazon's own.
    region: str | None = None  # None: us-east-1.
    credentials_file: Path | None = None  # None: the machine's own role.


def open_store(settings: StoreSettings) -> ObjectStore:
    """Open a store without asking it anything yet. Raises Trouble for any other kind of URL."""
    url = urlsplit(settings.url)
    if url.scheme == "file" and not url.netloc and url.path.startswith("/"):
        return LocalStore(url.path, mkdir=True)
    if url.scheme == "s3" and url.netloc:
        return _open_s3(settings, url.netloc, url.path.strip("/") or None)
    raise Trouble(
        f"{settings.url} is no object store",
        left="nothing was read or written",
        do="configure a directory as file:///…, or a bucket as s3://…",
    )


def _open_s3(settings: StoreSettings, bucket: str, prefix: str | None) -> ObjectStore:
    config: Any = {"region": settings.region or "us-east-1"}
    if settings.endpoint is not None:
        config["endpoint"] = settings.endpoint
    if settings.credentials_file is not None:
        content = json.loads(read_private(settings.credentials_file))
        config["access_key_id"] = content["access_key_id"]
        config["secret_access_key"] = content["secret_access_key"]
    local = (settings.endpoint or "").startswith("http://127.")
    return S3Store(
        bucket,
        prefix=prefix,
        config=config,
        client_options={"allow_http": local},
        retry_config={"max_retries": 3, "retry_timeout": _RETRIES},
    )


class StoredObjects:
    """Small records that are written once."""

    def __init__(self, store: ObjectStore, url: str) -> None:
        self.store = store
        self.url = url

    def attributes(self, **attributes: str) -> dict[str, str] | None:
        """Give metadata for an object; None for a directory, which keeps none."""
        return None if isinstance(self.store, LocalStore) else attributes

    async def create(self, key: str, data: bytes) -> bool:
        """Write a new object; False, and nothing changed, if the key is taken."""
        with translated(self.url, key):
            try:
                await obstore.put_async(self.store, key, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            return True

    async def overwrite(self, key: str, data: bytes) -> None:
        """Write an object, whether or not there was one."""
        with translated(self.url, key):
            await obstore.put_async(self.store, key, data, use_multipart=False)

    async def get(self, key: str) -> bytes | None:
        """Read an object; None if there is none."""
        with translated(self.url, key):
            try:
                found = await obstore.get_async(self.store, key)
            except FileNotFoundError:
                return None
            if found.meta["size"] > _LONGEST_RECORD:
                raise Trouble(
                    f"The object {key} is too big for a record",
                    left="nothing was changed",
                    do=f"look at who writes to {self.url}",
                )
            return bytes(await found.bytes_async())

    async def list(self, prefix: str) -> tuple[str, ...]:
        """List the keys below a prefix, sorted."""
        with translated(self.url, prefix):
            found: list[str] = []
            async for batch in obstore.list(self.store, prefix=prefix or None):
                found += [meta["path"] for meta in batch]
            return tuple(sorted(found))

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Name the folders right below a prefix, sorted, without reading what is in them."""
        with translated(self.url, prefix):
            found = await obstore.list_with_delimiter_async(self.store, prefix=prefix)
            names = (path.rstrip("/").rsplit("/", 1)[-1] for path in found["common_prefixes"])
            return tuple(sorted(names))


@contextmanager
def translated(url: str, key: str) -> Iterator[None]:
    """Turn whatever the store raises into Trouble, once."""
    try:
        yield
    except FileNotFoundError as error:
        raise Trouble(
            f"The store {url} has no object {key}",
            left="nothing was changed",
            do="see `/vault backups`, and look at the store",
        ) from error
    except (BaseError, OSError) as error:
        said = str(error).splitlines() or [type(error).__name__]
        raise Trouble(
            f"The store {url} failed at {key}: {said[0][:200]}",
            left="no object was changed, or none that the catalogue names",
            do="look at the store and its free space, then press Try again",
        ) from error
