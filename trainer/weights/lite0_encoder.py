"""Makes the weights from which `unet-lite0` starts, out of EfficientNet-Lite0's.

    python get_weights.py weights --only efficientnet_lite0 --f32
    python lite0_encoder.py weights/efficientnet_lite0.safetensors lite0-encoder.safetensors

Takes the stem and the first five stages (blocks 0 to 10), puts `encoder.` before their names, and sums
the stem over its three channels, since a grey picture repeated three times and the sum give the same.
Needs numpy and safetensors.
"""

import sys

import numpy
from safetensors.numpy import load_file, save_file

source, target = sys.argv[1:]
encoder = {}
for name, values in load_file(source).items():
    block = int(name.split(".")[1]) if name.startswith("_blocks.") else -1
    if name.startswith(("_conv_stem.", "_bn0.")) or 0 <= block <= 10:
        encoder["encoder." + name] = values.astype(numpy.float32)
stem = "encoder._conv_stem.weight"
encoder[stem] = encoder[stem].sum(axis=1, keepdims=True)
save_file(encoder, target)
print(f"{len(encoder)} tensors, {sum(v.size for v in encoder.values())} numbers")
