"""The networks in PyTorch's own terms, read from the figures of their papers.

The encoders are others' code: torchvision's ResNet, cut by its feature extractor, and the blocks of
efficientnet_lite_pytorch, whose weights the small colouriser starts from. Modules are named so that a state
dict has the names of our figures; `figure_state` does the rest.
"""

from collections import OrderedDict

import torch
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite_pytorch.utils import BlockDecoder, GlobalParams
from torch import nn
from torchvision.models import resnet18
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.models.resnet import BasicBlock

# https://github.com/tensorflow/tpu, models/official/efficientnet/lite: stages 1 to 5.
LITE0_STAGES = ["r1_k3_s11_e1", "r2_k3_s22_e6", "r2_k5_s22_e6", "r3_k3_s22_e6", "r3_k5_s11_e6"]
# The last block of stages 1, 2, 3 and 5.
LITE0_TAPS = [0, 2, 4, 10]


def double_size():
    return nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class DecoderStep(nn.Module):
    """Enlarge, concatenate with the encoder's plane if there is one, two 3x3 convolutions."""

    def __init__(self, below, beside, out):
        super().__init__()
        self.up = double_size()
        self.conv1 = nn.Conv2d(below + beside, out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, x, skip=None):
        x = self.up(x)
        x = x if skip is None else torch.cat([x, skip], dim=1)
        x = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(x)))


