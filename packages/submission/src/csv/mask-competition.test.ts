import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Predictions } from '@podium/core';
import { readDataset, readTable } from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { expect, test } from 'vitest';
import { tableOf, temporaryFolder } from '../../test/submissions.ts';
import { bindForm } from '../binding/bind-form.ts';
import { detectForm } from '../binding/detect-form.ts';
import { lintSubmission } from '../lint/lint-submission.ts';
import { makeSubmission } from './make-submission.ts';
import { readSample } from './read-sample.ts';

test.each(['joint', 'separate', 'both'] as const)(
  'the mask competition with %s heads: true labels give the answers',
  async (heads) => {
    const folder = temporaryFolder();
    await writeMaskCompetition(folder, { people: 6, testPeople: 5, width: 24, height: 32 });
    const data = await readDataset(folder, { settings: { heads } });
    const sample = await readSample(data.root, data.submission!);
    expect(detectForm(sample, data.heads).form).toBe(heads === 'separate' ? 'combined-heads' : 'label');
    const answers = new Map<string, number>();
    await readTable(
      join(folder, 'answers.csv'),
      () =>
        ({ cells }) =>
          answers.set(cells[0]!, Number(cells[1])),
    );
    const truth = new Map(
      data.heads.map(({ name, classes, task }) => {
        const of = (answer: number) =>
          ({
            class: answer,
            mask: Math.floor(answer / 6),
            gender: Math.floor(answer / 3) % 2,
            age: answer % 3,
          })[name];
        const rows = sample.ids.map((id) => classes.map((_, k) => (k === of(answers.get(id)!) ? 1 : 0)));
        return [
          name,
          new Predictions({
            ids: sample.ids,
            classes,
            task,
            kind: 'probabilities',
            values: Float32Array.from(rows.flat()),
          }),
        ];
      }),
    );
    const form = bindForm(undefined, sample, data.heads);
    const { bytes } = makeSubmission(sample, form, truth);
    expect(Buffer.from(bytes).toString()).toBe(readFileSync(join(folder, 'answers.csv'), 'utf8'));
    expect(lintSubmission(await tableOf(bytes), { sample, form }).findings).toEqual([]);
  },
);
