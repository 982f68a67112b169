"""What all peers share: settings as one JSON argument, tables, images, weights, and the clock."""

import csv
import json
import sys
import time

settings = json.loads(sys.argv[1])


def left():
    """Seconds that are left. Starting Python and importing libraries are part of the time."""
    return settings["end"] - time.time()


def rows(name):
    with open(settings[name], newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


train = rows("train")
test = rows("test")
classes = sorted({row["label"] for row in train})
targets = [classes.index(row["label"]) for row in train]
# An image without a group is a group of its own.
groups = [row["group"] or f"image {i}" for i, row in enumerate(train)]


def folds(count=5):
    """Stratified folds that split no group: lists of training and held-out rows."""
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=settings["seed"])
    return list(splitter.split(targets, targets, groups))


def opened(path):
    """An RGB image; what is transparent becomes white."""
    from PIL import Image

    image = Image.open(path)
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def network(num_classes, **options):
    """The timm model with the shared weights, and a new classifier if `num_classes` is not 0."""
    import timm
    from safetensors.torch import load_file

    net = timm.create_model(settings["model"], num_classes=num_classes, **options)
    body = {name: value for name, value in load_file(settings["weights"]).items() if not name.startswith("classifier.")}
    missing, unexpected = net.load_state_dict(body, strict=False)
    assert not unexpected and all("classifier" in name or "num_batches" in name for name in missing), missing
    return net


def finish(predicted, **notes):
    """Writes the submission and prints what the run was like."""
    with open(settings["out"], "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label"])
        writer.writerows((row["id"], classes[k]) for row, k in zip(test, predicted, strict=True))
    print(json.dumps(notes), flush=True)
