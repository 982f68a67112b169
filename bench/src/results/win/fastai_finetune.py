"""fastai: `fine_tune` with its defaults and test-time augmentation, for as many epochs as the measured speed allows."""

import time

import pandas as pd
import torch
from fastai.vision.all import (
    Callback,
    CancelFitException,
    F1Score,
    ImageDataLoaders,
    Normalize,
    Resize,
    aug_transforms,
    set_seed,
    vision_learner,
)
from peer_data import classes, finish, folds, left, network, settings, test, train

SIZE = 128
BATCH = 32
MOST_EPOCHS = 40
RESERVE = 0.15
# `TTA` predicts four augmented copies and the image.
VIEWS = 5

torch.set_num_threads(settings["threads"])
set_seed(settings["seed"], reproducible=True)

held_out = set(folds()[0][1].tolist())
table = pd.DataFrame(train)
table["held_out"] = [i in held_out for i in range(len(table))]
loaders = ImageDataLoaders.from_df(
    table,
    path="/",
    fn_col="image",
    label_col="label",
    valid_col="held_out",
    item_tfms=Resize(2 * SIZE),
    batch_tfms=[*aug_transforms(size=SIZE), Normalize.from_stats(settings["mean"], settings["std"])],
    bs=BATCH,
    num_workers=settings["threads"],
    device=torch.device("cpu"),
)


class Deadline(Callback):
    """Ends training when only prediction still fits."""

    def __init__(self, reserve):
        self.reserve = reserve

    def after_batch(self):
        if left() < self.reserve:
            raise CancelFitException()


learner = vision_learner(loaders, settings["model"], pretrained=False, metrics=F1Score(average="macro"))
# fastai's own body of a timm model, with the shared weights.
body = {name: value for name, value in network(0).state_dict().items()}
missing, unexpected = learner.model[0].model.load_state_dict(body, strict=False)
assert not missing and not unexpected, (missing, unexpected)

marks = []
for i, (x, y) in enumerate(loaders.train):
    learner.loss_func(learner.model(x), y).backward()
    learner.model.zero_grad()
    marks.append(time.perf_counter())
    if i == 4:
        break
per_step = (marks[-1] - marks[0]) / max(1, len(marks) - 1)
predicting = per_step * VIEWS * len(test) / BATCH / 2
per_epoch = per_step * (len(loaders.train) + len(loaders.valid) / 2)
# The epoch of the frozen body comes on top.
epochs = max(1, min(MOST_EPOCHS, int((left() * (1 - RESERVE) - predicting) / per_epoch) - 1))
with learner.no_bar(), learner.no_logging():
    learner.fine_tune(epochs, cbs=Deadline(predicting))
    scores = learner.validate()
    test_loader = loaders.test_dl(pd.DataFrame(test), num_workers=settings["threads"])
    probabilities, _ = learner.tta(dl=test_loader)
order = [classes.index(name) for name in loaders.vocab]
finish([order[k] for k in probabilities.argmax(1).tolist()], epochs=epochs, heldOut=scores[1])
