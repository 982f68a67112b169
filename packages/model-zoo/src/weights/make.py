"""make.py NAMES > published.ts: which checkpoints timm and torchvision publish for the models named in the file NAMES.

NAMES has a line a model: its name here, then torchvision's name where there is one.
"""
import sys

import timm
import torchvision

STATISTICS = {
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)): 'imagenet',
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)): 'half',
    ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)): 'clip',
}


def row(tag, size, crop, interpolation, statistics, classes, source=None):
    cells = [f"'{tag}'", str(size), f'{crop:.4g}', f"'{interpolation}'", f"'{statistics}'", str(classes)]
    if source:
        cells.append(f"'{source}'")
    return f"    [{', '.join(cells)}],"


def timm_rows(name):
    if name not in timm.list_models():
        return []
    rows = []
    for full in timm.list_pretrained(f'{name}.*') + timm.list_pretrained(name):
        cfg = timm.models.get_pretrained_cfg(full)
        # Its repository's name follows from the model's and the tag; other people's are left out.
        if cfg is None or cfg.hf_hub_id != f'timm/{full}' or cfg.input_size[1] != cfg.input_size[2]:
            continue
        statistics = STATISTICS.get((tuple(cfg.mean), tuple(cfg.std)))
        if statistics is None or cfg.num_classes is None:
            continue
        default = timm.models.get_pretrained_cfg(name)
        rows.append((cfg.tag != default.tag, cfg.tag, row(cfg.tag, cfg.input_size[1], cfg.crop_pct, cfg.interpolation, statistics, cfg.num_classes)))
    return [text for _, _, text in sorted(set(rows))]


def torchvision_rows(name):
    if not name:
        return []
    rows = []
    for weights in torchvision.models.get_model_weights(name):
        categories = weights.meta['categories']
        # Backbones without a classifier are for other tasks.
        if categories is None:
            continue
        transforms = weights.transforms()
        crop, resize = transforms.crop_size[0], transforms.resize_size[0]
        tag = 'torchvision_' + weights.name.lower().replace('imagenet1k_', '').replace('imagenet1k', 'v1')
        rows.append(row(tag, crop, crop / resize, transforms.interpolation.value, 'imagenet', len(categories), weights.url.split('/models/')[1]))
    return rows


print('''import type { Interpolation } from '@podium/core';

/** `[tag, image size, crop fraction, interpolation, mean and std, classes, torchvision's file name]` */
export type PublishedRow = readonly [
  tag: string,
  size: number,
  crop: number,
  interpolation: Interpolation,
  statistics: 'imagenet' | 'half' | 'clip',
  classes: number,
  torchvision?: string,
];

/**
 * Which checkpoints timm (on the Hugging Face hub) and torchvision publish for which model, the default one first; made by
 * make.py from what the two packages say.
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
