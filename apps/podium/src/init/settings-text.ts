import { type SettingsInput, settingsSchema } from '@podium/competition';
import { stringify } from 'yaml';
import { z } from 'zod';

const WIDTH = 100;

/**
 * `podium.yaml` with these values and every other key of the schema, commented out and explained. Removing the `#` before a
 * key leaves valid settings.
 * @param notes by dotted path, why a value is what it is
 */
export function settingsText(values: SettingsInput, notes: Readonly<Record<string, string>> = {}): string {
  const lines = [
    '# The settings of a competition: "podium run" runs it, "podium run --plan" shows what would run.',
    '# Keys behind a # are optional.',
  ];
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const value = (values as Record<string, unknown>)[key];
    const inner = objectOf(schema as z.ZodType);
    lines.push('', ...comment(explanation(key, schema as z.ZodType, true), notes[key], 0));
    if (inner === undefined) lines.push(...line(key, schema as z.ZodType, value, 0));
    else lines.push(...section(key, inner, value as Record<string, unknown> | undefined, notes));
  }
  return `${lines.filter((each, i) => each !== '' || lines[i - 1] !== '').join('\n')}\n`;
}

/** Every key of the settings by its dotted path, without those inside lists. */
export function settingKeys(): string[] {
  return Object.entries(settingsSchema.shape).flatMap(([key, schema]) => {
    const inner = objectOf(schema as z.ZodType);
    return inner === undefined ? [key] : [key, ...Object.keys(inner.shape).map((own) => `${key}.${own}`)];
  });
}

function section(
  key: string,
  { shape }: z.ZodObject,
  value: Record<string, unknown> | undefined,
  notes: Readonly<Record<string, string>>,
): string[] {
  const isActive = Object.values(value ?? {}).some((own) => own !== undefined);
  const lines = [`${isActive ? '' : '#'}${key}:`];
  for (const [name, schema] of Object.entries(shape)) {
    const path = `${key}.${name}`;
    const given = value?.[name];
    lines.push(
      ...comment(explanation(name, schema as z.ZodType, given !== undefined), notes[path], 2),
      ...line(name, schema as z.ZodType, given, 2),
    );
  }
  return lines;
}

/** The key with its value; commented out with an example; nothing without one. */
function line(key: string, schema: z.ZodType, value: unknown, indent: number): string[] {
  const space = ' '.repeat(indent);
  if (value !== undefined) return [`${space}${key}: ${inline(value)}`];
  const { example } = metaOf(schema);
  return example === undefined ? [] : [`#${space}${key}: ${example}`];
}

function comment(says: string, note: string | undefined, indent: number): string[] {
  const text = [says, note].filter((part) => part !== undefined && part !== '').join(' ');
  const space = ' '.repeat(indent);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${space}# ${word}`);
  }
  return text === '' ? [] : lines;
}

function explanation(key: string, schema: z.ZodType, isShown: boolean): string {
  const { description = '', example, default: fallback } = metaOf(schema);
  if (description === '') return '';
  const words = fallback === undefined ? '' : ` (default: ${fallback.replaceAll('`', '')})`;
  const sentence = /[.?]$/.test(description) ? description : `${description}${words}.`;
  // A key without an example has no line of its own.
  if (!isShown && example === undefined) return `Also ${key}: ${sentence}`;
  // Values start with what can be written.
  return /^[a-z]+[,:]/.test(sentence) ? sentence : `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}

interface Meta {
  readonly description?: string;
  /** In YAML, on one line. */
  readonly example?: string;
  /** In words. */
  readonly default?: string;
}

/** What a schema says about itself, under whatever makes it optional. */
function metaOf(schema: z.ZodType): Meta {
  const inner = innerOf(schema);
  return (schema.meta() as Meta | undefined) ?? (inner === undefined ? {} : metaOf(inner));
}

function innerOf(schema: z.ZodType): z.ZodType | undefined {
  return (schema.def as { innerType?: z.ZodType }).innerType;
}

function objectOf(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  const inner = innerOf(schema);
  return inner === undefined ? undefined : objectOf(inner);
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}
