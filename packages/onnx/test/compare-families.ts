// Compares one variant of every family with its ONNX file: `npm run test:onnx -- [--small] [models...]`. Prints a table; fails if a
// deviation is above the limit. With --small only at a small size that is not square.

import { loadEngine } from '@podium/engine';
import { type ModelEntry, models } from '@podium/model-zoo';
import { compare, namedModel } from './named-model.ts';

/** As in the parity tests. */
const LIMIT = 1e-4;
/** Of families whose first variant is large. */
const SMALL: Readonly<Record<string, string>> = {
  eva: 'eva02_tiny_patch14_224',
  maxxvit: 'coatnet_nano_rw_224',
  nfnet: 'eca_nfnet_l0',
  // With these weights the logits of the first are in the millions.
  repvit: 'repvit_m0_9',
};
/** Variants with parts that the others of their family lack. */
const MORE = [
  'caformer_s18',
  'convnextv2_atto',
  'deit_tiny_distilled_patch16_224',
  'efficientvit_l1',
  'fastvit_sa12',
  'maxvit_rmlp_pico_rw_256',
  'mobilenetv4_hybrid_medium',
  'nf_ecaresnet26',
  'regnety_002',
  'resnet26d',
  'seresnext50_32x4d',
  'tf_efficientnetv2_b0',
  'vit_small_patch14_reg4_dinov2',
];

const words = process.argv.slice(2);
const small = words.includes('--small');
const asked = words.filter((word) => word !== '--small');
const names = asked.length > 0 ? asked : [...oneOfEachFamily(), ...MORE];
await loadEngine({ threads: 1 });
console.log(
  'model                                        size      nodes      MB  deviation  engine ms  onnx ms',
);
const failed: string[] = [];
for (const name of names) {
  for (const size of sizesFor(models.get(name))) {
    try {
      const model = namedModel(name, { numClasses: 10, imageSize: size });
      const { deviation, nodes, bytes, milliseconds } = await compare(model, { imageSize: size });
      model.dispose();
      if (!(deviation <= LIMIT)) failed.push(name);
      const cells = [
        name.padEnd(40),
        size.join('x').padStart(9),
        String(nodes).padStart(10),
        (bytes / 1e6).toFixed(1).padStart(7),
        deviation.toExponential(1).padStart(10),
        milliseconds.engine.toFixed(0).padStart(10),
        milliseconds.runtime.toFixed(0).padStart(8),
      ];
      console.log(cells.join(' '));
    } catch (error) {
      failed.push(name);
      console.log(
        name.padEnd(40),
        size.join('x').padStart(9),
        process.env.STACK ? (error as Error).stack : (error as Error).message.slice(0, 300),
      );
    }
  }
}
console.log(failed.length === 0 ? `all within ${LIMIT}` : `not within ${LIMIT}: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** The default size, and a smaller one that is not square. */
function sizesFor({ imageSize, inputRule: { minimum, multipleOf } }: ModelEntry): [number, number][] {
  const height = Math.max(Math.ceil(96 / multipleOf) * multipleOf, minimum);
  const other: [number, number] = [height, height + Math.max(multipleOf, 32)];
  return small ? [other] : [[imageSize, imageSize], other];
}

/** The first variant of each family, or a smaller one. */
function oneOfEachFamily(): string[] {
  const chosen = new Map<string, string>();
  for (const { name, family } of models) {
    if (!chosen.has(family.name)) chosen.set(family.name, SMALL[family.name] ?? name);
  }
  return [...chosen.values()];
}
