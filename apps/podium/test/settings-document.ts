import { settingsSchema } from '@podium/competition';
import { z } from 'zod';
import { examples } from '../src/init/examples.ts';

/** As `z.toJSONSchema` describes settings: as far as this page needs it. */
interface Described {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Described[];
  readonly items?: Described;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: boolean | Described;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** What is taken where the schema has no default, because it depends on data or on a preset. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'train.method': 'by what was measured',
  'train.plan': 'by what was measured',
  'train.imageSize': "the weights' own, else by the preset",
  'train.fit': '`squash`',
  'train.epochs': 'by the preset and the number of images',
  'train.batchSize': '16, 32 or 64, by the number of images',
  'train.accumulate': '`1`',
  'train.optimizer': '`adamw`',
  'train.learningRate': '0.001 for `transfer`, 0.002 for `full`',
  'train.weightDecay': '`0.05`',
  'train.schedule': '`cosine`',
  'train.warmUp': '`0.05`',
  'train.loss': 'by the task of the head',
  'train.labelSmoothing': '0.1; 0 for several labels an image',
  'train.classWeights': '`none`',
  'train.augment': 'by the method and the size of the images',
  'train.mixup': '`0`',
  'train.cutmix': '`0`',
  'train.ema': '0.998; 0 for fewer than 200 steps',
  'train.clipNorm': '`5`',
  'train.dropRate': "the model's own",
  'train.dropPathRate': "the model's own",
  'train.precision': '`float32`',
  'train.views': "the preset's; `[whole]` for small images",
  'train.probeC': '`0.01`',
  'train.pretrain': 'none',
  'train.seeds': "the preset's; `[1]` for probes",
  'folds.count': "the preset's",
  'folds.method': 'by the groups and classes of the data',
  'models[].name': 'its model',
  'models[].pretrained': 'published weights, where there are some',
  models: "the preset's",
  'ensemble.method': "the preset's; `mean` for a single model",
  'submission.form': 'by the sample submission',
  'data.layout': 'by looking',
  'data.options': 'by looking',
  timeLimit: 'no limit',
  'heads.train': 'all',
  'heads.weights': '1 each',
  'folds.only': 'all',
  'pseudo.weight': '`1`',
  'pseudo.ratio': "the paper's",
  'pseudo.share': 'as many as there are, at most half',
  'pseudo.teachers': '`own`; `all` for ensemble-agreement',
  'pseudo.models': 'all',
  'external[].layout': 'by looking',
  threads: 'the cores of this machine',
};

/** Lists whose entries have keys, and those among them that are told of elsewhere. */
const ENTRIES: readonly (readonly [key: string, told: string | undefined])[] = [
  ['models', 'train'],
  ['external', undefined],
  ['postprocess', undefined],
];

/** `docs/settings.md`: every key, what it is for, what it takes, and what holds where it is left out. */
export function settingsDocument(): string {
  const whole = z.toJSONSchema(settingsSchema, { io: 'input' }) as Described;
  const top = Object.entries(whole.properties ?? {});
  const required = new Set(whole.required);
  const lines = [
    '# Settings',
    '',
    'Every key of `podium.yaml`, and of what `podium.config.ts` exports. `podium init` writes a file with all of them, those',
    'commented out that are not needed. Paths are relative to the file. Names (of models, metrics, losses, methods...) are',
    'checked before anything runs; an error names the line, the key and the nearest right name. In YAML:',
    '',
    '```yaml',
    'competition: masks',
    'data: { folder: data/masks }',
    'preset: fast',
    'models: [small-net, { model: resnet18, epochs: 10 }]',
    '```',
    '',
    '(This page is made from the schema: `npx vitest run --root apps/podium test/settings-document.test.ts -u`.)',
    '',
    ...tableOf(
      '',
      top.filter(([, schema]) => schema.properties === undefined),
      required,
    ),
  ];
  for (const [key, schema] of top) {
    if (schema.properties === undefined) continue;
    const says = saysOf(key, schema);
    lines.push('', `## ${key}`, '', ...(says === '' ? [] : [sentence(says), '']));
    lines.push(...tableOf(key, Object.entries(schema.properties), new Set(schema.required)));
  }
  for (const [key, told] of ENTRIES) {
    const entry = entryOf(whole.properties?.[key]);
    const elsewhere = new Set(
      told === undefined ? [] : Object.keys(whole.properties?.[told]?.properties ?? {}),
    );
    const own = Object.entries(entry.properties ?? {}).filter(([name]) => !elsewhere.has(name));
    lines.push('', `## An entry of ${key}`, '');
    if (told !== undefined) lines.push(`Every key of [${told}](#${told}), for this entry alone, and:`, '');
    lines.push(...tableOf(`${key}[]`, own, new Set(entry.required)));
  }
  lines.push('', '## Code of your own', '');
  lines.push(
    'A model (`models[].model`) or a transform (`train.augment`) that a file beside the settings exports:',
    '',
  );
  const own = entryOf(whole.properties?.models).properties?.model?.anyOf?.find((one) => one.properties);
  lines.push(...tableOf('own', Object.entries(own?.properties ?? {}), new Set(own?.required)));
  lines.push('', 'Examples: [examples](../examples).');
  return `${lines.join('\n')}\n`;
}

