import type { z } from 'zod';

interface Entry {
  readonly name: string;
  readonly settings: z.ZodObject;
}

/** A registry's entries as options: the name of one of them with its settings. */
export type NamedOptions<Entries extends Entry> = Entries extends Entry
  ? { readonly name: Entries['name'] } & SettingsOf<Entries['settings']>
  : never;

type SettingsOf<Schema extends z.ZodObject> = ReadonlySettings<
  Pick<z.input<Schema>, keyof Schema['shape'] & keyof z.input<Schema>>
>;

type ReadonlySettings<Settings> = { readonly [Key in keyof Settings]: ReadonlyList<Settings[Key]> };

type ReadonlyList<Value> = Value extends readonly unknown[] ? Readonly<Value> : Value;
