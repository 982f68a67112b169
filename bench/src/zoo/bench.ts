import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadEngine } from '@podium/engine';
import { models } from '@podium/model-zoo';
import { type Results, race, timesOf } from '../contestant.ts';
import { type Budget, precisionsHere } from '../limits.ts';
import { type BenchReport, median } from '../report.ts';
import { sourceCommand } from '../source-command.ts';

const BATCH = 16;
const OURS = ['float32', 'bfloat16'] as const;
const PEERS = ['torch_channels_last', 'torch_bfloat16', 'onnxruntime'] as const;
/** A training step, a step with a frozen backbone, inference, and inference of the fused form. */
const MODES = ['train', 'frozen', 'infer', 'fused'] as const;

/** One per family. */
const DEFAULT_MODELS = [
  'resnet18',
  'mobilenetv2_100',
  'mobilenetv3_large_100',
  'efficientnet_b0',
  'regnety_004',
  'densenet121',
  'squeezenet1_1',
  'vgg11_bn',
  'convnext_atto',
  'vit_tiny_patch16_224',
  'deit_tiny_patch16_224',
  'swin_tiny_patch4_window7_224',
];

export const help = `npm run bench -- zoo [--peer-python PATH] [--models NAME,...] [--rounds N]

Models of the zoo at 224x224, batch ${BATCH}: a training step (momentum SGD, batch statistics), a step with the
backbone frozen, inference, and inference of the fused form; in float32 and bfloat16, compared with timm (torchvision
for SqueezeNet) on PyTorch in channels_last, and with ONNX Runtime in inference, if the Python at PATH has them (ONNX
Runtime not with --isa, which it does not follow). Peak memory is that of the training
process. Each contestant is a separate process, and they take turns; ratios are computed per turn.
Default models: ${DEFAULT_MODELS.join(', ')}`;

/** Measures, prints and returns the figures. */
export async function run(args: string[], budget: Budget): Promise<BenchReport> {
  const { values } = parseArgs({
    args,
    options: {
      'peer-python': { type: 'string' },
      models: { type: 'string', default: DEFAULT_MODELS.join(',') },
      rounds: { type: 'string', default: '3' },
    },
  });
  const names = values.models.split(',');
  for (const name of names) models.get(name);
  const { threads } = await loadEngine({ backend: 'tensorflow', threads: availableParallelism() });
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  const precisions = await precisionsHere();
  await budget.spread(names, async (model, share) => {
    const commands = new Map<string, string[]>(
      precisions.map((name) => [
        name,
        sourceCommand(import.meta.dirname, 'worker.ts', name, model, String(BATCH)),
      ]),
    );
    const python = values['peer-python'];
    for (const name of python === undefined ? [] : PEERS) {
      if (name === 'torch_bfloat16' && precisions.length === 1) continue;
      // It chooses its instructions itself.
      if (name === 'onnxruntime' && process.env.ONEDNN_MAX_CPU_ISA !== undefined) continue;
      const peer = [join(import.meta.dirname, 'peer.py'), name, model, String(BATCH), String(threads)];
      commands.set(name, [python!, ...peer]);
    }
    const results = await race(commands, MODES, {
      rounds: Number(values.rounds),
      budget: share,
      // Python has no fused form to race, and ONNX Runtime does not train.
      runs: (name, mode) => isOurs(name) || (name === 'onnxruntime' ? mode === 'infer' : mode !== 'fused'),
    });
    tabulate(model, results, figures, ratios);
  });
  return { bench: 'zoo', figures, ratios };
}

function isOurs(name: string): boolean {
  return (OURS as readonly string[]).includes(name);
}

function tabulate(
  model: string,
  results: Results,
  figures: Record<string, number>,
  ratios: Record<string, number>,
): void {
  const times = (name: string, mode: string): number[] => timesOf(results, name, mode);
  for (const [name, byMode] of results) {
    for (const mode of byMode.keys()) {
      figures[`${mode}.${model}.${name}.images_per_second`] = (BATCH * 1000) / median(times(name, mode));
    }
    const peaks = (byMode.get('train') ?? []).map(({ peakRss }) => peakRss);
    if (peaks.length > 0) figures[`train.${model}.${name}.peak_rss_gb`] = Math.max(...peaks) / 1e9;
  }
  const compare = (key: string, mine: readonly number[], theirs: readonly number[]) => {
    if (mine.length === 0 || mine.length !== theirs.length) return;
    ratios[key] = median(mine.map((time, turn) => theirs[turn]! / time));
  };
  for (const mode of MODES) {
    const theirs = mode === 'fused' ? 'infer' : mode;
    for (const [mine, rival] of [
      ['float32', 'torch_channels_last'],
      ['bfloat16', 'torch_bfloat16'],
      ['bfloat16', 'torch_channels_last'],
      ['float32', 'onnxruntime'],
    ] as const) {
      compare(`${mode}.${model}.${mine}_vs_${rival}`, times(mine, mode), times(rival, theirs));
    }
  }
  for (const name of OURS) {
    compare(`${model}.${name}.frozen_vs_train`, times(name, 'frozen'), times(name, 'train'));
    compare(`${model}.${name}.fused_vs_infer`, times(name, 'fused'), times(name, 'infer'));
  }
  print(model, figures, ratios);
}

function print(model: string, figures: Record<string, number>, ratios: Record<string, number>): void {
  process.stderr.write(`\n${model}\n`);
  for (const [name, value] of [...Object.entries(figures), ...Object.entries(ratios)]) {
    if (!name.split('.').includes(model)) continue;
    process.stderr.write(`  ${name.replace(`${model}.`, '').padEnd(52)} ${value.toFixed(2).padStart(8)}\n`);
  }
}
