"""Writes fixtures/schedules.json: learning rates of PyTorch's schedules."""
import json
import pathlib

import torch
from torch.optim import lr_scheduler as s

LR = 0.1


def rates(ours, make, times=40):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    schedule = make(optimizer)
    result = []
    for _ in range(times):
        result.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        schedule.step()
    return {'options': {'learningRate': LR, **ours}, 'rates': result}


def warm(optimizer, after, epochs=5, start=0.01):
    linear = s.LinearLR(optimizer, start_factor=start, total_iters=epochs)
    return s.SequentialLR(optimizer, [linear, after(optimizer)], [epochs])


def plateau(ours, metrics, **theirs):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    schedule = s.ReduceLROnPlateau(optimizer, **theirs)
    result = []
    for metric in metrics:
        schedule.step(float('nan') if metric is None else metric)
        result.append(optimizer.param_groups[0]['lr'])
    return {'options': {'name': 'plateau', 'learningRate': LR, **ours}, 'metrics': metrics, 'rates': result}


metrics = [1.0, 0.9, 0.95, 0.91, None, 0.8, 0.8, 0.79995, 0.79, 0.85, 0.85, 0.85, 0.85, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
document = {
    'versions': {'torch': torch.__version__.split('+')[0]},
    'schedules': [
        rates({'name': 'constant'}, lambda o: s.ConstantLR(o, factor=1)),
        rates({'name': 'constant', 'warmup': 8, 'warmupStart': 1 / 3}, lambda o: s.LinearLR(o, 1 / 3, total_iters=8)),
        rates({'name': 'step', 'stepSize': 7, 'gamma': 0.3}, lambda o: s.StepLR(o, 7, 0.3)),
        rates({'name': 'step', 'stepSize': 7, 'gamma': 0.3, 'warmup': 5},
              lambda o: warm(o, lambda o: s.StepLR(o, 7, 0.3))),
        rates({'name': 'multi-step', 'milestones': [3, 10, 11, 30]}, lambda o: s.MultiStepLR(o, [3, 10, 11, 30])),
        rates({'name': 'exponential', 'gamma': 0.9}, lambda o: s.ExponentialLR(o, 0.9)),
        rates({'name': 'cosine', 'totalSteps': 39, 'minLearningRate': 0.001}, lambda o: s.CosineAnnealingLR(o, 39, 0.001)),
        rates({'name': 'cosine', 'totalSteps': 40, 'minLearningRate': 0.001, 'warmup': 5, 'warmupStart': 0.2},
              lambda o: warm(o, lambda o: s.CosineAnnealingLR(o, 35, 0.001), start=0.2)),
        rates({'name': 'warm-restarts', 'cycleSteps': 6, 'minLearningRate': 0.01},
              lambda o: s.CosineAnnealingWarmRestarts(o, 6, 1, 0.01)),
        rates({'name': 'warm-restarts', 'cycleSteps': 3, 'cycleFactor': 2},
              lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2)),
        rates({'name': 'polynomial', 'totalSteps': 30, 'power': 2}, lambda o: s.PolynomialLR(o, 30, 2)),
        rates({'name': 'polynomial', 'totalSteps': 25, 'power': 0.7, 'warmup': 5},
              lambda o: warm(o, lambda o: s.PolynomialLR(o, 20, 0.7))),
        rates({'name': 'one-cycle', 'totalSteps': 40}, lambda o: s.OneCycleLR(o, LR, 40), 39),
        rates({'name': 'one-cycle', 'totalSteps': 33, 'warmupFraction': 0.41, 'divFactor': 10, 'finalDivFactor': 100, 'annealing': 'linear'},
              lambda o: s.OneCycleLR(o, LR, 33, pct_start=0.41, div_factor=10, final_div_factor=100,
                                     anneal_strategy='linear'), 32),
        rates({'name': 'one-cycle', 'totalSteps': 40, 'threePhase': True},
              lambda o: s.OneCycleLR(o, LR, 40, three_phase=True), 39),
    ],
    'plateaus': [
        plateau({'patience': 2}, metrics, patience=2),
        plateau({'patience': 1, 'factor': 0.5, 'cooldown': 2, 'minLearningRate': 0.03}, metrics, patience=1, factor=0.5,
                cooldown=2, min_lr=0.03),
        plateau({'mode': 'max', 'patience': 1, 'threshold': 0.05, 'thresholdMode': 'absolute'}, metrics, mode='max',
                patience=1, threshold=0.05, threshold_mode='abs'),
        plateau({'mode': 'max', 'patience': 3, 'threshold': 0.01}, metrics, mode='max', patience=3, threshold=0.01),
    ],
}
(pathlib.Path(__file__).parent / 'fixtures' / 'schedules.json').write_text(
    json.dumps(document, separators=(',', ':')) + '\n'
)
