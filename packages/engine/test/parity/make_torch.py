"""Writes torch.json: what PyTorch computes for the kernels' cases, values and gradients.

Run by hand with a Python that has torch, when a case is added:
    python make_torch.py > torch.json
Tensors are given here in PyTorch's layout (images [B,C,H,W], filters [K,C/groups,kh,kw]) and in row-major order; the
gradients are those of sum(output * weights), with the weights listed beside it.
"""

import json
import sys

import torch
import torch.nn.functional as F

generator = torch.Generator().manual_seed(0)


def values(*shape, low=-1.0, high=1.0):
    raw = torch.rand(*shape, generator=generator, dtype=torch.float64) * (high - low) + low
    return (raw * 1000).round() / 1000


def dump(tensor):
    return {"shape": list(tensor.shape), "values": [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]}


cases = []


def case(kernel, options, inputs, f, extra=None):
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in inputs.items()}
    output = f(**leaves)
    weights = values(*output.shape)
    (output * weights).sum().backward()
    cases.append(
        {
            "kernel": kernel,
            "options": options,
            "inputs": {name: dump(tensor) for name, tensor in inputs.items()},
            "output": dump(output),
            "weights": dump(weights),
            "gradients": {name: dump(tensor.grad) for name, tensor in leaves.items()},
            **({"extra": {name: dump(tensor) for name, tensor in extra().items()}} if extra else {}),
        }
    )


def conv(channels, filters, kernel, stride=1, padding=0, dilation=1, groups=1, size=(7, 6)):
    case(
        "conv2d",
        {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups},
        {"x": values(2, channels, *size), "weight": values(filters, channels // groups, *kernel)},
        lambda x, weight: F.conv2d(x, weight, None, stride, padding, dilation, groups),
    )


conv(3, 4, (3, 3), padding=1)
conv(3, 4, (3, 3), stride=2, padding=1)
conv(3, 2, (7, 7), stride=2, padding=3)
conv(3, 4, (1, 1))
conv(3, 4, (1, 1), stride=2)
conv(2, 3, (3, 3), padding=2, dilation=2)
conv(2, 3, (5, 3), stride=[1, 2], padding=[2, 1])
conv(4, 6, (3, 3), stride=2, padding=1, groups=2)
conv(4, 4, (3, 3), padding=1, groups=4)
conv(4, 8, (3, 3), stride=2, padding=1, groups=4)

for name, f in {
    "relu": F.relu,
    "relu6": F.relu6,
    "silu": F.silu,
    "hardSwish": F.hardswish,
    "hardSigmoid": F.hardsigmoid,
    "gelu": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
}.items():
    edges = torch.tensor([-8.0, -6.0, -3.0, 0.0, 3.0, 6.0, 8.0, 20.0, -20.0, -100.0, 100.0], dtype=torch.float64)
    case("activate", {"activation": name}, {"x": torch.cat([edges, values(37, low=-7, high=7)])}, lambda x, f=f: f(x))

for training in (True, False):
    mean, variance = values(3), values(3, low=0.5, high=2)
    running = {"mean": mean.clone(), "variance": variance.clone()}
    case(
        "batchNorm",
        {"training": training, "momentum": 0.1, "epsilon": 1e-5, "mean": dump(mean), "variance": dump(variance)},
        {"x": values(2, 3, 4, 5, low=-2, high=3), "scale": values(3, low=0.5, high=1.5), "offset": values(3)},
        lambda x, scale, offset: F.batch_norm(
            x, running["mean"], running["variance"], scale, offset, training, momentum=0.1, eps=1e-5
        ),
        extra=lambda: running,
    )

case(
    "layerNorm",
    {"epsilon": 1e-6},
    {"x": values(3, 4, 19), "scale": values(19, low=0.5, high=1.5), "offset": values(19)},
    lambda x, scale, offset: F.layer_norm(x, (19,), scale, offset, eps=1e-6),
)

for options in (
    {"kernelSize": 3, "stride": 2, "padding": 1},
    {"kernelSize": 2},
    {"kernelSize": 3, "stride": 2, "ceilMode": True},
    {"kernelSize": 3, "stride": 2, "padding": 1, "ceilMode": True},
    {"kernelSize": [2, 3], "stride": [1, 2], "padding": [1, 1]},
):
    arguments = (options["kernelSize"], options.get("stride"), options.get("padding", 0))
    ceil = options.get("ceilMode", False)
    case("maxPool2d", options, {"x": values(2, 3, 7, 6)}, lambda x: F.max_pool2d(x, *arguments, ceil_mode=ceil))
    for count in (True, False):
        case(
            "averagePool2d",
            {**options, "countIncludePad": count},
            {"x": values(2, 3, 7, 6)},
            lambda x: F.avg_pool2d(x, *arguments, ceil_mode=ceil, count_include_pad=count),
        )

case(
    "softmaxCrossEntropy",
    {},
    {"logits": values(4, 6, low=-5, high=5), "targets": values(4, 6, low=0, high=0.5)},
    lambda logits, targets: F.cross_entropy(logits, targets, reduction="none"),
)

json.dump({"torch": torch.__version__.split("+")[0], "cases": cases}, sys.stdout, indent=None, separators=(",", ":"))
sys.stdout.write("\n")
