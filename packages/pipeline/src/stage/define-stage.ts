import { PodiumError } from '@podium/core';
import type { z } from 'zod';
import { type InputPorts, type OutputPorts, outputPath } from './ports.ts';
import type { AnyStage, Stage, StageDefinition } from './stage.ts';

const STAGE_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const PORT_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
/** One name, of letters that every file system takes; no way out of the folder. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** What {@link defineStage} made, so that a module's exports can be told apart; shared by copies of this package. */
const STAGE: unique symbol = Symbol.for('@podium/pipeline stage') as never;

/**
 * Defines a stage. What it writes is stored under a key made of its name, version, settings and inputs, and it is not
 * run again while that key is in the store: `run` may depend on nothing else, and gives the same bytes every time.
 *
 * `export const count = defineStage({ name: 'count', version: '1', module: import.meta.url, settings: z.object({}),
 * inputs: { table: { kind: 'file', type: 'csv' } }, outputs: { total: { kind: 'file', type: 'json' } }, run })`
 *
 * @throws PodiumError `stage-definition` naming what is wrong with a name, a version or a port.
 */
export function defineStage<
  Schema extends z.ZodType,
  const Inputs extends InputPorts,
  const Outputs extends OutputPorts,
  Apply = never,
>(definition: StageDefinition<Schema, Inputs, Outputs, Apply>): Stage<Schema, Inputs, Outputs, Apply> {
  const { name, version, inputs, outputs } = definition;
  expectThat(name, STAGE_NAME.test(name), 'name', 'kebab case: resize-images', name);
  expectThat(
    name,
    version.trim() !== '',
    'version',
    'some text, raised with each change of results',
    version,
  );
  for (const [side, ports] of Object.entries({ inputs, outputs })) {
    for (const [port, { type }] of Object.entries(ports)) {
      expectThat(name, PORT_NAME.test(port), side, 'names of letters, digits, - and _', port);
      expectThat(name, type !== '', `${side}.${port}.type`, 'a name', type);
    }
  }
  const taken = new Set<string>();
  for (const [port, output] of Object.entries(outputs)) {
    const path = outputPath(port, output);
    expectThat(
      name,
      FILE_NAME.test(path),
      `outputs.${port}.path`,
      'one name of letters, digits, . - and _',
      path,
    );
    expectThat(name, !taken.has(path.toLowerCase()), `outputs.${port}.path`, 'a name of its own', path);
    taken.add(path.toLowerCase());
  }
  return Object.freeze({
    ...definition,
    random: definition.random ?? false,
    cheap: definition.cheap ?? false,
    [STAGE]: true,
  });
}

/**
 * The stage of that name among what a module exports.
 * @throws PodiumError `stage-not-exported`.
 */
export function stageAmong(
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
    message: 'the module that a stage names exports no such stage',
    ...(stages.length > 0 && { expected: stages.map((candidate) => candidate.name) }),
    got: JSON.stringify(name),
    fix: 'export the stage from the file whose import.meta.url it is given as its module',
  });
}

function isStage(value: unknown): value is AnyStage {
  return typeof value === 'object' && value !== null && STAGE in value;
}

function expectThat(stage: string, right: boolean, key: string, expected: string, got: string): void {
  if (right) return;
  throw new PodiumError({
    code: 'stage-definition',
    message: `stage "${stage}" cannot be defined`,
    path: { key },
    expected,
    got: JSON.stringify(got),
  });
}