class UnetResnet18(nn.Module):
    """Kalvankar et al. 2021, section 3.4, with the plain decoder; steps are counted from layer4 up."""

    def __init__(self, through, channels):
        super().__init__()
        depth = {"layer3": 3, "layer4": 4}[through]
        self.taps = ["relu", *(f"layer{i}" for i in range(1, depth + 1))]
        widths = [channels, *(channels << i for i in range(depth))]
        out = [channels // 2, channels, channels, 2 * channels, 4 * channels]
        self.encoder = create_feature_extractor(self.resnet(channels), self.taps)
        self.decoder = nn.ModuleDict()
        x = widths[-1]
        for level in range(depth, -1, -1):
            beside = widths[level - 1] if level > 0 else 0
            self.decoder[str(4 - level)] = DecoderStep(x, beside, out[level])
            x = out[level]
        self.head = nn.Conv2d(x, 2, 1)

    @staticmethod
    def resnet(channels):
        net = resnet18()
        net.conv1 = nn.Conv2d(1, channels, kernel_size=7, stride=2, padding=3, bias=False)
        net.bn1 = nn.BatchNorm2d(channels)
        net.inplanes = channels
        for i, stride in enumerate([1, 2, 2, 2]):
            setattr(net, f"layer{i + 1}", net._make_layer(BasicBlock, channels << i, 2, stride=stride))
        return net

    def forward(self, lightness):
        *skips, x = self.encoder(lightness).values()
        for step in self.decoder.values():
            x = step(x, skips.pop()) if skips else step(x)
        return self.head(x)


class Lite0Encoder(EfficientNet):
    """EfficientNet-Lite0 without stages 6 and 7, of any widths, on one channel."""

    def __init__(self, widths):
        pairs = zip(LITE0_STAGES, widths, widths[1:])
        blocks = BlockDecoder.decode([f"{stage}_i{i}_o{o}" for stage, i, o in pairs])
        super().__init__(blocks, self.lite0())
        self._conv_stem = type(self._conv_stem)(1, widths[0], kernel_size=3, stride=2, bias=False)
        self._bn0 = nn.BatchNorm2d(widths[0], eps=self._bn0.eps)
        del self._conv_head, self._bn1, self._avg_pooling, self._dropout, self._fc

    @staticmethod
    def lite0():
        """The package's settings of Lite0, without its rounding of widths and its fixed stem."""
        settings = EfficientNet.from_name("efficientnet-lite0")._global_params
        assert isinstance(settings, GlobalParams)
        return settings._replace(width_coefficient=None, fix_head_stem=False, image_size=None)

    def forward(self, x):
        x = self._swish(self._bn0(self._conv_stem(x)))
        planes = []
        for block in self._blocks:
            x = block(x)
            planes.append(x)
        return [planes[tap] for tap in LITE0_TAPS]


class UnetLite0(nn.Module):
    """A U-net on it; the head stays at half the size."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder = Lite0Encoder(encoder)
        _, half, quarter, eighth, _, x = encoder
        self.decoder = nn.ModuleList()
        for beside, out in zip([eighth, quarter, half], decoder):
            self.decoder.append(DecoderStep(x, beside, out))
            x = out
        self.head = nn.Conv2d(x, 2, 1)

    def forward(self, lightness):
        *skips, x = self.encoder(lightness)
        for step in self.decoder:
            x = step(x, skips.pop())
        return self.head(x)


class Edsr(nn.Module):
    """Lim et al. 2017, figures 2c and 3, with the two departures that edsr.rs names."""

    def __init__(self, blocks, channels, last_channels):
        super().__init__()
        n = channels
        self.head = nn.Conv2d(3, n, 3, padding=1)
        self.blocks = nn.Sequential(*(self.block(n) for _ in range(blocks)))
        self.joint = nn.Conv2d(n, n, 3, padding=1)
        self.upsample = nn.ModuleList(
            [nn.Conv2d(n, 4 * n, 3, padding=1), nn.Conv2d(n, 4 * last_channels, 3, padding=1)]
        )
        self.shuffle = nn.PixelShuffle(2)
        self.last = nn.Conv2d(last_channels, 3, 3, padding=1)
        self.smooth = nn.Sequential(double_size(), double_size())

    @staticmethod
    def block(n):
        parts = {"conv1": nn.Conv2d(n, n, 3, padding=1), "relu": nn.ReLU(), "conv2": nn.Conv2d(n, n, 3, padding=1)}
        return Residual(OrderedDict(parts))

    def forward(self, picture):
        x = self.head(picture)
        x = self.joint(self.blocks(x)) + x
        x = torch.relu(self.shuffle(self.upsample[0](x)))
        x = self.last(self.shuffle(self.upsample[1](x)))
        return x + self.smooth(picture)


class SrResNet(nn.Module):
    """Ledig et al. 2017, figure 4, the generator."""

    def __init__(self, blocks, channels):
        super().__init__()
        n = channels
        self.head = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, n, 9, padding=4), prelu=nn.PReLU(n)))
        self.blocks = nn.Sequential(*(self.block(n) for _ in range(blocks)))
        self.joint = nn.Sequential(OrderedDict(conv=nn.Conv2d(n, n, 3, padding=1), bn=nn.BatchNorm2d(n)))
        self.upsample = nn.Sequential(*(self.sub_pixel(n) for _ in range(2)))
        self.last = nn.Conv2d(n, 3, 9, padding=4)

    @staticmethod
    def block(n):
        return Residual(
            OrderedDict(
                conv1=nn.Conv2d(n, n, 3, padding=1),
                bn1=nn.BatchNorm2d(n),
                prelu=nn.PReLU(n),
                conv2=nn.Conv2d(n, n, 3, padding=1),
                bn2=nn.BatchNorm2d(n),
            )
        )

    @staticmethod
    def sub_pixel(n):
        conv = nn.Conv2d(n, 4 * n, 3, padding=1)
        return nn.Sequential(OrderedDict(conv=conv, shuffle=nn.PixelShuffle(2), prelu=nn.PReLU(n)))

    def forward(self, picture):
        x = self.head(picture)
        return self.last(self.upsample(x + self.joint(self.blocks(x))))


def critic_layer(conv, norm=True):
    parts = {"conv": conv, "bn": nn.BatchNorm2d(conv.out_channels), "leaky": nn.LeakyReLU(0.2)}
    return nn.Sequential(OrderedDict((name, part) for name, part in parts.items() if norm or name != "bn"))


class PatchCritic(nn.Sequential):
    """Isola et al. 2017, appendix 6.1.2: C64-C128-C256-C512 and one more, 4x4, padded by 1."""

    def __init__(self, channels):
        n = channels
        layers = [critic_layer(nn.Conv2d(3, n, 4, 2, 1), norm=False)]
        for before, after, stride in [(n, 2 * n, 2), (2 * n, 4 * n, 2), (4 * n, 8 * n, 1)]:
            layers.append(critic_layer(nn.Conv2d(before, after, 4, stride, 1, bias=False)))
        layers.append(nn.Sequential(OrderedDict(conv=nn.Conv2d(8 * n, 1, 4, 1, 1))))
        super().__init__(*layers)


class SrganCritic(nn.Module):
    """Ledig et al. 2017, figure 4, the discriminator, made for 96 by 96 pixels; without its sigmoid.

    What is wider is judged at every 6 by 6 pixels of the last plane, each flattened for the dense layer.
    """

    def __init__(self, channels, dense):
        super().__init__()
        widths = [channels * times for times in (1, 1, 2, 2, 4, 4, 8, 8)]
        layers, before = [], 3
        for i, after in enumerate(widths):
            layers.append(critic_layer(nn.Conv2d(before, after, 3, 1 + i % 2, 1), norm=i > 0))
            before = after
        self.features = nn.Sequential(*layers)
        self.dense = nn.Linear(6 * 6 * before, dense)
        self.logit = nn.Linear(dense, 1)

    def forward(self, picture):
        x = self.features(picture)
        places = x.unfold(2, 6, 1).unfold(3, 6, 1).permute(0, 2, 3, 1, 4, 5).flatten(3)
        x = nn.functional.leaky_relu(self.dense(places), 0.2)
        return self.logit(x).permute(0, 3, 1, 2)


NETWORKS = {
    "unet-lite0": UnetLite0,
    "unet-resnet18": UnetResnet18,
    "edsr": Edsr,
    "srresnet": SrResNet,
    "patch-critic": PatchCritic,
    "srgan-critic": SrganCritic,
}


def figure_state(net):
    """Its state dict as our figures have it: no counters, and dense layers as convolutions."""
    state = {}
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        if tensor.dim() == 2:
            side = 6 if name == "dense.weight" else 1
            tensor = tensor.unflatten(1, (-1, side, side))
        state[name] = tensor
    return state
