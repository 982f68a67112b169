"""Writes fixtures/losses.json: losses and their gradients by PyTorch, and by NumPy in float64 where PyTorch has none."""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(0)
B, K = 8, 5
logits = torch.randn(B, K) * 2
labels = torch.tensor([0, 1, 2, 3, 0, 1, 0, 2])  # class 4 does not occur
soft = torch.softmax(torch.randn(B, K) * 2, 1)
multi = (torch.rand(B, K) > 0.6).float()
teacher = torch.randn(B, K) * 3
sample = torch.tensor([1.0, 0.5, 2.0, 0.0, 1.5, 0.25, 0.0, 3.0])
weight = torch.tensor([0.5, 1.0, 2.0, 1.5, 3.0])
hot = F.one_hot(labels, K).float()


def values(t):
    return [float(f'{v:.9g}') for v in t.detach().flatten().tolist()]


def case(options, targets, f, weighted=False):
    z = logits.clone().double().requires_grad_()
    loss = f(z)
    loss.backward()
    return {'options': options, 'targets': targets, 'weighted': weighted, 'loss': loss.item(), 'gradient': values(z.grad)}


def mean(rows, weighted):
    s = sample.double()
    return (rows * s).sum() / s.sum() if weighted else rows.mean()


def focal(z, gamma, t, w=None):
    p = torch.softmax(z, 1)
    rows = t * (1 - p) ** gamma * -torch.log(p)
    return (rows if w is None else rows * w).sum(1)


def macro_f1(z, t, s=None):
    p = torch.softmax(z, 1)
    s = torch.ones(B).double() if s is None else s.double()
    s = s[:, None]
    tp, fp, fn = (s * p * t).sum(0), (s * p * (1 - t)).sum(0), (s * (1 - p) * t).sum(0)
    there = (s * t).sum(0) > 0
    return (1 - 2 * tp / (2 * tp + fp + fn + 1e-7))[there].mean()


def taylor(z, t, terms):
    p = torch.softmax(z, 1)
    return sum((t * (1 - p) ** k / k).sum(1) for k in range(1, terms + 1))


def symmetric(z, t, alpha=0.1, beta=1.0):
    p = torch.softmax(z, 1)
    forward = -(t * torch.log_softmax(z, 1)).sum(1)
    reverse = -(p.clamp(1e-7, 1) * t.clamp(1e-4, 1).log()).sum(1)
    return alpha * forward + beta * reverse


def distill(z, t, temperature):
    return F.kl_div(torch.log_softmax(z / temperature, 1), torch.softmax(t / temperature, 1), reduction='batchmean') * (
        temperature**2
    )


# Bi-tempered, after the paper; normalization by the authors' iteration.
def log_t(x, t):
    return np.log(x) if t == 1 else (x ** (1 - t) - 1) / (1 - t)


def exp_t(x, t):
    return np.exp(x) if t == 1 else np.maximum(0, 1 + (1 - t) * x) ** (1 / (1 - t))


