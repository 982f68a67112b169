import { PodiumError } from '@podium/core';
import type { z } from 'zod';
import { type InputPorts, type OutputPorts, outputPath } from './ports.ts';
import type { AnyStage, Stage, StageDefinition } from './stage.ts';

const STAGE_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const PORT_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
/** A single name that every file system accepts and that cannot leave the folder. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** Marks what {@link defineStage} returns among a module's exports; shared by all copies of this package. */
const STAGE: unique symbol = Symbol.for('@podium/pipeline stage') as never;

/**
 * Defines a stage. Its outputs are stored under a key: a hash of its name, version, settings, inputs and, if it is
 * random, seed. While that key is in the store the stage is not run again, so `run` may depend on nothing else and has
 * to write the same bytes every time.
 *
 * @example
 * export const countRows = defineStage({
 *   name: 'count-rows',
 *   version: '1',
 *   module: import.meta.url,
 *   settings: z.object({ header: z.boolean().default(true) }),
 *   inputs: { table: { kind: 'file', type: 'csv' } },
 *   outputs: { count: { kind: 'file', type: 'json' } },
 *   run: async ({ settings, inputs, outputs }) => {
 *     const rows = (await readFile(inputs.table, 'utf8')).trim().split('\n').length - Number(settings.header);
 *     await writeFile(outputs.count, JSON.stringify({ rows }));
 *   },
 * });
 *
 * @throws PodiumError `stage-definition` naming the invalid name, version or port
 */
export function defineStage<
  Schema extends z.ZodType,
  const Inputs extends InputPorts,
  const Outputs extends OutputPorts,
  Apply = never,
>(definition: StageDefinition<Schema, Inputs, Outputs, Apply>): Stage<Schema, Inputs, Outputs, Apply> {
  const { name, version, inputs, outputs } = definition;
  assertValid(name, STAGE_NAME.test(name), 'name', 'kebab case: resize-images', name);
  assertValid(name, version.trim() !== '', 'version', 'a text, raised with each change of results', version);
  for (const [side, ports] of Object.entries({ inputs, outputs })) {
    for (const [port, { type }] of Object.entries(ports)) {
      assertValid(name, PORT_NAME.test(port), side, 'names of letters, digits, - and _', port);
      assertValid(name, type !== '', `${side}.${port}.type`, 'a name', type);
    }
  }
  const taken = new Set<string>();
  for (const [port, output] of Object.entries(outputs)) {
    const path = outputPath(port, output);
    assertValid(
      name,
      FILE_NAME.test(path),
      `outputs.${port}.path`,
      'one name of letters, digits, . - and _',
      path,
    );
    assertValid(
      name,
      !taken.has(path.toLowerCase()),
      `outputs.${port}.path`,
      'a name that no other output has',
      path,
    );
    taken.add(path.toLowerCase());
  }
  return Object.freeze({
    ...definition,
    random: definition.random ?? false,
    cheap: definition.cheap ?? false,
    warm: definition.warm ?? false,
    [STAGE]: true,
  });
}

/**
 * Finds a stage by name among a module's exports, also inside exported lists.
 * @throws PodiumError `stage-not-exported`
 */
export function findStage(
  exports: Readonly<Record<string, unknown>>,
  name: string,
  module: string,
): AnyStage {
  const stages = Object.values(exports).flat().filter(isStage);
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage !== undefined) return stage;
  throw new PodiumError({
    code: 'stage-not-exported',
    path: { file: module },
    message: 'the module exports no such stage',
    ...(stages.length > 0 && { expected: stages.map((candidate) => candidate.name) }),
    got: JSON.stringify(name),
    fix: 'export the stage from the file that its definition names as module',
  });
}

function isStage(value: unknown): value is AnyStage {
  return typeof value === 'object' && value !== null && STAGE in value;
}

function assertValid(stage: string, isValid: boolean, key: string, expected: string, got: string): void {
  if (isValid) return;
  throw new PodiumError({
    code: 'stage-definition',
    message: `stage "${stage}" cannot be defined`,
    path: { key },
    expected,
    got: JSON.stringify(got),
  });
}
