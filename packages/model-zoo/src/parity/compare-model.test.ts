import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine } from '@podium/engine';
import { expect, test } from 'vitest';
import { compareModel, type ModelReference } from './compare-model.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'parity');

const { backend } = await loadEngine({ threads: 2 });
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
// Without TensorFlow the large ones would take minutes each.
const quick = ['timm.convnext_atto.json', 'timm.mobilenetv3_small_100.json', 'timm.resnet18.json'];

test.each(backend === 'tensorflow' ? files : quick)(
  '%s',
  (file) => {
    const reference = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ModelReference;
    for (const { what, deviation, limit, where } of compareModel(reference)) {
      expect(deviation, `${what} ${where ?? ''}`).toBeLessThanOrEqual(limit);
    }
  },
  600_000,
);
