import type { BlockPlan, StagePlans } from './efficient-plan.ts';

type Layer = readonly [conv: string, norm: string] | 'se';

/** The layers of a block, in order. */
function layersOf({ kind, squeezeExcite }: BlockPlan): readonly Layer[] {
  const gate: readonly Layer[] = squeezeExcite === true ? ['se'] : [];
  switch (kind) {
    case 'ds':
      return [['conv_dw', 'bn1'], ...gate, ['conv_pw', 'bn2']];
    case 'ir':
      return [['conv_pw', 'bn1'], ['conv_dw', 'bn2'], ...gate, ['conv_pwl', 'bn3']];
    case 'er':
      return [
        ['conv_exp', 'bn1'],
        ['conv_pwl', 'bn2'],
      ];
    case 'cn':
      return [['conv', 'bn1']];
    case 'uir':
    case 'mqa':
      return [];
  }
}

interface LocatedBlock {
  readonly plan: BlockPlan;
  /** `blocks.2.0` */
  readonly path: string;
}

/** The block at `[stage, index in the stage]`, or at `[index in the network]`. */
function findBlock(plans: StagePlans, at: readonly number[]): LocatedBlock | undefined {
  const [first = 0, second] = at;
  if (second !== undefined) return blockAt(plans, first, second);
  let before = 0;
  for (const [stage, { length }] of plans.entries()) {
    if (first < before + length) return blockAt(plans, stage, first - before);
    before += length;
  }
  return undefined;
}

function blockAt(plans: StagePlans, stage: number, block: number): LocatedBlock | undefined {
  const plan = plans[stage]?.[block];
  return plan === undefined ? undefined : { plan, path: `blocks.${stage}.${block}` };
}

/**
 * Our key for torchvision's. Blocks are `features.<1 + stage>.<block>.block.<layer>` in EfficientNet,
 * `features.<1 + index>.block.<layer>` in MobileNetV3 and `features.<1 + index>.conv.<layer>` in MobileNetV2; the layers before
 * and after them are the first and the last of `features`. Unknown keys are returned unchanged.
 *
 * @param last our names for the last of `features`, a convolution and its norm
 */
export function fromTorchvisionKey(
  key: string,
  plans: StagePlans,
  last: readonly [conv: string, norm: string],
): string {
  const inBlock = /^features\.(\d+)(?:\.(\d+))?\.(?:block|conv)\.(\d+)\.(.+)$/.exec(key);
  if (inBlock !== null) {
    const [, first, second, layer, rest] = inBlock as unknown as [string, string, string, string, string];
    const at = [Number(first) - 1, ...(second === undefined ? [] : [Number(second)])];
    const block = findBlock(plans, at);
    const path = block && layerPath(layersOf(block.plan), Number(layer), rest);
    return path === undefined ? key : `${block?.path}.${path}`;
  }
  const around = /^features\.(\d+)\.([01])\.(\w+)$/.exec(key);
  if (around === null) return key.replace(/^classifier\.\d+\./, 'classifier.');
  const [, index, which, rest] = around as unknown as [string, string, string, string];
  const [conv, norm] = index === '0' ? (['conv_stem', 'bn1'] as const) : last;
  return `${which === '0' ? conv : norm}.${rest}`;
}

function layerPath(layers: readonly Layer[], index: number, rest: string): string | undefined {
  const layer = layers[Math.min(index, layers.length - 1)];
  if (layer === undefined) return undefined;
  if (layer === 'se') return `se.${rest.replace('fc1', 'conv_reduce').replace('fc2', 'conv_expand')}`;
  const [conv, norm] = layer;
  const nested = /^([01])\.(\w+)$/.exec(rest);
  if (nested !== null) return `${nested[1] === '0' ? conv : norm}.${nested[2]}`;
  // The last convolution and norm of MobileNetV2's blocks are not wrapped in a layer.
  return `${index === layers.length ? norm : conv}.${rest}`;
}

const AROUND: Readonly<Record<string, string>> = {
  _conv_stem: 'conv_stem',
  _bn0: 'bn1',
  _conv_head: 'conv_head',
  _bn1: 'bn2',
  _fc: 'classifier',
};
const IN_BLOCK: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ds: { _depthwise_conv: 'conv_dw', _bn1: 'bn1', _project_conv: 'conv_pw', _bn2: 'bn2' },
  ir: {
    _expand_conv: 'conv_pw',
    _bn0: 'bn1',
    _depthwise_conv: 'conv_dw',
    _bn1: 'bn2',
    _project_conv: 'conv_pwl',
    _bn2: 'bn3',
  },
};
const GATE: Readonly<Record<string, string>> = { _se_reduce: 'se.conv_reduce', _se_expand: 'se.conv_expand' };

/**
 * Our key for those of Luke Melas-Kyriazi's EfficientNet-PyTorch, which numbers blocks across stages: `_blocks.7._bn1.weight`.
 * Unknown keys are returned unchanged.
 */
export function fromLukemelasKey(key: string, plans: StagePlans): string {
  const inBlock = /^_blocks\.(\d+)\.(\w+)\.(\w+)$/.exec(key);
  if (inBlock !== null) {
    const [, index, layer, rest] = inBlock as unknown as [string, string, string, string];
    const block = findBlock(plans, [Number(index)]);
    const ours = block && (GATE[layer] ?? IN_BLOCK[block.plan.kind]?.[layer]);
    return ours === undefined ? key : `${block?.path}.${ours}.${rest}`;
  }
  const dot = key.lastIndexOf('.');
  const ours = AROUND[key.slice(0, dot)];
  return ours === undefined ? key : `${ours}${key.slice(dot)}`;
}
