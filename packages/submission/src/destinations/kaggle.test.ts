import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/submissions.ts';
import { destinations } from './registry.ts';

const { send } = destinations.get('kaggle');

/** A `kaggle` command on the PATH that records its arguments and prints `output`. */
function fakeKaggle(output: string, code = 0) {
  const folder = temporaryFolder();
  const script = `#!${process.execPath}
const fs = require('node:fs');
fs.writeFileSync(${JSON.stringify(join(folder, 'called.json'))}, JSON.stringify(process.argv.slice(2)));
process.stdout.write(${JSON.stringify(output)});
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

test('passes file and message unchanged, and returns the output', async () => {
  const { environment, called } = fakeKaggle('Successfully submitted to Digit Recognizer\n');
  const message = '-m "$(touch /tmp/no)"; `id` & é\nsecond line';
  const answer = await send({ ...SENT, message, environment });
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
  ['Could not submit to competition', 0, /run the command yourself/],
  ['', 0, /no output/],
  ['Successfully submitted to X\nTraceback', 2, /did not confirm/],
])('%j with exit code %i is a failure', async (output, code, message) => {
  const { environment } = fakeKaggle(output, code);
  await expect(send({ ...SENT, environment })).rejects.toMatchObject({
    code: 'kaggle-failed',
    message: expect.stringMatching(message),
  });
});

test('says how to install a missing command', async () => {
  const environment = { PATH: temporaryFolder() };
  await expect(send({ ...SENT, environment })).rejects.toMatchObject({
    code: 'kaggle-not-installed',
    message: expect.stringMatching(/pip install kaggle/),
  });
});

test.each(['', '-c', 'a b', '../x', 'titanic;ls'])('rejects the competition %j', async (competition) => {
  await expect(send({ ...SENT, competition })).rejects.toMatchObject({
    code: 'kaggle-competition',
  });
});

test('can be aborted', async () => {
  const { environment } = fakeKaggle('Successfully submitted');
  const signal = AbortSignal.abort();
  await expect(send({ ...SENT, environment, signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});
