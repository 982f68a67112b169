"""Fine-tuning with timm and PyTorch as a careful user writes it.

A stratified hold-out by group; AdamW with one cycle, RandAugment, an average of the weights; the best epoch by macro F1.
As many epochs as the measured speed allows.
"""

import copy
import time

import torch
from peer_data import classes, finish, folds, left, network, opened, settings, targets, test, train
from sklearn.metrics import f1_score
from timm.utils import ModelEmaV3
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T

SIZE = 128
BATCH = 32
LEARNING_RATE = 1e-3
MOST_EPOCHS = 40
# Of the time, for what the measurement does not see.
RESERVE = 0.1

torch.manual_seed(settings["seed"])
torch.set_num_threads(settings["threads"])

ending = [T.ToTensor(), T.Normalize(settings["mean"], settings["std"])]
augment = T.Compose([T.RandomResizedCrop(SIZE, (0.6, 1), (0.8, 1.25)), T.RandAugment(2, 7, fill=[128] * 3), *ending])
whole = T.Compose([T.Resize((SIZE, SIZE)), *ending])


class Images(Dataset):
    def __init__(self, images, labels, transform):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.transform(self.images[i]), self.labels[i]


def loader(images, labels, transform, training):
    data = Images(images, labels, transform)
    workers = settings["threads"] if training else 0
    # The last batch may be too small for batch norm.
    drop_last = training and len(data) >= BATCH
    return DataLoader(data, BATCH, training, num_workers=workers, persistent_workers=training, drop_last=drop_last)


def predict(net, batches):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(x.to(memory_format=torch.channels_last)).argmax(1) for x, _ in batches])


def small(row):
    image = opened(row["image"])
    # Kept in memory, no larger than a crop needs.
    image.thumbnail((2 * SIZE, 2 * SIZE))
    return image


images = [small(row) for row in train]
training, held_out = folds()[0]
train_batches = loader([images[i] for i in training], [targets[i] for i in training], augment, True)
valid_batches = loader([images[i] for i in held_out], [targets[i] for i in held_out], whole, False)
truth = [targets[i] for i in held_out]

net = network(len(classes), drop_rate=0.2, drop_path_rate=0.1).to(memory_format=torch.channels_last)
loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)


def step(net, optimizer, x, y):
    net.train()
    optimizer.zero_grad()
    loss_of(net(x.to(memory_format=torch.channels_last)), y).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()


# The first steps of a copy show how long an epoch takes.
trial = copy.deepcopy(net)
trial_optimizer = torch.optim.AdamW(trial.parameters(), lr=1e-6)
marks = []
for i, (x, y) in enumerate(train_batches):
    step(trial, trial_optimizer, x, y)
    marks.append(time.perf_counter())
    if i == 4:
        break
per_step = (marks[-1] - marks[0]) / (len(marks) - 1) if len(marks) > 1 else left() / 10
del trial, trial_optimizer
# Prediction takes about a third of a step per batch.
validating = per_step * len(valid_batches) / 3
predicting = per_step * len(test) / BATCH / 3
per_epoch = per_step * len(train_batches) + validating
epochs = max(1, min(MOST_EPOCHS, int((left() * (1 - RESERVE) - predicting) / per_epoch)))

decay = [p for p in net.parameters() if p.ndim > 1]
still = [p for p in net.parameters() if p.ndim <= 1]
optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": still, "weight_decay": 0}], lr=LEARNING_RATE)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=epochs * len(train_batches))
average = ModelEmaV3(net, decay=0.99, use_warmup=True)
best, best_score, scores = None, -1, []
for epoch in range(epochs):
    for x, y in train_batches:
        step(net, optimizer, x, y)
        schedule.step()
        average.update(net)
        if left() < validating + predicting:
            break
    predicted = predict(average.module, valid_batches)
    scores.append(f1_score(truth, predicted, average="macro"))
    if scores[-1] > best_score:
        best, best_score = copy.deepcopy(average.module.state_dict()), scores[-1]
    if left() < validating + predicting:
        break

average.module.load_state_dict(best)
test_batches = loader([small(row) for row in test], [0] * len(test), whole, False)
finish(predict(average.module, test_batches).tolist(), epochs=epochs, heldOut=scores)
