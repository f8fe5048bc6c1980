"""Lab of twenty colours and sRGB of eight, as scikit-image 0.26.0 (numpy 2.4.6) computes them.

    pip install scikit-image==0.26.0 numpy==2.4.6 && python make.py

Writes expected.csv and inverse.csv beside itself. The column `cie` is not scikit-image's: it was computed
once in double precision from the CIE's fractions (216/24389, 24389/27), the white (0.95047, 1, 1.08883) and
the matrix from IEC 61966-2-1's primaries to seven digits, and stands here as it was printed.
"""

import csv
from pathlib import Path

import numpy as np
from skimage.color import lab2rgb, rgb2lab

CIE = """
0 0 0 0 0 0
255 255 255 100 0 0
128 128 128 53.5850 0 0
1 1 1 0.2742 0 0
10 10 10 2.7417 0 0
255 0 0 53.2408 80.0925 67.2032
0 255 0 87.7347 -86.1827 83.1793
0 0 255 32.2970 79.1875 -107.8602
0 255 255 91.1132 -48.0875 -14.1312
255 0 255 60.3242 98.2343 -60.8249
255 255 0 97.1393 -21.5537 94.4780
200 30 60 43.5632 64.0573 28.4711
12 34 56 12.6562 0.1226 -16.8332
250 200 150 83.8814 11.3122 31.7499
40 90 160 38.3761 8.3492 -42.8147
180 140 100 61.1167 9.9208 27.1596
5 2 9 0.8618 1.7579 -2.3728
90 10 40 18.1192 36.5668 3.9408
230 240 255 94.4670 -0.4750 -8.3467
64 64 80 27.6711 3.9234 -9.6205
"""
LAB = [(50, 0, 0), (50, 60, 0), (50, -60, 0), (50, 0, 60), (50, 0, -60), (90, 110, -110), (5, 40, -80), (75, 20, 70)]


def write(name, header, rows):
    with open(Path(__file__).parent / name, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def printed(values):
    return [f"{value + 0.0:.4f}" for value in np.round(values, 4)]


lines = [line.split() for line in CIE.split("\n") if line]
rows = []
for line in lines:
    color = np.array(line[:3], dtype=np.float64) / 255
    rows.append(line[:3] + printed(rgb2lab(color[None, None])[0, 0]) + line[3:])
write("expected.csv", ["r", "g", "b", "l_skimage", "a_skimage", "b_skimage", "l_cie", "a_cie", "b_cie"], rows)

rows = [list(lab) + printed(255 * lab2rgb(np.array(lab, dtype=np.float64)[None, None])[0, 0]) for lab in LAB]
write("inverse.csv", ["l", "a", "b", "r_255", "g_255", "b_255"], rows)
