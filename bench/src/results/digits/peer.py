"""PyTorch's side of the digits comparison: the network of net.ts, with settings as one JSON argument."""

import glob
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.manual_seed(settings["seed"])


def read(part, kind):
    name = f"{part}*-{kind}[-.]idx*-ubyte"
    path = sorted(glob.glob(os.path.join(settings["data"], "**", name), recursive=True))[0]
    with open(path, "rb") as file:
        header = file.read(4)
        shape = [int.from_bytes(file.read(4), "big") for _ in range(header[3])]
        return torch.from_numpy(np.frombuffer(file.read(), np.uint8).reshape(shape).copy())


def pictures(part):
    pixels = read(part, "images").unsqueeze(1).float() / 255
    pixels = (pixels - settings["mean"]) / settings["std"]
    return pixels.contiguous(memory_format=torch.channels_last), read(part, "labels").long()


layers, channels = [], 1
for index, width in enumerate([32, 64, 128]):
    if index > 0:
        layers.append(nn.MaxPool2d(2))
    for _ in range(2):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        channels = width
layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(settings["dropout"]), nn.Linear(channels, 10)]
net = nn.Sequential(*layers).to(memory_format=torch.channels_last)

x, y = pictures("train")
test_x, test_y = pictures("t10k")
batch, epochs = settings["batchSize"], settings["epochs"]
steps = len(x) // batch
decay = [p for p in net.parameters() if p.ndim > 1]
still = [p for p in net.parameters() if p.ndim <= 1]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": settings["weightDecay"]}, {"params": still, "weight_decay": 0.0}],
    lr=settings["learningRate"],
)
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, settings["learningRate"], total_steps=epochs * steps, cycle_momentum=False
)
start, cpu = time.perf_counter(), time.process_time()
for epoch in range(epochs):
    net.train()
    order = torch.randperm(len(x))
    for step in range(steps):
        rows = order[step * batch : (step + 1) * batch]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        schedule.step()
net.eval()
with torch.no_grad():
    right = sum((net(test_x[i : i + 500]).argmax(1) == test_y[i : i + 500]).sum().item() for i in range(0, len(test_x), 500))
print(
    json.dumps(
        {
            "accuracy": right / len(test_x),
            "seconds": time.perf_counter() - start,
            "cpuSeconds": time.process_time() - cpu,
        }
    ),
    flush=True,
)
