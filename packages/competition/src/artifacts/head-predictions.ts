import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  PodiumError,
  type Predictions,
  parseJson,
  readPredictions,
  readText,
  writeFileAtomic,
  writePredictions,
} from '@podium/core';

/** Predictions of one model for the same images, by head. */
export type HeadPredictions = ReadonlyMap<string, Predictions>;

/** Names of heads come from input files, so files are numbered and this one names them. */
const INDEX = 'heads.json';

/** Writes predictions into a folder, creating it. Equal predictions give equal bytes. */
export async function writeHeads(folder: string, heads: HeadPredictions): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [i, predictions] of [...heads.values()].entries())
    await writePredictions(fileOf(folder, i), predictions);
  await writeFileAtomic(join(folder, INDEX), `${JSON.stringify([...heads.keys()])}\n`);
}

/** @throws PodiumError `predictions-folder`, `file-not-found` and its kin, `predictions-malformed` */
export async function readHeads(folder: string): Promise<HeadPredictions> {
  const file = join(folder, INDEX);
  let names: unknown;
  try {
    names = parseJson(await readText(file));
  } catch (error) {
    if (error instanceof SyntaxError) names = undefined;
    else throw error;
  }
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new PodiumError({
      code: 'predictions-folder',
      path: { file },
      expected: 'a JSON list of the names of heads',
    });
  }
  const heads = new Map<string, Predictions>();
  for (const [i, name] of (names as string[]).entries())
    heads.set(name, await readPredictions(fileOf(folder, i)));
  return heads;
}

function fileOf(folder: string, head: number): string {
  return join(folder, `head-${head}.predictions`);
}