def tempered_softmax(a, t, rounds):
    if t == 1:
        e = np.exp(a - a.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    mu = a.max(1, keepdims=True)
    a0 = a - mu
    now = a0
    for _ in range(rounds):
        now = a0 * exp_t(now, t).sum(1, keepdims=True) ** (1 - t)
    z = exp_t(now, t).sum(1, keepdims=True)
    return exp_t(a + log_t(1 / z, t) - mu, t)


def bi_tempered(a, y, t1, t2, smoothing, rounds):
    if smoothing:
        y = y * (1 - K / (K - 1) * smoothing) + smoothing / (K - 1)
    p = tempered_softmax(a, t2, rounds)
    rows = y * (log_t(y + 1e-10, t1) - log_t(p, t1)) - (y ** (2 - t1) - p ** (2 - t1)) / (2 - t1)
    return rows.sum(1)


def bi_tempered_case(ours, y, t1, t2, smoothing=0.0, rounds=5):
    a, y = logits.double().numpy(), y.double().numpy()
    loss = bi_tempered(a, y, t1, t2, smoothing, rounds).mean()
    # The gradient that its authors derive is the exact one of the exact normalization: by differences, many rounds.
    gradient = np.zeros_like(a)
    for i in np.ndindex(*a.shape):
        d = np.zeros_like(a)
        d[i] = 1e-5
        gradient[i] = (bi_tempered(a + d, y, t1, t2, smoothing, 200).mean()
                       - bi_tempered(a - d, y, t1, t2, smoothing, 200).mean()) / 2e-5
    options = {'name': 'bi-tempered', 'temperature1': t1, 'temperature2': t2, **ours}
    return {'options': options, 'targets': 'labels' if y.max() == 1 else 'soft', 'weighted': False, 'loss': loss,
            'gradient': [float(f'{v:.9g}') for v in gradient.flatten()]}


d = {k: v.double() for k, v in {'soft': soft, 'multi': multi, 'hot': hot, 'weight': weight, 'teacher': teacher}.items()}
w = weight.tolist()
ce = 'cross-entropy'
bce = 'binary-cross-entropy'
cases = [
    case({'name': ce}, 'labels', lambda z: F.cross_entropy(z, labels)),
    case({'name': ce}, 'soft', lambda z: F.cross_entropy(z, d['soft'])),
    case({'name': ce, 'labelSmoothing': 0.1}, 'labels', lambda z: F.cross_entropy(z, labels, label_smoothing=0.1)),
    case({'name': ce, 'labelSmoothing': 0.2}, 'soft', lambda z: F.cross_entropy(z, d['soft'], label_smoothing=0.2)),
    case({'name': ce, 'classWeights': w}, 'labels', lambda z: F.cross_entropy(z, labels, d['weight'])),
    case({'name': ce, 'classWeights': w, 'labelSmoothing': 0.1}, 'labels',
         lambda z: F.cross_entropy(z, labels, d['weight'], label_smoothing=0.1)),
    case({'name': ce, 'classWeights': w, 'labelSmoothing': 0.1}, 'soft',
         lambda z: F.cross_entropy(z, d['soft'], d['weight'], label_smoothing=0.1)),
    case({'name': ce}, 'labels', lambda z: mean(F.cross_entropy(z, labels, reduction='none'), True), True),
    case({'name': ce, 'classWeights': w}, 'labels',
         lambda z: (F.cross_entropy(z, labels, d['weight'], reduction='none') * sample).sum()
         / (sample * weight[labels]).sum(), True),
    case({'name': 'focal'}, 'labels', lambda z: focal(z, 2, d['hot']).mean()),
    case({'name': 'focal', 'gamma': 0.5}, 'soft', lambda z: focal(z, 0.5, d['soft']).mean()),
    case({'name': 'focal', 'gamma': 1.5, 'classWeights': w}, 'labels',
         lambda z: mean(focal(z, 1.5, d['hot'], d['weight']), True), True),
    case({'name': bce}, 'multi', lambda z: F.binary_cross_entropy_with_logits(z, d['multi'])),
    case({'name': bce}, 'labels', lambda z: F.binary_cross_entropy_with_logits(z, d['hot'])),
    case({'name': bce, 'positiveWeights': w, 'labelSmoothing': 0.1}, 'multi',
         lambda z: F.binary_cross_entropy_with_logits(z, d['multi'] * 0.9 + 0.05, pos_weight=d['weight'])),
    case({'name': bce}, 'multi',
         lambda z: mean(F.binary_cross_entropy_with_logits(z, d['multi'], reduction='none').mean(1), True), True),
    case({'name': 'soft-macro-f1'}, 'labels', lambda z: macro_f1(z, d['hot'])),
    case({'name': 'soft-macro-f1'}, 'soft', lambda z: macro_f1(z, d['soft'], sample), True),
    case({'name': 'taylor-cross-entropy'}, 'labels', lambda z: taylor(z, d['hot'], 2).mean()),
    case({'name': 'taylor-cross-entropy', 'terms': 6}, 'soft', lambda z: mean(taylor(z, d['soft'], 6), True), True),
    case({'name': 'symmetric-cross-entropy'}, 'labels', lambda z: symmetric(z, d['hot']).mean()),
    case({'name': 'symmetric-cross-entropy', 'alpha': 6, 'beta': 0.1}, 'soft',
         lambda z: symmetric(z, d['soft'], 6, 0.1).mean()),
    case({'name': 'distillation', 'temperature': 4, 'teacher': 'logits'}, 'teacher',
         lambda z: distill(z, d['teacher'], 4)),
    case({'name': 'distillation'}, 'soft', lambda z: distill(z, d['soft'].log(), 2)),
    case({'name': 'mean-squared-error'}, 'labels', lambda z: F.mse_loss(torch.softmax(z, 1), d['hot'])),
    case({'name': 'mean-squared-error'}, 'soft', lambda z: F.mse_loss(torch.softmax(z, 1), d['soft'])),
    bi_tempered_case({'iterations': 50}, hot, 0.8, 1.2, rounds=50),
    bi_tempered_case({'iterations': 50}, soft, 0.5, 1.5, rounds=50),
    bi_tempered_case({'labelSmoothing': 0.1, 'iterations': 100}, hot, 0.2, 2.5, 0.1, 100),
    bi_tempered_case({}, hot, 0.7, 1.0),
    bi_tempered_case({}, hot, 1.0, 1.0),
]

# What the authors' defaults give: five rounds.
five = bi_tempered(logits.double().numpy(), hot.double().numpy(), 0.8, 1.2, 0.0, 5).mean()
document = {
    'versions': {'torch': torch.__version__.split('+')[0], 'numpy': np.__version__},
    'logits': values(logits),
    'labels': labels.tolist(),
    'soft': values(soft),
    'multi': values(multi),
    'teacher': values(teacher),
    'sampleWeights': sample.tolist(),
    'biTemperedFiveRounds': five,
    'cases': cases,
}
(pathlib.Path(__file__).parent / 'fixtures' / 'losses.json').write_text(json.dumps(document, separators=(',', ':')) + '\n')
