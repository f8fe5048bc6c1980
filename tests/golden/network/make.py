r"""What PyTorch makes of every network, narrow and with random weights; of one also what ONNX Runtime does.

    pip install torch==2.15.0 torchvision==0.29.2 efficientnet-lite-pytorch==0.1.0 \
        onnx==1.23.2 onnxruntime==1.32.0 safetensors==0.8.0 numpy==2.4.6 && python make.py

Writes a folder a case: `weights.safetensors`, `case.safetensors` (`input`, stored in half
precision and exact in it; `output`; for one network `output_onnx`) and `case.toml`; beside itself
`counts.toml`, the parameters of the networks at full size. The networks stand in `networks.py`.

PyTorch computes in double precision, so that what the test sees is our own rounding, and says how
far its own single precision is from that; ONNX Runtime computes in single precision.
"""

import io
from importlib.metadata import version
from math import prod
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.numpy import save_file
from torch import nn

from networks import NETWORKS, figure_state

HERE = Path(__file__).parent
# Not just any: narrow and random, a U-net may blow rounding up. With seed 11 PyTorch itself, its batch norms
# folded, is 1.1e-5 of the largest output away from double precision.
SEED = 17

# Folder: name and configuration, height and width, range of the input. Sides are odd where strides allow.
CASES = {
    "unet-lite0": ("unet-lite0", {"encoder": [4, 2, 3, 4, 5, 6], "decoder": [4, 3, 2]}, (80, 48), (-1, 1)),
    "unet-resnet18-layer4": ("unet-resnet18", {"through": "layer4", "channels": 2}, (96, 64), (-1, 1)),
    "unet-resnet18-layer3": ("unet-resnet18", {"through": "layer3", "channels": 4}, (48, 80), (-1, 1)),
    "edsr": ("edsr", {"blocks": 2, "channels": 6, "last_channels": 3}, (11, 7), (0, 1)),
    "srresnet": ("srresnet", {"blocks": 2, "channels": 5}, (9, 7), (0, 1)),
    "patch-critic": ("patch-critic", {"channels": 3}, (45, 39), (-1, 1)),
    "srgan-critic": ("srgan-critic", {"channels": 2, "dense": 6}, (96, 101), (0, 1)),
}

# By the names of our catalogue.
FULL_SIZE = {
    "unet-lite0": ("unet-lite0", {"encoder": [32, 16, 24, 40, 80, 112], "decoder": [64, 48, 32]}),
    "unet-resnet18": ("unet-resnet18", {"through": "layer4", "channels": 64}),
    "unet-resnet18-layer3": ("unet-resnet18", {"through": "layer3", "channels": 64}),
    "edsr-small": ("edsr", {"blocks": 8, "channels": 32, "last_channels": 12}),
    "srresnet": ("srresnet", {"blocks": 16, "channels": 64}),
    "patch-critic": ("patch-critic", {"channels": 64}),
    "srgan-critic": ("srgan-critic", {"channels": 64, "dense": 1024}),
}

# Of the largest output. Found with the plan: at most 3.0e-6 for the U-nets, whose 30 layers and batch norms
# carry rounding further, and 0.9e-6 for the others; the rest is room for other processors.
TOLERANCES = {"unet-lite0": 1e-5, "unet-resnet18": 1e-5}
TOLERANCE = 2e-6


def uniform(shape, low, high):
    return low + (high - low) * torch.rand(shape)


