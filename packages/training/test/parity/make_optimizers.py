"""Writes fixtures/optimizers.json: eight steps of PyTorch's and timm's optimizers on given weights and gradients."""
import json
import pathlib

import timm.optim
import torch

torch.manual_seed(0)
STEPS = 8
# A convolution, a bias, a matrix. The matrix gets no gradient in the steps SKIPPED, but for LAMB: timm's counts steps by
# group, ours by parameter as PyTorch's optimizers do.
SKIPPED = (2, 5)
SHAPES = {'conv.weight': [4, 3, 2, 3], 'conv.bias': [4], 'head.weight': [3, 5]}


def rounded(t):
    return [float(f'{v:.8g}') for v in t.detach().flatten().tolist()]


start = {name: torch.randn(shape) for name, shape in SHAPES.items()}
gradients = [{n: torch.randn(s) * 3 for n, s in SHAPES.items()} for t in range(STEPS)]


def run(name, ours, make, clip=None):
    """`ours`: our settings. Two groups: weights with the given decay, the bias without and at half the rate."""
    params = {n: torch.nn.Parameter(v.clone()) for n, v in start.items()}
    lr = ours.get('learningRate', 0.01)
    optimizer = make(
        [
            {'params': [params['conv.weight'], params['head.weight']], 'lr': lr},
            {'params': [params['conv.bias']], 'weight_decay': 0.0, 'lr': lr / 2},
        ]
    )
    norms, after = [], []
    for t in range(STEPS):
        if t == 4:  # a schedule
            for group in optimizer.param_groups:
                group['lr'] *= 0.5
        for n, p in params.items():
            skip = n == 'head.weight' and t in SKIPPED and name != 'lamb'
            p.grad = None if skip else gradients[t][n].clone()
        if clip and 'norm' in clip:
            norms.append(float(torch.nn.utils.clip_grad_norm_(params.values(), clip['norm'])))
        if clip and 'value' in clip:
            torch.nn.utils.clip_grad_value_(params.values(), clip['value'])
        optimizer.step()
        if t in (0, 2, STEPS - 1):
            after.append({n: rounded(p) for n, p in params.items()})
    state = {
        f'{n}.{key}': rounded(value)
        for n, p in params.items()
        for key, value in optimizer.state[p].items()
        if torch.is_tensor(value) and value.shape == p.shape and p.ndim > 0
    }
    return {'name': name, 'settings': ours, 'clip': clip, 'norms': norms, 'after': after, 'state': state}


o = torch.optim
base = {'learningRate': 0.01}
cases = [
    run('sgd', base, lambda g: o.SGD(g, lr=0.01)),
    run('sgd', {**base, 'weightDecay': 0.1, 'momentum': 0.9},
        lambda g: o.SGD(g, lr=0.01, weight_decay=0.1, momentum=0.9)),
    run('sgd', {**base, 'momentum': 0.8, 'dampening': 0.3}, lambda g: o.SGD(g, lr=0.01, momentum=0.8, dampening=0.3)),
    run('sgd', {**base, 'weightDecay': 0.05, 'momentum': 0.9, 'nesterov': True},
        lambda g: o.SGD(g, lr=0.01, weight_decay=0.05, momentum=0.9, nesterov=True)),
    run('adam', base, lambda g: o.Adam(g, lr=0.01)),
    run('adam', {**base, 'weightDecay': 0.1, 'amsgrad': True, 'betas': [0.8, 0.95]},
        lambda g: o.Adam(g, lr=0.01, weight_decay=0.1, amsgrad=True, betas=(0.8, 0.95))),
    run('adamw', base, lambda g: o.AdamW(g, lr=0.01)),
    run('adamw', {**base, 'weightDecay': 0.3, 'epsilon': 1e-3},
        lambda g: o.AdamW(g, lr=0.01, weight_decay=0.3, eps=1e-3), {'norm': 4.0}),
    run('adamw', {**base, 'weightDecay': 0.3, 'epsilon': 0.1},
        lambda g: o.AdamW(g, lr=0.01, weight_decay=0.3, eps=0.1), {'value': 1.5}),
    run('nadam', {'learningRate': 0.02}, lambda g: o.NAdam(g, lr=0.02)),
    run('nadam', {'learningRate': 0.02, 'weightDecay': 0.1}, lambda g: o.NAdam(g, lr=0.02, weight_decay=0.1)),
    run('nadam', {'learningRate': 0.02, 'weightDecay': 0.1, 'decoupledWeightDecay': True, 'momentumDecay': 0.1},
        lambda g: o.NAdam(g, lr=0.02, weight_decay=0.1, decoupled_weight_decay=True, momentum_decay=0.1)),
    run('rmsprop', base, lambda g: o.RMSprop(g, lr=0.01)),
    run('rmsprop', {**base, 'weightDecay': 0.1, 'momentum': 0.9, 'alpha': 0.9},
        lambda g: o.RMSprop(g, lr=0.01, weight_decay=0.1, momentum=0.9, alpha=0.9)),
    run('rmsprop', {**base, 'centered': True, 'momentum': 0.5, 'epsilon': 1e-3},
        lambda g: o.RMSprop(g, lr=0.01, centered=True, momentum=0.5, eps=1e-3)),
    run('rmsprop', {**base, 'centered': True}, lambda g: o.RMSprop(g, lr=0.01, centered=True)),
    run('lion', base, lambda g: timm.optim.Lion(g, lr=0.01)),
    run('lion', {**base, 'weightDecay': 0.5, 'betas': [0.95, 0.98]},
        lambda g: timm.optim.Lion(g, lr=0.01, weight_decay=0.5, betas=(0.95, 0.98))),
    run('lamb', base, lambda g: timm.optim.Lamb(g, lr=0.01)),
    run('lamb', {**base, 'weightDecay': 0.2, 'maxGradientNorm': 'none', 'alwaysAdapt': True, 'trustClip': True},
        lambda g: timm.optim.Lamb(g, lr=0.01, weight_decay=0.2, max_grad_norm=None, always_adapt=True, trust_clip=True)),
    run('lamb', {**base, 'weightDecay': 0.2, 'decoupledWeightDecay': True, 'gradientAveraging': False,
                 'biasCorrection': False},
        lambda g: timm.optim.Lamb(g, lr=0.01, weight_decay=0.2, decoupled_decay=True, grad_averaging=False,
                                  bias_correction=False), {'norm': 20.0}),
]

document = {
    'versions': {'torch': torch.__version__.split('+')[0], 'timm': timm.__version__},
    'shapes': SHAPES,
    'start': {n: rounded(v) for n, v in start.items()},
    'gradients': [{n: rounded(v) for n, v in g.items()} for g in gradients],
    'cases': cases,
}
(pathlib.Path(__file__).parent / 'fixtures' / 'optimizers.json').write_text(json.dumps(document, separators=(',', ':')) + '\n')
