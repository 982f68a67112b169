import { z } from 'zod';
import { settingsSchema } from '../src/settings/schema.ts';

/** As `z.toJSONSchema` describes settings: as far as this page needs it. */
interface Described {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  /** The schema's own default; or in words, where it depends on data or on a preset. */
  readonly default?: unknown;
  /** In YAML. */
  readonly example?: string;
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

/** Lists whose entries have keys, and those among them that are told of elsewhere. */
const ENTRIES: readonly (readonly [key: string, told: string | undefined])[] = [
  ['models', 'train'],
  ['external', undefined],
  ['postprocess', undefined],
];

/** `docs/settings.md`: every key with its meaning, its values and its default. */
export function settingsDocument(): string {
  const whole = z.toJSONSchema(settingsSchema, { io: 'input' }) as Described;
  const top = Object.entries(whole.properties ?? {});
  const required = new Set(whole.required);
  const lines = [
    '# Settings',
    '',
    'Every key of `podium.yaml`, and of the object that `podium.config.ts` exports. `podium init` writes a file with all of them;',
    'those you do not need are commented out. Paths are relative to the file. Names (of models, metrics, losses, methods, ...)',
    'are checked before anything runs; an error names the line, the key and the nearest valid name. In YAML:',
    '',
    '```yaml',
    'competition: masks',
    'data: { folder: data/masks }',
    'preset: fast',
    'models: [small-net, { model: resnet18, epochs: 10 }]',
    '```',
    '',
    '(This page is generated from the schema: `npx vitest run --root packages/competition test/settings-document.test.ts -u`.)',
    '',
    ...tableOf(
      top.filter(([, schema]) => schema.properties === undefined),
      required,
    ),
  ];
  for (const [key, schema] of top) {
    if (schema.properties === undefined) continue;
    const says = schema.description ?? '';
    lines.push('', `## ${key}`, '', ...(says === '' ? [] : [sentence(says), '']));
    lines.push(...tableOf(Object.entries(schema.properties), new Set(schema.required)));
  }
  for (const [key, told] of ENTRIES) {
    const entry = entryOf(whole.properties?.[key]);
    const elsewhere = new Set(
      told === undefined ? [] : Object.keys(whole.properties?.[told]?.properties ?? {}),
    );
    const own = Object.entries(entry.properties ?? {}).filter(([name]) => !elsewhere.has(name));
    lines.push('', `## An entry of ${key}`, '');
    if (told !== undefined) lines.push(`Every key of [${told}](#${told}), for this entry alone, and:`, '');
    lines.push(...tableOf(own, new Set(entry.required)));
  }
  lines.push('', '## Your own code', '');
  lines.push(
    'A model (`models[].model`) or augmentation (`train.augment`) that a file beside the settings exports:',
    '',
  );
  const own = entryOf(whole.properties?.models).properties?.model?.anyOf?.find((one) => one.properties);
  lines.push(...tableOf(Object.entries(own?.properties ?? {}), new Set(own?.required)));
  lines.push('', 'Examples: [examples](../examples).');
  return `${lines.join('\n')}\n`;
}

function entryOf(list: Described | undefined): Described {
  const items = list?.items ?? {};
  return items.properties === undefined ? (items.anyOf?.find((one) => one.properties) ?? items) : items;
}

function tableOf(keys: readonly (readonly [string, Described])[], required: ReadonlySet<string>): string[] {
  const rows = keys.map(([key, schema]) => {
    return [
      `\`${key}\``,
      schema.description ?? '',
      withExample(schema),
      defaultOf(schema, required.has(key)),
    ];
  });
  const cells = [['key', 'meaning', 'value', 'default'], ['---', '---', '---', '---'], ...rows];
  return cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
}

function defaultOf(schema: Described, isRequired: boolean): string {
  if (isRequired) return '**required**';
  const value = schema.default;
  if (value === undefined) return 'none';
  // Words come from the schema's metadata, as they are to be printed.
  if (typeof value === 'string' && /[ `]/.test(value)) return value;
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty || value === 'none'
    ? 'none'
    : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
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
    return '[your own code](#your-own-code)';
  if (
    schema.properties?.name !== undefined &&
    schema.properties.folder === undefined &&
    schema.properties.model === undefined
  )
    return '`{ name, ...options }`';
  if (
    schema.properties !== undefined &&
    schema.properties.folder === undefined &&
    schema.properties.model === undefined &&
    schema.properties.module === undefined
  ) {
    return `\`{ ${Object.keys(schema.properties).join(', ')} }\``;
  }
  if (schema.properties !== undefined) return 'entries with keys (below)';
  if (schema.type === 'object') return `by name, ${takes(schema.additionalProperties as Described)}`;
  return 'any value';
}

/** With an example, where words alone do not show what it looks like. */
function withExample(schema: Described): string {
  const text = takes(schema);
  const { example } = schema;
  if (example === undefined || example === '{}' || !/^(text|list|by name|`{)/.test(text)) return text;
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
