"""Screenshots in 256 colours, so that they stay small, and proof that none is blank."""

import base64
import struct
import zlib
from pathlib import Path
from typing import Final

from playwright.async_api import Page

# A page that failed to draw has a few dozen colours.
_FEWEST_COLOURS: Final = 200
_MOST_BYTES: Final = 250_000
# In the browser, since Python itself can read no PNG: the 256 most frequent colours, and for each
# pixel the one nearest to its own.
_REDUCE: Final = """async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const drawn = canvas.getImageData(0, 0, image.width, image.height).data;
    const pixels = new Uint32Array(drawn.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([pixel]) => pixel);
    const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
    const palette = byCount.slice(0, 256).map(parts);
    const nearest = new Map();
    byCount.forEach((pixel, at) => {
        const own = parts(pixel);
        const far = ([r, g, b]) => (r - own[0]) ** 2 + (g - own[1]) ** 2 + (b - own[2]) ** 2;
        const distances = at < 256 ? [] : palette.map(far);
        nearest.set(pixel, at < 256 ? at : distances.indexOf(Math.min(...distances)));
    });
    let places = "";
    for (const pixel of pixels) places += String.fromCharCode(nearest.get(pixel));
    return {
        width: image.width,
        colours: counts.size,
        palette: palette.flat(),
        places: btoa(places),
    };
}"""


async def take(page: Page, path: Path) -> None:
    """Write what is on the screen; raises AssertionError for a blank page or a large file."""
    # A pointer that rests on something would make each picture differ.
    await page.mouse.move(0, 0)
    whole = await page.screenshot(animations="disabled")
    reduced = await page.evaluate(_REDUCE, base64.b64encode(whole).decode())
    assert reduced["colours"] > _FEWEST_COLOURS, f"{path.name} has {reduced['colours']} colours"
    places = base64.b64decode(reduced["places"])
    path.write_bytes(_png(reduced["width"], bytes(reduced["palette"]), places))
    size = path.stat().st_size
    assert size < _MOST_BYTES, f"{path.name} has {size} bytes"


def _png(width: int, palette: bytes, places: bytes) -> bytes:
    """One byte a pixel, unfiltered (PNG specification, colour type 3)."""
    rows = [places[at : at + width] for at in range(0, len(places), width)]
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    drawn = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", drawn), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)
