import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { submissionsFolder } from '../../../apps/podium/test/submission.ts';
import { submitToKaggle } from './kaggle.ts';

/** A `kaggle` on the PATH that writes down what it was called with and says `says`. */
function fakeKaggle(says: string, code = 0) {
  const folder = submissionsFolder();
  const script = `#!${process.execPath}
const fs = require('node:fs');
fs.writeFileSync(${JSON.stringify(join(folder, 'called.json'))}, JSON.stringify(process.argv.slice(2)));
process.stdout.write(${JSON.stringify(says)});
process.exitCode = ${code};
`;
  writeFileSync(join(folder, 'kaggle'), script);
  chmodSync(join(folder, 'kaggle'), 0o755);
  return {
    environment: { PATH: `${folder}${delimiter}${process.env.PATH}` },
    called: () => JSON.parse(readFileSync(join(folder, 'called.json'), 'utf8')) as string[],
  };
}

const SENT = { competition: 'digit-recognizer', file: '/x/my run.csv', message: 'CV 0.91' };

test('hands file and message over as they are, and tells what the command said', async () => {
  const { environment, called } = fakeKaggle('Successfully submitted to Digit Recognizer\n');
  const message = '-m "$(touch /tmp/no)"; `id` & é\nsecond line';
  const answer = await submitToKaggle({ ...SENT, message, environment });
  expect(answer).toEqual({ output: 'Successfully submitted to Digit Recognizer' });
  expect(called()).toEqual([
    'competitions',
    'submit',
    '--competition=digit-recognizer',
    '--file=/x/my run.csv',
    `--message=${message}`,
  ]);
});

test.each([
  ['403 - Forbidden', 1, /accept the competition's rules/],
  ['401 - Unauthorized', 1, /create an API token/],
  [
    'Could not find competition - please verify that you entered the correct competition ID',
    0,
    /check the competition's name/,
  ],
  ['Could not submit to competition', 0, /try the command by hand/],
  ['', 0, /no output/],
  ['Successfully submitted to X\nTraceback', 2, /did not say/],
])('%j with exit code %i is a failure', async (says, code, message) => {
  const { environment } = fakeKaggle(says, code);
  await expect(submitToKaggle({ ...SENT, environment })).rejects.toMatchObject({
    code: 'kaggle-failed',
    message: expect.stringMatching(message),
  });
});

test('says what to do where there is no such command', async () => {
  const environment = { PATH: submissionsFolder() };
  await expect(submitToKaggle({ ...SENT, environment })).rejects.toMatchObject({
    code: 'kaggle-not-installed',
    message: expect.stringMatching(/pip install kaggle/),
  });
});

test.each(['', '-c', 'a b', '../x', 'titanic;ls'])('refuses the competition %j', async (competition) => {
  await expect(submitToKaggle({ ...SENT, competition })).rejects.toMatchObject({
    code: 'kaggle-competition',
  });
});

test('can be called off', async () => {
  const { environment } = fakeKaggle('Successfully submitted');
  const signal = AbortSignal.abort();
  await expect(submitToKaggle({ ...SENT, environment, signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});
