"""make.py NAMES > published.ts: the checkpoints that timm and torchvision publish for the models named in the file NAMES.

NAMES has one line per model: its name in Podium, then torchvision's name if it has one. Needs timm 1.0.21 or newer, which
states the license of each checkpoint.
"""
import sys

import timm
import torchvision

STATISTICS = {
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)): 'imagenet',
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)): 'half',
    ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)): 'clip',
    ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)): 'zero',
}


# torchvision's comments name these publishers, whose repositories are under Apache 2.0.
PORTED = ('_rwightman-', '_lukemelas-', 'efficientnet_v2_l-')


def row(tag, size, crop, interpolation, statistics, classes, license, source=None):
    cells = [f"'{tag}'", str(size), f'{crop:.4g}', f"'{interpolation}'", f"'{statistics}'", str(classes), f"'{license}'"]
    if source:
        cells.append(f"'{source}'")
    return f"    [{', '.join(cells)}],"


def timm_rows(name):
    if name not in timm.list_models():
        return []
    rows = []
    for full in timm.list_pretrained(f'{name}.*') + timm.list_pretrained(name):
        cfg = timm.models.get_pretrained_cfg(full)
        # Those of other publishers, and files beside the usual one, are left out.
        if cfg is None or not (cfg.hf_hub_id or '').startswith('timm/') or cfg.hf_hub_filename:
            continue
        if cfg.input_size[1] != cfg.input_size[2]:
            continue
        statistics = STATISTICS.get((tuple(cfg.mean), tuple(cfg.std)))
        if statistics is None or cfg.num_classes is None:
            continue
        place = None if cfg.hf_hub_id == f'timm/{full}' else f'hf:{cfg.hf_hub_id}'
        default = timm.models.get_pretrained_cfg(name)
        rows.append((cfg.tag != default.tag, cfg.tag, row(cfg.tag, cfg.input_size[1], cfg.crop_pct, cfg.interpolation, statistics, cfg.num_classes, cfg.license or 'unknown', place)))
    return [text for _, _, text in sorted(set(rows))]


def torchvision_license(weights):
    """Its repository is under the 3-clause BSD license, apart from weights that come from elsewhere."""
    if 'SWAG' in weights.meta.get('license', ''):
        return 'cc-by-nc-4.0'
    return 'apache-2.0' if any(part in weights.url for part in PORTED) else 'bsd-3-clause'


def torchvision_rows(name):
    if not name:
        return []
    rows = []
    for weights in torchvision.models.get_model_weights(name):
        categories = weights.meta['categories']
        # Backbones without a classifier.
        if categories is None:
            continue
        transforms = weights.transforms()
        crop, resize = transforms.crop_size[0], transforms.resize_size[0]
        tag = 'torchvision_' + weights.name.lower().replace('imagenet1k_', '').replace('imagenet1k', 'v1')
        statistics = STATISTICS[(tuple(transforms.mean), tuple(transforms.std))]
        file = weights.url.split('/models/')[1]
        rows.append(row(tag, crop, crop / resize, transforms.interpolation.value, statistics, len(categories), torchvision_license(weights), file))
    return rows


print('''import type { Interpolation } from '@podium/core';
import type { WeightsLicense } from './pretrained-weights.ts';

/** `[tag, image size, crop fraction, interpolation, mean and std, classes, license, torchvision's file name]` */
export type PublishedRow = readonly [
  tag: string,
  size: number,
  crop: number,
  interpolation: Interpolation,
  statistics: 'imagenet' | 'half' | 'clip' | 'zero',
  classes: number,
  license: WeightsLicense,
  torchvision?: string,
];

/**
 * Checkpoints that timm (on the Hugging Face hub) and torchvision publish, by model, the default one first. Made by make.py
 * from what the two packages state.
 */
export const published: Readonly<Record<string, readonly PublishedRow[]>> = {''')
for line in open(sys.argv[1]):
    name, *other = line.split()
    rows = timm_rows(name) + torchvision_rows(other[0] if other else None)
    if rows:
        print(f'  {name}: [')
        print('\n'.join(rows))
        print('  ],')
print('};')
