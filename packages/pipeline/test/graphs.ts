import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export { type CompetitionOptions, competitionGraph, troubleGraph } from './competition-graph.ts';

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-pipeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A competition of three rows. */
export function competition(folder: string): string {
  const data = join(folder, 'data');
  mkdirSync(join(data, 'images'), { recursive: true });
  writeFileSync(join(data, 'train.csv'), 'a,cat\nb,dog\nc,cat\n');
  for (const name of ['a', 'b', 'c']) writeFileSync(join(data, 'images', `${name}.jpg`), `image ${name}`);
  return data;
}
