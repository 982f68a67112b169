// A step of the scale benchmark in a process of its own: what each stage of it used, as JSON.
//   run SETTINGS    runs a competition from its settings
//   cache FOLDER    builds the cache of decoded images of a competition folder
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompetitionEvent, runCompetition } from '@podium/competition';
import { buildCache, readDataset } from '@podium/dataset';
import { Meter } from './meter.ts';

const [task, path] = process.argv.slice(2) as ['run' | 'cache', string];
const meter = new Meter();
if (task === 'cache') {
  const folder = await mkdtemp(join(tmpdir(), 'podium-bench-cache-'));
  const { root, train, test } = await readDataset(path);
  meter.begin('cache', 'cache');
  await buildCache({ rows: [...train, ...test], root, folder, shorterSide: 48 });
  meter.end('cache');
  await rm(folder, { recursive: true });
} else {
  meter.begin('run', 'bookkeeping');
  await runCompetition(path, { onEvent });
  meter.end('report');
}
meter.stop();
process.stdout.write(`${JSON.stringify([...meter.used])}\n`);

function onEvent(event: CompetitionEvent): void {
  if (event.type === 'phase' && event.phase === 'reporting') {
    meter.end('run');
    meter.begin('report', 'report');
  }
  if (event.type !== 'stage') return;
  const { event: stage } = event;
  // Until it is known to have a process of its own, a stage is at work in this one.
  if (stage.type === 'started') meter.begin(stage.name, stepOf(stage.name));
  else if (stage.type === 'process') meter.begin(stage.name, stepOf(stage.name), stage.pid);
  else if (stage.type === 'finished') meter.end(stage.report.name);
}

/** `probe` of `probe[small-net,fold=0]`. */
function stepOf(instance: string): string {
  return instance.split('[', 1)[0]!;
}
