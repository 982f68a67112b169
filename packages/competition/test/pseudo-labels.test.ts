import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { inProcessExecutor, openStore, outputsOf, type RunReport } from '@podium/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHeads } from '../src/artifacts/head-predictions.ts';
import { readJsonFile } from '../src/artifacts/json.ts';
import type { CompetitionEvent } from '../src/events.ts';
import type { TeacherRecord } from '../src/external/fold-data.ts';
import { pseudoSection } from '../src/report/pseudo-section.ts';
import { prepareCompetition } from '../src/run/prepare.ts';
import { type Project, runProject } from '../src/run/project.ts';
import { type PseudoResults, pseudoResults } from '../src/run/pseudo-results.ts';
import { RunClock } from '../src/run/run-clock.ts';
import { readSettings } from '../src/settings/read-settings.ts';
import { writeSmallCompetition } from '../src/testing/index.ts';

/** Faces of other people, without labels, and copies of a training and of a test image among them. */
const folder = mkdtempSync(join(tmpdir(), 'podium-pseudo-'));
const events: CompetitionEvent[] = [];
let report: RunReport;
let results: PseudoResults;

beforeAll(async () => {
  await writeSmallCompetition(folder, {
    people: 12,
    testPeople: 2,
    folds: 2,
    epochs: 1,
    more: [
      'report: false',
      'external: [{ name: web, folder: web, license: CC0 }]',
      'pseudo: { method: soft-labels, options: { temperature: 0.5 }, rounds: 2, allowTest: true, keep: always }',
    ],
  });
  await writeMaskCompetition(join(folder, 'drawn'), { people: 3, seed: 7, width: 40, height: 52 });
  const web = join(folder, 'web');
  mkdirSync(web);
  const people = join(folder, 'drawn/train/images');
  const images = readdirSync(people).flatMap((person) =>
    readdirSync(join(people, person)).map((name) => join(people, person, name)),
  );
  for (const [i, path] of images.filter((name) => !name.includes('._')).entries())
    copyFileSync(path, join(web, `${i}.${path.split('.').at(-1)}`));
  const tested = join(folder, 'data/eval/images');
  copyFileSync(join(tested, readdirSync(tested)[0]!), join(web, 'test-copy.jpg'));
  report = await run();
  results = await pseudoResults(report);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('external images come in, but not what the test set shows, with how far they are', async () => {
  const [web] = results.admission?.sources ?? [];
  expect(web?.admitted).toHaveLength(21);
  expect(web?.dropped.map(({ id, duplicateOf }) => [id, duplicateOf.source])).toEqual([
    ['web/test-copy.jpg', 'test'],
  ]);
  expect(web?.toTest.twoSample?.auc).toBeGreaterThan(0);
  const told = events.find((event) => event.type === 'admission');
  expect(told?.report.sources).toEqual(results.admission?.sources);
});

test('every label is by a teacher of its fold, who never saw it, round by round', async () => {
  expect(results.reports.map(({ round, fold }) => `${round}/${fold}`).sort()).toEqual([
    '1/0',
    '1/1',
    '2/0',
    '2/1',
  ]);
  for (const { round, fold, offered, kept } of results.reports) {
    // 21 external images and 14 test images.
    expect([offered, kept]).toEqual([35, 35]);
    const name = `pseudo[small-net,round=${round},fold=${fold}]`;
    const { rows, teacher } = outputsOf(report, name);
    const { key, records } = await readJsonFile<TeacherRecord>(teacher!);
    expect(records.map((record) => [record.round, record.foldsSeen])).toEqual(
      Array.from({ length: round }, (_, i) => [i + 1, [1 - fold]]),
    );
    for (const row of (await readManifest(rows!)).rows) {
      expect(row.provenance).toMatchObject({ kind: 'pseudo', teacher: key, round });
      expect(row.softLabels?.mask?.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
      expect(row.image.path).toMatch(/^(web|data)\//);
    }
  }
});

test('only the competition is validated on, and the kept student goes into the blend', async () => {
  const { rows } = await readManifest(outputsOf(report, 'data').train!);
  const student = await readHeads(outputsOf(report, 'student[small-net,round=2]').oof!);
  const chosen = await readHeads(outputsOf(report, 'chosen[small-net]').oof!);
  expect([...student.keys()]).toEqual(['mask', 'gender', 'age']);
  for (const [head, own] of student) {
    expect([...own.ids].sort()).toEqual(rows.map(({ id }) => id).sort());
    expect(chosen.get(head)?.values).toEqual(own.values);
  }
});

test('a verdict with an interval and a gain per class, in the results and in the report', () => {
  const [verdict] = results.verdicts;
  const [head] = verdict?.heads ?? [];
  expect(head).toMatchObject({ head: 'class', keep: 'always', kept: true });
  expect(head?.classes).toHaveLength(18);
  expect(head?.gain.low).toBeLessThanOrEqual(head!.gain.high);
  const section = pseudoSection(results);
  expect(section.verdict[0]).toContain('Pseudo labels by soft-labels for small-net');
  const of = (name: string) => section.pseudoLabels?.rows.filter((row) => row.name.startsWith(name));
  expect(of('mask: ')?.reduce((sum, { kept }) => sum + kept, 0)).toBe(2 * 35);
});

test('a second run makes nothing', { timeout: 120_000 }, async () => {
  const again = await run();
  expect(new Set(again.instances.map(({ status }) => status))).toEqual(new Set(['cached']));
});

test.each(['fixmatch', 'mean-teacher', 'meta-pseudo-labels'])(
  '%s trains on labeled and unlabeled images at once',
  { timeout: 300_000 },
  async (method) => {
    const settings = join(folder, 'podium.yaml');
    const text = readFileSync(settings, 'utf8');
    try {
      writeFileSync(
        settings,
        text
          .replace(/pseudo: .*/, `pseudo: { method: ${method}, ratio: 1 }`)
          .replace('folds: { count: 2 }', 'folds: { count: 2, only: [0] }')
          .replace('epochs: 1 }]', 'epochs: 1, pretrain: { method: rotation, epochs: 1, batchSize: 16 } }]'),
      );
      const { verdicts, reports } = await pseudoResults(await run('chosen[small-net]'));
      expect(reports).toEqual([]);
      expect(verdicts.map((each) => [each.method, each.heads.map(({ head }) => head)])).toEqual([
        [method, ['class']],
      ]);
      expect(verdicts[0]?.heads[0]?.sentence).toMatch(/f1-macro, 95 % .*(kept|not used)/);
    } finally {
      writeFileSync(settings, text);
    }
  },
);

/** A run in this process, which has the engine already. */
async function run(target?: string): Promise<RunReport> {
  const project: Project = {
    found: await readSettings(folder),
    store: await openStore(join(folder, '.podium')),
    executor: inProcessExecutor(),
    threads: 1,
    backend: 'tensorflow',
    engine: 'test',
    clock: new RunClock(),
    signal: new AbortController().signal,
    emit: (event) => void events.push(event),
  };
  const { graph } = await prepareCompetition(project);
  return await runProject(
    project,
    graph,
    target === undefined ? graph.nodes.map(({ name }) => name) : [target],
  );
}
