// Writes docs/schemas: the JSON Schema of what each command prints with --json.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { jsonOutputs, outputSchema, schemaFile } from '../src/json-outputs.ts';

const folder = resolve(import.meta.dirname, '../../../docs/schemas');
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) await rm(join(folder, name));
for (const command of Object.keys(jsonOutputs))
  await writeFile(
    join(folder, schemaFile(command)),
    `${JSON.stringify(outputSchema(command), undefined, 2)}\n`,
  );
