import { z } from 'zod';

/** One setting of an entry. */
export interface CatalogSetting {
  readonly name: string;
  readonly description: string;
  /** What it may be, in words: `a number from 0 to 1`. */
  readonly takes: string;
  /** As JSON; undefined where it has to be given, or where leaving it out means something of its own. */
  readonly default: string | undefined;
  readonly required: boolean;
}

/** As `z.toJSONSchema` describes a value, as far as it is told here. */
interface Described {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Described[];
  readonly items?: Described | false;
  readonly prefixItems?: readonly Described[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** The settings of a zod object, each with its description, what it takes and its default. */
export function settingsOf(schema: z.ZodObject, left: readonly string[] = []): CatalogSetting[] {
  return Object.entries<z.ZodType>(schema.shape)
    .filter(([name]) => !left.includes(name))
    .map(([name, own]) => {
      const described = z.toJSONSchema(own, { io: 'input', unrepresentable: 'any' }) as Described;
      const omitted = own.safeParse(undefined);
      return {
        name,
        description: own.description ?? described.description ?? '',
        takes: ownWords(own) ?? takes(described),
        default: omitted.success && omitted.data !== undefined ? JSON.stringify(omitted.data) : undefined,
        required: !omitted.success,
      };
    });
}

/** What the schema says itself of a value that it does not take; zod's own messages say less than its structure. */
function ownWords(schema: z.ZodType): string | undefined {
  const message = schema.safeParse(Symbol()).error?.issues[0]?.message;
  return message === undefined || /^(Invalid|Expected|Too)/.test(message) ? undefined : message;
}

function takes(value: Described): string {
  if (value.enum !== undefined)
    return value.enum
      .map(String)
      .join(', ')
      .replace(/, ([^,]+)$/, ' or $1');
  if (value.const !== undefined) return String(value.const);
  if (value.anyOf !== undefined)
    return [...new Set(value.anyOf.map(takes).filter((text) => text !== ''))].join(', or ');
  switch (value.type) {
    case 'integer':
      return `a whole number${range(value)}`;
    case 'number':
      return `a number${range(value)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    case 'array':
      return value.prefixItems === undefined
        ? `a list${value.items ? ` of: ${takes(value.items)}` : ''}`
        : `[${value.prefixItems.map((_, i) => (i === 0 ? 'lo' : 'hi')).join(', ')}]`;
    case 'object':
      return 'an object';
    default:
      return '';
  }
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Described): string {
  return [
    minimum === undefined ? '' : ` from ${minimum}`,
    exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`,
    maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`,
    exclusiveMaximum === undefined ? '' : ` below ${exclusiveMaximum}`,
  ].join('');
}
