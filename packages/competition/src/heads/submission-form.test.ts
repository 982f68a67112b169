import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Predictions } from '@podium/core';
import type { Head, SubmissionFormat } from '@podium/dataset';
import { makeSubmission } from '@podium/submission';
import { expect, onTestFinished, test } from 'vitest';
import type { DataFormat } from '../artifacts/json.ts';
import { bindSubmission, metricFor, needsOf, readForm } from './submission-form.ts';

const PETS: Head = { name: 'label', task: 'single-label', classes: ['cat', 'dog'] };
const TAGS: Head = { name: 'tags', task: 'multi-label', classes: ['cat', 'dog'] };
const WORDS: Head = { name: 'tags', task: 'multi-label', classes: ['big cat', 'small dog'] };
const SEX: Head = { name: 'sex', task: 'single-label', classes: ['f', 'm'] };

function formatOf(submission: SubmissionFormat | null): DataFormat {
  const nothing = { decisions: [], omissions: [], unpredicted: [], ranges: {} };
  return { layout: 'csv', submission, missing: 0, kept: 1, side: 16, ...nothing };
}

function predictions(heads: readonly Head[]): Map<string, Predictions> {
  return new Map(
    heads.map(({ name, classes, task }) => {
      const values = Float32Array.from(classes, (_, k) => (k === 0 ? 0.75 : 0.25));
      return [name, new Predictions({ ids: ['1'], classes, task, kind: 'probabilities', values })];
    }),
  );
}

test.each<[string, readonly Head[], string | undefined, string]>([
  ['one head', [PETS], 'accuracy', 'id,label\n1,cat\n'],
  ['one head, for probabilities', [PETS], 'log-loss', 'id,cat,dog\n1,0.75,0.25\n'],
  ['a head called like the id', [{ ...PETS, name: 'id' }], undefined, 'id,label\n1,cat\n'],
  [
    'classes called like the id',
    [{ ...PETS, classes: ['id', 'x'] }],
    'log-loss',
    'id,label_id,label_x\n1,0.75,0.25\n',
  ],
  ['classes with commas', [{ ...PETS, classes: ['a,b', 'c'] }], 'log-loss', 'id,"a,b",c\n1,0.75,0.25\n'],
  ['two heads', [PETS, SEX], 'f1-macro', 'id,label,sex\n1,cat,f\n'],
  [
    'two heads, for probabilities',
    [PETS, SEX],
    'roc-auc-macro',
    'id,label_cat,label_dog,sex_f,sex_m\n1,0.75,0.25,0.75,0.25\n',
  ],
  ['several labels', [TAGS], 'f1-samples', 'id,tags\n1,cat\n'],
  ['several labels of two words', [WORDS], 'f1-samples', 'id,tags\n1,big cat\n'],
  ['several labels beside a class', [TAGS, SEX], 'f1-macro', 'id,tags_cat,tags_dog,sex_f,sex_m\n1,1,0,1,0\n'],
])('without a sample: %s', async (_, heads, metric, csv) => {
  const given = { data: '/nowhere', format: formatOf(null), heads };
  const { sample, form } = await bindSubmission({ ...given, ids: ['1'], given: {}, metric });
  expect(Buffer.from(makeSubmission(sample, form, predictions(heads)).bytes).toString()).toBe(csv);
  expect(form.decisions[0]).toMatchObject({
    key: 'submission.form',
    reason: expect.stringContaining('no sample'),
  });
  // As a stage binds it, from the complete settings.
  const again = await readForm({ ...given, settings: JSON.parse(JSON.stringify(form.settings)) });
  expect(again.settings).toEqual(form.settings);
  expect(again.targets?.map(({ classes }) => classes)).toEqual(form.targets?.map(({ classes }) => classes));
});

test.each<[string, readonly Head[], string]>([
  ['id,label\n1,cat\n', [PETS], 'f1-macro'],
  ['id,cat,dog\n1,0.5,0.5\n', [PETS], 'log-loss'],
  ['id,dog\n1,0.5\n', [PETS], 'log-loss'],
  ['id,tags\n1,cat dog\n', [TAGS], 'f1-macro'],
  ['id,label\n1,a b c\n', [{ ...PETS, classes: ['a', 'b', 'c', 'd'] }], 'top-3'],
  ['id,label\n1,a b c d e\n', [{ ...PETS, classes: ['a', 'b', 'c', 'd', 'e', 'f'] }], 'top-5'],
  ['id,label\n1,a b\n', [{ ...PETS, classes: ['a', 'b', 'c'] }], 'f1-macro'],
])('settings that name no metric get one of what the sample asks for: %j', async (text, heads, metric) => {
  const folder = mkdtempSync(join(tmpdir(), 'podium-form-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 's.csv'), text);
  const format = formatOf({ path: 's.csv', idColumn: 'id', valueColumns: [] });
  const { form } = await bindSubmission({
    data: folder,
    format,
    heads,
    ids: ['1'],
    given: {},
    metric: undefined,
  });
  expect(metricFor(form).metric).toBe(metric);
  expect(metricFor(form).reason).toContain('settings name no metric');
  // It can be computed from that form.
  const chosen = await bindSubmission({ data: folder, format, heads, ids: ['1'], given: {}, metric });
  expect(chosen.form.settings.form).toBe(form.settings.form);
});

test('a ranking metric says how far it looks', () => {
  expect(needsOf('top-5')).toEqual({ needs: 'ranking', ranks: 5 });
  expect(needsOf('log-loss')).toEqual({ needs: 'probabilities' });
  expect(needsOf('accuracy')).toEqual({ needs: 'classes' });
});
