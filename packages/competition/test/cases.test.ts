import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { answer } from './cases/answer.ts';
import { CaseFolder } from './cases/case-folder.ts';
import { checkAnswer } from './cases/check-answer.ts';
import { cases } from './cases/index.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-cases-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('inputs from the world get the right answer or an error that says what to do', () => {
  test('no case is listed twice', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });
  test.each(cases.map((item) => [item.name, item] as const))(
    '%s',
    async (name, { draw, settings, right }) => {
      const folder = new CaseFolder(join(root, name));
      await folder.settings(name, settings);
      await draw(folder);
      checkAnswer(await answer(folder.path, folder.hasTest), right);
    },
  );
});
