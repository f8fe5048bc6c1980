#!/usr/bin/env python3
"""Makes the pictures of the page's first screen and of the README from what the networks give.

    cargo build --release -p astrochroma-trainer
    target/release/astrochroma enhance static/samples/lagoon_m8.png -o results
    python static/readme/pictures.py results/lagoon_m8.png                  # and, for the page itself,
    python static/readme/pictures.py results/lagoon_m8.png target/screenshots/done-1440.png

Needs Pillow. The sample's credit is in static/samples/credits.csv.
"""

import sys
from pathlib import Path

from PIL import Image

STATIC = Path(__file__).resolve().parent.parent
SAMPLE = STATIC / "samples" / "lagoon_m8.png"
WIDTH = 1280
QUALITY = 72


def save(picture: Image.Image, name: str, width: int = WIDTH) -> None:
    """Writes a WebP, no wider than so many pixels."""
    if picture.width > width:
        picture = picture.resize((width, round(picture.height * width / picture.width)), Image.LANCZOS)
    picture.save(STATIC / name, quality=QUALITY, method=6)


def beside(before: Image.Image, after: Image.Image) -> Image.Image:
    """The same part of both, on the nebula, as large, a thin line between."""
    size = (480, 480)
    part = Image.new("RGB", (2 * size[0] + 4, size[1]), "white")
    scale = after.width // before.width
    side = size[0] // scale
    left, top = before.width * 11 // 16 - side // 2, before.height * 5 // 8 - side // 2
    small = before.crop((left, top, left + side, top + side))
    part.paste(small.resize(size, Image.NEAREST), (0, 0))
    box = [scale * at for at in (left, top, left + side, top + side)]
    part.paste(after.crop(box), (size[0] + 4, 0))
    return part


def main() -> None:
    """Reads what was named on the command line."""
    before = Image.open(SAMPLE).convert("RGB")
    after = Image.open(sys.argv[1]).convert("RGB")
    save(before, "example/before.webp")
    save(after, "example/after.webp")
    save(beside(before, after), "readme/result.webp")
    if len(sys.argv) > 2:
        save(Image.open(sys.argv[2]).convert("RGB"), "readme/page.webp")


if __name__ == "__main__":
    main()
