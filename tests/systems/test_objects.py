"""What every kind of object store says of its folders."""

from pathlib import Path

import pytest

from tests.systems.played_s3 import objects_on, played_s3
from tests.systems.stores import objects_in


@pytest.mark.parametrize("kind", ["directory", "bucket"])
async def test_folders_are_named_without_what_is_in_them(kind: str, tmp_path: Path) -> None:
    async with played_s3() as s3:
        objects = objects_in(tmp_path) if kind == "directory" else objects_on(s3, tmp_path)
        assert await objects.folders("journal/") == ()
        for key in ("journal/b/000001.json", "journal/a.x/000001.json", "journal/b/000002.json"):
            await objects.create(key, b"{}")
        await objects.create("journals/c/1.json", b"{}")
        assert await objects.folders("journal/") == ("a.x", "b")
        assert await objects.folders("nothing/") == ()
