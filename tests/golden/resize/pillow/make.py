"""What Pillow 13.0.0 (numpy 2.4.6) makes of a small picture, by its filters.

    pip install Pillow==13.0.0 numpy==2.4.6 && python make.py

Writes, beside itself:
- input.png (36 wide, 28 high: a slope of colour, noise, stars of one pixel, a bright field in a corner) and its
  resized copies; its levels leave room for what the negative lobes overshoot;
- saturated.png, the same with the brightest at 255 and the darkest at 0, and its copies: here Pillow also
  clamps between its passes;
- float_input.csv, a corner of it in Pillow's mode F (nothing rounded), with copies named by height and width.
"""

from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def sky(height, width, bright, dark):
    random = np.random.default_rng(28)
    rows, columns = np.mgrid[0:height, 0:width]
    slope = np.stack([40 + 3 * columns, 30 + 2 * rows, 120 - 2 * rows - columns], axis=-1)
    picture = slope + random.normal(0, 3, (height, width, 3))
    for _ in range(14):
        row, column = random.integers(0, height), random.integers(0, width)
        picture[row, column] = random.choice([bright, 200, dark], 3)
    picture[:6, -5:] = bright
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def table(name, image):
    np.savetxt(HERE / name, np.asarray(image), fmt="%.5f", delimiter=",")


pixels = sky(28, 36, bright=210, dark=25)
copies = [
    ("bilinear_x025", "bilinear", 9, 7),
    ("bicubic_x025", "bicubic", 9, 7),
    ("lanczos_x025", "lanczos", 9, 7),
    ("bicubic_x4", "bicubic", 144, 112),
    ("lanczos_x4", "lanczos", 144, 112),
    ("bicubic_23x41", "bicubic", 41, 23),
]
source = Image.fromarray(pixels)
source.save(HERE / "input.png", optimize=True)
for name, filter, width, height in copies:
    source.resize((width, height), FILTERS[filter]).save(HERE / f"{name}.png", optimize=True)

source = Image.fromarray(sky(28, 36, bright=255, dark=0))
source.save(HERE / "saturated.png", optimize=True)
for name, width, height in [("bicubic_x025", 9, 7), ("bicubic_17x23", 23, 17)]:
    source.resize((width, height), FILTERS["bicubic"]).save(HERE / f"saturated_{name}.png", optimize=True)

corner = Image.fromarray(pixels[2:9, -5:, 1].astype(np.float32))
table("float_input.csv", corner)
for filter, width, height in [("bilinear", 2, 3), ("bicubic", 2, 3), ("bicubic", 20, 28), ("lanczos", 20, 28)]:
    table(f"float_{filter}_{height}x{width}.csv", corner.resize((width, height), FILTERS[filter]))