def fill(net, size, channels, span):
    """Random parameters, and running statistics near those of random pictures, so that planes stay of order 1."""
    for name, module in net.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = prod(module.weight.shape[1:])
            module.weight.data = torch.randn(module.weight.shape) * (2 / fan_in) ** 0.5
            if module.bias is not None:
                module.bias.data = 0.2 * torch.randn(module.bias.shape)
        elif isinstance(module, nn.PReLU):
            module.weight.data = uniform(module.weight.shape, -0.1, 0.5)
        elif isinstance(module, nn.BatchNorm2d):
            # A few of the other sign; before a ReLU6 so large that some values reach its 6.
            sign = torch.where(torch.rand(module.weight.shape) < 0.15, -1.0, 1.0)
            gain = 2.5 if name.endswith(("_bn0", "_bn1")) else 1.0
            module.weight.data = gain * sign * uniform(module.weight.shape, 0.6, 1.4)
            module.bias.data = 0.5 * torch.randn(module.bias.shape)
            module.momentum = None
    net.train()(uniform((4, channels, *size), *span))
    for norm in (module for module in net.modules() if isinstance(module, nn.BatchNorm2d)):
        spread = norm.running_var.sqrt()
        norm.running_mean += 0.3 * spread * torch.randn(spread.shape)
        norm.running_var *= uniform(spread.shape, 0.5, 1.5)


def by_onnx_runtime(net, picture):
    file = io.BytesIO()
    # The exporter through TorchScript: it needs no further package.
    torch.onnx.export(net, (picture,), file, input_names=["input"], dynamo=False)
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    return session.run(None, {"input": picture.numpy()})[0]


def toml(value):
    return str(value) if isinstance(value, (int, list)) else f'"{value}"'


def describe(name, configuration, outputs, apart):
    libraries = ["torch", "torchvision", "efficientnet-lite-pytorch"]
    truth = ", ".join(f"{library} {version(library)}" for library in libraries) + ", in double precision"
    lines = [
        f'what = "{name} with random weights on a random picture"',
        f'truth = "{truth}"',
        f'command = "python make.py, seed {SEED}"',
        'test = "shared/tests/golden_networks.rs"',
        "",
        "[architecture]",
        f'name = "{name}"',
        *(f"{key} = {toml(value)}" for key, value in configuration.items()),
    ]
    why = {
        "output": f"our single precision against double; PyTorch's own single precision is {apart:.1e} apart",
        "output_onnx": f"single precision on both sides; ONNX Runtime {version('onnxruntime')}",
    }
    value = f"value = {TOLERANCES.get(name, TOLERANCE):.0e}"
    for output in outputs:
        lines += ["", "[[tolerance]]", 'file = "case.safetensors"', f'tensor = "{output}"', value]
        lines += ['unit = "of the largest output"', f'why = "{why[output]}"']
    return "\n".join(lines) + "\n"


def make(folder, name, configuration, size, span):
    torch.manual_seed(SEED)
    net = NETWORKS[name](**configuration)
    channels = next(net.parameters()).shape[1]
    fill(net, size, channels, span)
    net.eval()
    picture = uniform((1, channels, *size), *span).half().float()
    single = net(picture).numpy()
    case = {"input": picture.half().numpy()}
    weights = {key: tensor.numpy().copy() for key, tensor in figure_state(net).items()}
    outputs = {"output": net.double()(picture.double()).float().numpy()}
    if name == "edsr":
        outputs["output_onnx"] = by_onnx_runtime(net.float(), picture)
    case |= outputs
    exact = outputs["output"]
    apart = abs(single - exact).max() / abs(exact).max()
    folder.mkdir(exist_ok=True)
    save_file({key: np.ascontiguousarray(value) for key, value in weights.items()}, folder / "weights.safetensors")
    save_file({key: np.ascontiguousarray(value) for key, value in case.items()}, folder / "case.safetensors")
    (folder / "case.toml").write_text(describe(name, configuration, outputs, apart))
    print(f"{folder.name}: {exact.shape}, largest {abs(exact).max():.3g}, single precision {apart:.1e} of it apart")


def count_parameters():
    lines = [f"# Parameters of the networks at full size, counted by torch {version('torch')} (make.py)."]
    for name, (network, configuration) in FULL_SIZE.items():
        count = sum(parameter.numel() for parameter in NETWORKS[network](**configuration).parameters())
        lines.append(f"{name} = {count}")
    (HERE / "counts.toml").write_text("\n".join(lines) + "\n")


@torch.no_grad()
def main():
    for folder, case in CASES.items():
        make(HERE / folder, *case)
    count_parameters()


main()
