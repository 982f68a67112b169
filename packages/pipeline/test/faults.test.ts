import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountDisk, withDisks } from '@podium/test-kit/disks';
import { withoutSuperuser } from '@podium/test-kit/superuser';
import { expect, onTestFinished, test } from 'vitest';
import {
  inProcessExecutor,
  localExecutor,
  openStore,
  type RunEvent,
  type RunReport,
  run,
} from '../src/index.ts';
import { competition, competitionGraph, temporaryFolder, troubleGraph } from './graphs.ts';

async function runHere(
  folder: string,
  data: string,
  options: { readonly lr?: number; readonly bytes?: number } = {},
): Promise<{ report: RunReport; events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const graph = competitionGraph(data, options);
  const onEvent = (event: RunEvent) => void events.push(event);
  const report = await run(graph, await openStore(folder), inProcessExecutor(), { engine: 'e1', onEvent });
  return { report, events };
}

const textOf = ({ instances }: RunReport) => readFileSync(instances.at(-1)!.outputs!.submission!, 'utf8');

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 4;
  chmodSync(path, 0o644);
  // As a disk does it: without changing size or date.
  const touch = execFileSync('stat', ['-c', '%y', path], { encoding: 'utf8' }).trim();
  writeFileSync(path, bytes);
  execFileSync('touch', ['-d', touch, path]);
}

test('a flipped bit in an output is found, reported and repaired', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const store = join(folder, 'store');
  const first = await runHere(store, data);
  const wanted = textOf(first.report);
  flipBit(first.report.instances.at(-1)!.outputs!.submission!);
  const damaged = await (await openStore(store)).verify();
  expect(damaged).toEqual([
    { key: first.report.instances.at(-1)?.key, damage: ['submission.csv: content changed'] },
  ]);
  const second = await runHere(store, data);
  expect(second.events).toContainEqual(expect.objectContaining({ type: 'damaged', name: 'blend' }));
  expect(second.report.instances.map(({ status }) => status)).toEqual(['cached', 'cached', 'cached', 'ran']);
  expect(textOf(second.report)).toBe(wanted);
  expect(await (await openStore(store)).verify()).toEqual([]);
});

test('a flipped bit in an input is found before the stage reads it', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const store = join(folder, 'store');
  const first = await runHere(store, data);
  const [, fold0, , blend] = first.report.instances;
  flipBit(fold0!.outputs!.predictions!);
  await (await openStore(store)).remove(blend!.key);
  const second = await runHere(store, data);
  expect(second.events).toContainEqual(
    expect.objectContaining({
      type: 'damaged',
      name: 'train[fold=0]',
      damage: ['predictions: content changed'],
    }),
  );
  expect(textOf(second.report)).toBe(
    readFileSync(second.report.instances.at(-1)!.outputs!.submission!, 'utf8'),
  );
  expect(second.report.instances.map(({ status }) => status)).toEqual(['cached', 'ran', 'cached', 'ran']);
});

test.each(['manifest.json', 'outputs/predictions', 'outputs/model/step-1.bin'])(
  'a bit flipped in %s is damage',
  async (file) => {
    const folder = temporaryFolder();
    const store = join(folder, 'store');
    const { report } = await runHere(store, competition(folder));
    const { key } = report.instances[1]!;
    flipBit(join(store, 'entries', key, file));
    expect((await (await openStore(store)).verify()).map((item) => item.key)).toEqual([key]);
  },
);

test(
  'a read-only store can be read, and anything new is an error with a reason',
  withDisks(async () => {
    const folder = temporaryFolder();
    const data = competition(folder);
    const store = mountDisk(join(folder, 'disk'), 'size=20m');
    const first = await runHere(store.path, data);
    store.remount('ro');
    const second = await runHere(store.path, data);
    expect(second.report.ok).toBe(true);
    expect(textOf(second.report)).toBe(textOf(first.report));
    const third = await runHere(store.path, data, { lr: 0.5 });
    const error = third.report.instances.find(({ status }) => status === 'failed')?.error;
    expect(error?.problem).toMatchObject({
      code: 'store-not-writable',
      path: { file: expect.stringContaining(store.path) },
    });
    expect(error?.problem.fix).toContain('make the folder writable');
  }),
);

test('a store in a folder without permission to write is an error', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  const opened = withoutSuperuser(() => openStore(join(folder, 'store')));
  await expect(opened).rejects.toMatchObject({ code: 'store-not-writable' });
});

test(
  'a full disk is reported, nothing is lost, and the run resumes once there is space',
  withDisks(async () => {
    const folder = temporaryFolder();
    const data = competition(folder);
    const disk = mountDisk(join(folder, 'disk'), 'size=3m');
    // Three steps of 1.6 MB do not fit.
    const { report } = await runHere(disk.path, data, { bytes: 1_600_000 });
    expect(report.instances.map(({ status }) => status)).toEqual(['ran', 'failed', 'failed', 'blocked']);
    expect(report.instances[1]?.error?.problem).toMatchObject({ code: 'disk-full' });
    expect(report.instances[1]?.error?.problem.fix).toContain('free some space');
    expect(readdirSync(join(disk.path, 'attempts'))).toEqual([]);
    const store = await openStore(disk.path);
    expect(await store.verify()).toEqual([]);
    expect((await store.list()).map(({ manifest }) => manifest?.instance)).toEqual(['split']);
    disk.remount('size=40m');
    const again = await runHere(disk.path, data, { bytes: 1_600_000 });
    expect(again.report.instances.map(({ status }) => status)).toEqual(['cached', 'ran', 'ran', 'ran']);
  }),
);

test(
  'a full disk in a child process is reported, too',
  withDisks(async () => {
    const disk = mountDisk(join(temporaryFolder(), 'disk'), 'size=3m');
    const executor = localExecutor();
    const report = await run(troubleGraph('flood'), await openStore(disk.path), executor, { engine: 'e1' });
    expect(report.instances[0]?.error?.code).toBe('disk-full');
    expect(report.instances[0]?.attempts).toBe(1);
    expect(readdirSync(join(disk.path, 'attempts'))).toEqual([]);
  }),
);