function entryOf(list: Described | undefined): Described {
  const items = list?.items ?? {};
  return items.properties === undefined ? (items.anyOf?.find((one) => one.properties) ?? items) : items;
}

function tableOf(
  prefix: string,
  keys: readonly (readonly [string, Described])[],
  required: ReadonlySet<string>,
): string[] {
  const rows = keys.map(([key, schema]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [
      `\`${key}\``,
      saysOf(path, schema),
      withExample(path, takes(schema)),
      leftOut(path, schema, required.has(key)),
    ];
  });
  const cells = [['key', 'what it says', 'takes', 'where left out'], ['---', '---', '---', '---'], ...rows];
  return cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
}

function saysOf(path: string, schema: Described): string {
  return examples[path]?.says ?? schema.description ?? '';
}

function leftOut(path: string, schema: Described, isRequired: boolean): string {
  if (isRequired) return '**required**';
  const given = LEFT_OUT[path];
  if (given !== undefined) return given;
  const value = schema.default;
  if (value === undefined) return '';
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty ? 'none' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** What a value may be, in words. */
function takes(schema: Described): string {
  if (schema.enum !== undefined) return list(schema.enum.map((value) => `\`${value}\``));
  if (schema.anyOf !== undefined) return list(schema.anyOf.map(takes));
  if (schema.type === 'array')
    return `list of ${takes(schema.items ?? {}).replace(/^(text|whole number)\b/, '$1s')}`;
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'integer') return `whole number${range(schema)}`;
  if (schema.type === 'number') return `number${range(schema)}`;
  if (schema.type === 'string') return 'text';
  if (schema.properties?.module !== undefined && schema.properties.settings === undefined)
    return '[code of your own](#code-of-your-own)';
  if (schema.properties?.into !== undefined) return '`{ into: text, from: list of text }`';
  if (schema.properties?.epochs !== undefined && schema.properties.augment === undefined)
    return '`{ method: text, epochs: whole number }`, and `batchSize` (64), `learningRate` (0.001), `options`';
  if (schema.properties !== undefined) return 'entries with keys (below)';
  if (schema.type === 'object') return `by name, ${takes(schema.additionalProperties as Described)}`;
  return 'any value';
}

/** What only a look at it explains. */
function withExample(path: string, text: string): string {
  const { example } = examples[path] ?? {};
  if (example === undefined || example === '{}' || !/^(text|list|by name)/.test(text)) return text;
  return `${text}, such as \`${example}\``;
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Described): string {
  const bounds = [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`to ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
  ];
  return bounds.length === 0 ? '' : ` ${bounds.join(' ')}`;
}

function list(parts: readonly string[]): string {
  const unique = [...new Set(parts)];
  return unique.length < 2 ? (unique[0] ?? '') : `${unique.slice(0, -1).join(', ')} or ${unique.at(-1)}`;
}

function sentence(text: string): string {
  const capital = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.?]$/.test(capital) ? capital : `${capital}.`;
}
