import { type SettingsInput, settingsSchema } from '@podium/competition';
import { stringify } from 'yaml';
import { z } from 'zod';
import { examples } from './examples.ts';

const WIDTH = 100;

/**
 * `podium.yaml` with these values, every other key of the schema beside them, commented out and explained. Whoever takes
 * away the `#` before a key has valid settings.
 * @param notes by dotted path, why a value is what it is
 */
export function settingsText(values: SettingsInput, notes: Readonly<Record<string, string>> = {}): string {
  const lines = [
    '# What Podium makes a submission from. "podium run" runs it, "podium run --plan" says what that would do.',
    '# Keys behind a # are what may be added.',
  ];
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const value = (values as Record<string, unknown>)[key];
    const inner = objectOf(schema as z.ZodType);
    lines.push('', ...comment(saysOf(key, schema as z.ZodType, true), notes[key], 0));
    if (inner === undefined) lines.push(...line(key, key, value, 0, value !== undefined));
    else lines.push(...section(key, inner, value as Record<string, unknown> | undefined, notes));
  }
  return `${lines.filter((each, i) => each !== '' || lines[i - 1] !== '').join('\n')}\n`;
}

/** Every key that settings may have, by its dotted path; keys inside of lists are not among them. */
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
    const own = value?.[name];
    lines.push(
      ...comment(saysOf(path, schema as z.ZodType, own !== undefined), notes[path], 2),
      ...line(path, name, own, 2, own !== undefined),
    );
  }
  return lines;
}

/** The key with its value; commented out with an example; nothing where there is no example either. */
function line(path: string, key: string, value: unknown, indent: number, isActive: boolean): string[] {
  const space = ' '.repeat(indent);
  if (isActive) return [`${space}${key}: ${inline(value)}`];
  const { example } = examples[path] ?? {};
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

function saysOf(path: string, schema: z.ZodType, isActive: boolean): string {
  const text = examples[path]?.says ?? descriptionOf(schema);
  if (text === '') return '';
  const sentence = /[.?]$/.test(text) ? text : `${text}.`;
  // A key without an example has no line of its own.
  if (!isActive && examples[path]?.example === undefined)
    return `Also ${path.split('.').at(-1)}: ${sentence}`;
  // Values come as they are written.
  return /^[a-z]+[,:]/.test(sentence) ? sentence : `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}

function descriptionOf(schema: z.ZodType): string {
  const inner = innerOf(schema);
  return schema.description ?? (inner === undefined ? '' : descriptionOf(inner));
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
