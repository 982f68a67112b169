"""PyTorch's contestants of the training benchmark: timm behind a DataLoader; same protocol as worker.ts."""

import json
import os
import resource
import sys
import time

import torch
from PIL import Image
from timm import create_model
from timm.data import create_transform
from torch.utils.data import DataLoader, Dataset

settings = json.loads(sys.argv[1])
if settings["threads"] > 0:
    torch.set_num_threads(settings["threads"])
torch.manual_seed(1)
folder, batch, warm_up = settings["folder"], settings["batch"], settings["warmupSteps"]
paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
layout = torch.channels_last if settings["contestant"] == "torch_channels_last" else torch.contiguous_format


class Files(Dataset):
    def __init__(self):
        self.transform = create_transform(
            settings["size"], is_training=True, color_jitter=None, auto_augment=None, interpolation="bilinear", re_prob=0.0
        )

    def __len__(self):
        return len(paths)

    def __getitem__(self, index):
        with Image.open(paths[index]) as image:
            return self.transform(image.convert("RGB")), index % settings["classes"]


loader = DataLoader(
    Files(), batch_size=batch, shuffle=True, num_workers=settings["workers"], persistent_workers=True, drop_last=True
)
net = create_model(settings["model"], num_classes=settings["classes"]).to(memory_format=layout).train()
decay = [p for p in net.parameters() if p.ndim > 1]
still = [p for p in net.parameters() if p.ndim <= 1]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.05}, {"params": still, "weight_decay": 0.0}], lr=1e-3, fused=True
)


def batches():
    while True:
        yield from loader


source = batches()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    waited = 0.0
    for step in range(warm_up + settings["steps"]):
        if step == warm_up:
            start, waited = time.perf_counter(), 0.0
        before = time.perf_counter()
        images, targets = next(source)
        waited += time.perf_counter() - before
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=settings["precision"] == "bfloat16"):
            loss = torch.nn.functional.cross_entropy(net(images.to(memory_format=layout)), targets)
        loss.backward()
        optimizer.step()
        loss.item()
    seconds = time.perf_counter() - start
    answer = {
        "images": settings["steps"] * batch,
        "seconds": seconds,
        "loaded": (warm_up + settings["steps"]) * batch,
        "waitShare": waited / seconds,
        "peakRss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(answer), flush=True)
