import { type SettingsInput, settingsSchema } from '@podium/competition';
import { stringify } from 'yaml';
import { z } from 'zod';

const MAX_WIDTH = 100;

/** Why settings have their values, by dotted path. */
export type SettingNotes = Readonly<Record<string, string>>;

/**
 * Renders `podium.yaml`: the given values, and all other keys of the schema, explained and commented out. Uncommenting a
 * key leaves valid settings.
 */
export function settingsText(values: SettingsInput, notes: SettingNotes = {}): string {
  const lines = [
    '# Settings of a competition. "podium run" runs it, "podium run --plan" shows what would run.',
    '# Keys that are commented out are optional.',
  ];
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const value = (values as Record<string, unknown>)[key];
    const section = objectSchemaOf(schema as z.ZodType);
    lines.push('', ...commentLines(explanation(key, schema as z.ZodType, true), notes[key], 0));
    if (section === undefined) lines.push(...keyLines(key, schema as z.ZodType, value, 0));
    else lines.push(...sectionLines(key, section, value as Record<string, unknown> | undefined, notes));
  }
  return `${lines.filter((line, i) => line !== '' || lines[i - 1] !== '').join('\n')}\n`;
}

/** The dotted paths of all settings, without those inside lists. */
export function settingKeys(): string[] {
  return Object.entries(settingsSchema.shape).flatMap(([key, schema]) => {
    const section = objectSchemaOf(schema as z.ZodType);
    return section === undefined
      ? [key]
      : [key, ...Object.keys(section.shape).map((name) => `${key}.${name}`)];
  });
}

function sectionLines(
  key: string,
  { shape }: z.ZodObject,
  values: Record<string, unknown> | undefined,
  notes: SettingNotes,
): string[] {
  const hasValues = Object.values(values ?? {}).some((value) => value !== undefined);
  const lines = [`${hasValues ? '' : '#'}${key}:`];
  for (const [name, schema] of Object.entries(shape)) {
    const value = values?.[name];
    lines.push(
      ...commentLines(
        explanation(name, schema as z.ZodType, value !== undefined),
        notes[`${key}.${name}`],
        2,
      ),
      ...keyLines(name, schema as z.ZodType, value, 2),
    );
  }
  return lines;
}

/** The key with its value; else with its example, commented out; nothing without either. */
function keyLines(key: string, schema: z.ZodType, value: unknown, indent: number): string[] {
  const space = ' '.repeat(indent);
  if (value !== undefined) return [`${space}${key}: ${inlineYaml(value)}`];
  const { example } = metaOf(schema);
  return example === undefined ? [] : [`#${space}${key}: ${example}`];
}

function commentLines(description: string, note: string | undefined, indent: number): string[] {
  const text = [description, note].filter((part) => part !== undefined && part !== '').join(' ');
  const space = ' '.repeat(indent);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < MAX_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${space}# ${word}`);
  }
  return text === '' ? [] : lines;
}

function explanation(key: string, schema: z.ZodType, hasLine: boolean): string {
  const { description = '', example, default: fallback } = metaOf(schema);
  if (description === '') return '';
  const defaultNote = fallback === undefined ? '' : ` (default: ${fallback.replaceAll('`', '')})`;
  const sentence = /[.?]$/.test(description) ? description : `${description}${defaultNote}.`;
  // A key without a value or an example has no line, so its comment names it.
  if (!hasLine && example === undefined) return `Also ${key}: ${sentence}`;
  // Descriptions that start with a literal value, such as "auto, or ...", keep their case.
  return /^[a-z]+[,:]/.test(sentence) ? sentence : `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}

interface SchemaMeta {
  readonly description?: string;
  /** YAML, on one line. */
  readonly example?: string;
  /** In words. */
  readonly default?: string;
}

/** The metadata of a schema, or of the schema inside `optional()` and the like. */
function metaOf(schema: z.ZodType): SchemaMeta {
  const inner = innerOf(schema);
  return (schema.meta() as SchemaMeta | undefined) ?? (inner === undefined ? {} : metaOf(inner));
}

function innerOf(schema: z.ZodType): z.ZodType | undefined {
  return (schema.def as { innerType?: z.ZodType }).innerType;
}

function objectSchemaOf(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  const inner = innerOf(schema);
  return inner === undefined ? undefined : objectSchemaOf(inner);
}

function inlineYaml(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}
