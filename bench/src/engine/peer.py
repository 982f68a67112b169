"""PyTorch's contestants of the engine benchmark; same protocol as worker.ts."""

import json
import resource
import sys
import time

import torch
import torchvision

contestant, model, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(1)
name = {"mobilenetv2": "mobilenet_v2"}.get(model, model)
net = getattr(torchvision.models, name)(weights=None)
images = torch.randn(batch, 3, 224, 224)
targets = torch.tensor([(i * 61) % 1000 for i in range(batch)])
if contestant != "torch_default":
    net = net.to(memory_format=torch.channels_last)
    images = images.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)


def autocast():
    return torch.autocast("cpu", torch.bfloat16, enabled=contestant == "torch_bfloat16")


def train():
    net.train()
    optimizer.zero_grad()
    with autocast():
        loss = torch.nn.functional.cross_entropy(net(images), targets)
    loss.backward()
    optimizer.step()
    loss.item()


def infer():
    net.eval()
    with torch.no_grad(), autocast():
        net(images)


print(json.dumps({"ready": True, "threads": torch.get_num_threads(), "version": torch.__version__}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    (train if line.strip() == "train" else infer)()
    milliseconds = (time.perf_counter() - start) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"milliseconds": milliseconds, "peakRss": peak}), flush=True)
