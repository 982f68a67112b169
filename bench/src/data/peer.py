"""A contestant of the data benchmark: torchvision or Albumentations behind a PyTorch DataLoader.

Waits for lines "turn" on stdin, loads every file once, and answers with a line of JSON. Batches are bytes, [B,C,H,W] or
[B,H,W,C]: making floats of them is left out on all sides.
"""

import json
import os
import sys
import time

contestant, recipe, folder, workers, batch = sys.argv[1:6]

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

torch.set_num_threads(1)
SIZE = 224
paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def torchvision_transform():
    from torchvision.transforms import v2 as transforms

    extra = {
        "crop": [],
        "jitter": [transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)],
        "randaugment": [transforms.RandAugment(num_ops=2, magnitude=9)],
    }[recipe]
    steps = transforms.Compose(
        [transforms.RandomResizedCrop(SIZE, antialias=True), transforms.RandomHorizontalFlip(), *extra, transforms.PILToTensor()]
    )
    return lambda path: steps(Image.open(path).convert("RGB"))


def albumentations_transform():
    import albumentations as A
    import cv2

    cv2.setNumThreads(0)
    extra = {
        "crop": [],
        "jitter": [A.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, p=1.0)],
    }[recipe]
    steps = A.Compose([A.RandomResizedCrop(size=(SIZE, SIZE)), A.HorizontalFlip(p=0.5), *extra])

    def load(path):
        image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
        return torch.from_numpy(steps(image=image)["image"])

    return load


class Files(Dataset):
    def __init__(self):
        self.transform = torchvision_transform() if contestant == "torchvision" else albumentations_transform()

    def __len__(self):
        return len(paths)

    def __getitem__(self, index):
        return self.transform(paths[index])


loader = DataLoader(
    Files(), batch_size=int(batch), shuffle=True, num_workers=int(workers), persistent_workers=int(workers) > 0
)
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    images = 0
    for pixels in loader:
        images += pixels.shape[0]
    seconds = time.perf_counter() - start
    print(json.dumps({"images": images, "seconds": seconds, "loaded": images}), flush=True)
