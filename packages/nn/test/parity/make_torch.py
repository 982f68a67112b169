"""Writes torch.json beside itself: what PyTorch's and timm's layers compute, forward and backward."""
import json
import pathlib

import timm.layers as tl
import torch
from torch import nn

torch.manual_seed(0)


def values(t):
    return {'shape': list(t.shape), 'values': [float(f'{v:.7g}') for v in t.detach().flatten().tolist()]}


def case(layer, settings, module, *inputs):
    """Fills parameters, runs forward, and backward from a fixed weighting of the output."""
    for name, p in module.named_parameters():
        with torch.no_grad():
            p.copy_(torch.randn_like(p) * 0.5 + (1.0 if name.endswith('weight') and p.ndim == 1 else 0.0))
            if name == 'p':
                p.fill_(2.5)
    inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    y = module(*inputs)
    weights = torch.randn_like(y)
    (y * weights).sum().backward()
    return {
        'layer': layer,
        'settings': settings,
        'state': {k: values(v) for k, v in module.state_dict().items()},
        'inputs': [values(x) for x in inputs],
        'inputGradients': [values(x.grad) if x.grad is not None else None for x in inputs],
        'output': values(y),
        'weights': values(weights),
        'gradients': {k: values(p.grad) for k, p in module.named_parameters()},
    }


image = torch.randn(2, 6, 7, 5)
tokens = torch.randn(2, 5, 8)


class Bias(nn.Module):
    """timm's Swin bias by itself."""

    def __init__(self):
        super().__init__()
        from timm.models.swin_transformer import WindowAttention

        self.inner = WindowAttention(8, num_heads=2, window_size=(3, 2))
        self.relative_position_bias_table = self.inner.relative_position_bias_table
        del self.inner.qkv, self.inner.proj

    def forward(self, x):
        return self.inner._get_rel_pos_bias()[0] + 0 * x.sum()


def bias_case():
    module = Bias()
    result = case('relativePositionBias', {'window': [3, 2], 'heads': 2}, module, torch.zeros(1))
    table = 'relative_position_bias_table'
    result['state'] = {table: result['state'][table]}
    # The parameter is shared under two names; PyTorch lists the first.
    result['gradients'] = {table: values(module.relative_position_bias_table.grad)}
    result['inputs'], result['inputGradients'] = [], []
    return result


cases = [
    case('linear', {'in': 8, 'out': 3}, nn.Linear(8, 3), tokens),
    case('linear', {'in': 8, 'out': 3, 'bias': False}, nn.Linear(8, 3, bias=False), torch.randn(4, 8)),
    case('conv2d', {'in': 6, 'out': 8, 'kernel': 3, 'stride': 2, 'padding': 1, 'groups': 2},
         nn.Conv2d(6, 8, 3, 2, 1, groups=2), image),
    case('conv2d', {'in': 6, 'out': 12, 'kernel': 3, 'padding': 2, 'dilation': 2, 'groups': 6, 'bias': False},
         nn.Conv2d(6, 12, 3, 1, 2, dilation=2, groups=6, bias=False), image),
    case('conv2d', {'in': 6, 'out': 4, 'kernel': [1, 3], 'padding': [0, 1]}, nn.Conv2d(6, 4, (1, 3), 1, (0, 1)), image),
    case('layerNorm', {'features': 8, 'epsilon': 1e-6}, nn.LayerNorm(8, eps=1e-6), tokens),
    case('layerNorm2d', {'features': 6}, tl.LayerNorm2d(6, eps=1e-5), image),
    case('groupNorm', {'groups': 3, 'channels': 6}, nn.GroupNorm(3, 6), image),
    case('globalResponseNorm', {'channels': 6}, tl.grn.GlobalResponseNorm(6, channels_last=False), image),
    case('adaptiveAvgPool2d', {'size': 3}, nn.AdaptiveAvgPool2d(3), image),
    case('adaptiveAvgPool2d', {'size': 1}, nn.AdaptiveAvgPool2d(1), image),
    case('maxPool2d', {'kernelSize': 3, 'stride': 2, 'padding': 1}, nn.MaxPool2d(3, 2, 1), image),
    case('avgPool2d', {'kernelSize': 2, 'stride': 2, 'ceilMode': True, 'countIncludePad': False},
         nn.AvgPool2d(2, 2, 0, ceil_mode=True, count_include_pad=False), image),
    case('selectPool', {'kind': 'avgmax'}, tl.SelectAdaptivePool2d(pool_type='avgmax', flatten=True), image),
    case('selectPool', {'kind': 'catavgmax'}, tl.SelectAdaptivePool2d(pool_type='catavgmax', flatten=True), image),
    case('flatten', {}, nn.Flatten(), image),
    case('squeezeExcite', {'channels': 6, 'reduced': 2}, tl.SEModule(6, rd_channels=2), image),
    case('attention', {'features': 8, 'heads': 2, 'qkvBias': True}, tl.Attention(8, 2, qkv_bias=True)
         if hasattr(tl, 'Attention') else None, tokens),
    case('mlp', {'features': 8, 'hidden': 5}, tl.Mlp(8, 5), tokens),
    bias_case(),
]


class GeM(nn.Module):
    """Radenovic et al. 2018, as their code and the usual competition notebooks have it."""

    def __init__(self, p=3.0, eps=1e-6):
        super().__init__()
        self.p = nn.Parameter(torch.ones(1) * p)
        self.eps = eps

    def forward(self, x):
        return torch.nn.functional.avg_pool2d(x.clamp(min=self.eps).pow(self.p), (x.size(-2), x.size(-1))).pow(
            1.0 / self.p
        ).flatten(1)


cases.append(case('gem', {}, GeM(), image.abs() + 0.1))
cases.append(case('efficientChannelAttention', {'channels': 6}, tl.EcaModule(6), image))
cases.append(
    case('scaledStdConv2d', {'in': 6, 'out': 8, 'kernel': 3, 'stride': 2, 'padding': 1, 'groups': 2, 'factor': 1.7},
         tl.ScaledStdConv2d(6, 8, 3, 2, 1, groups=2, gamma=1.7, eps=1e-5), image)
)
document = {'versions': {'torch': torch.__version__}, 'cases': [c for c in cases if c]}
pathlib.Path(__file__).with_name('torch.json').write_text(json.dumps(document, separators=(',', ':')) + '\n')
