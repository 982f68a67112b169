"""A linear probe on frozen features, its strength and scaling searched by scikit-learn in stratified group folds."""

import time

import numpy as np
import torch
from peer_data import finish, folds, left, network, opened, settings, targets, test, train
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from torchvision import transforms as T

BATCH = 32
STRENGTHS = np.logspace(-4, 2, 7)
# Of the time, for the features; the rest is for the search.
SHARE = 0.5

torch.manual_seed(settings["seed"])
torch.set_num_threads(settings["threads"])
net = network(0).eval().to(memory_format=torch.channels_last)


def features(rows, size):
    transform = T.Compose(
        [T.Resize((size, size), T.InterpolationMode.BICUBIC), T.ToTensor(), T.Normalize(settings["mean"], settings["std"])]
    )
    found = []
    with torch.no_grad():
        for start in range(0, len(rows), BATCH):
            batch = torch.stack([transform(opened(row["image"])) for row in rows[start : start + BATCH]])
            found.append(net(batch.to(memory_format=torch.channels_last)))
    return torch.cat(found).numpy()


def largest_size():
    """The network's own image size, or the largest smaller one whose features fit the time."""
    batches = (len(train) + len(test)) / BATCH
    for size in [settings["imageSize"], 192, 160, 128]:
        features(train[:BATCH], size)
        start = time.perf_counter()
        features(train[:BATCH], size)
        if (time.perf_counter() - start) * batches < left() * SHARE:
            return size
    return 96


size = largest_size()
x, test_x = features(train, size), features(test, size)
probe = Pipeline([("scale", StandardScaler()), ("probe", LogisticRegression(max_iter=300))])
grid = {"probe__C": STRENGTHS, "scale": [StandardScaler(), Normalizer()]}
splits = folds()
# The slowest fit shows how many fit the time.
start = time.perf_counter()
probe.set_params(probe__C=STRENGTHS[-1]).fit(x[splits[0][0]], np.array(targets)[splits[0][0]])
per_fit = time.perf_counter() - start
fits = len(STRENGTHS) * 2
count = max(2, min(5, int(left() * 0.8 * settings["threads"] / per_fit / fits)))
search = GridSearchCV(probe, grid, scoring="f1_macro", cv=splits if count == 5 else folds(count), n_jobs=settings["threads"])
search.fit(x, targets)
chosen = {name: str(value) for name, value in search.best_params_.items()}
finish(search.predict(test_x).tolist(), size=size, folds=count, chosen=chosen, heldOut=float(search.best_score_))
