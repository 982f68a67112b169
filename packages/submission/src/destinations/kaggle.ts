import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import type { OutgoingSubmission, SubmissionDestination } from './destination.ts';

const COMMAND = 'kaggle';
const MAX_OUTPUT_BYTES = 1 << 20;

/**
 * Sends with Kaggle's own command line. Podium neither sees nor stores the login, and starts no shell: names and messages
 * reach the command unchanged.
 *
 * `competition` is the last part of the address, `digit-recognizer`.
 * Throws PodiumError `kaggle-not-installed`; `kaggle-competition` for an impossible name; `kaggle-failed` with the
 * command's output unless it confirms the submission.
 */
export const kaggle: SubmissionDestination = {
  name: 'kaggle',
  summary: "Kaggle's own command, which has to be installed and logged in",
  send: async ({ competition, file, message, signal, environment = process.env }) => {
    assertCompetitionName(competition);
    // `--name=value`: a value that starts with a hyphen stays a value.
    const values = [`--competition=${competition}`, `--file=${resolve(file)}`, `--message=${message}`];
    const { failed, output } = await runCommand(['competitions', 'submit', ...values], {
      environment,
      signal,
    });
    // The command exits with 0 even if the competition does not exist or the upload was rejected.
    if (!failed && /successfully submitted/i.test(output)) return { output };
    throw new PodiumError({
      code: 'kaggle-failed',
      message: 'the kaggle command did not confirm the submission',
      path: { file },
      got: output === '' ? 'no output' : JSON.stringify(output.slice(-2000)),
      fix: fixFor(output),
    });
  },
};

function assertCompetitionName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]*$/i.test(name)) return;
  throw new PodiumError({
    code: 'kaggle-competition',
    message: 'not the name of a Kaggle competition',
    expected: "the last part of the competition's address: letters, digits and hyphens",
    got: JSON.stringify(name),
    fix: 'use the part after kaggle.com/competitions/',
  });
}

/** `output` joins both streams. */
function runCommand(
  words: readonly string[],
  { environment, signal }: Pick<OutgoingSubmission, 'environment' | 'signal'>,
): Promise<{ failed: boolean; output: string }> {
  return new Promise((resolvePromise, reject) => {
    const options = { env: environment, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true, signal };
    execFile(COMMAND, [...words], options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') reject(notInstalled(error));
      else if (error !== null && signal?.aborted) reject(error);
      else resolvePromise({ failed: error !== null, output: `${stdout}\n${stderr}`.trim() });
    });
  });
}

function notInstalled(cause: unknown): PodiumError {
  return new PodiumError(
    {
      code: 'kaggle-not-installed',
      message: `the "${COMMAND}" command is not installed`,
      expected: "Kaggle's own command on the PATH",
      fix: "install it (pip install kaggle) and log in as its documentation says; or upload the CSV on the competition's page",
    },
    { cause },
  );
}

function fixFor(output: string): string {
  if (/\b401\b|unauthori[sz]ed|authenticat|kaggle\.json|api token/i.test(output))
    return 'log in: create an API token on your Kaggle account page and put it where the kaggle command expects it';
  if (/\b403\b|forbidden|rules/i.test(output))
    return "accept the competition's rules on its page, then try again";
  if (/\b404\b|could not find competition/i.test(output))
    return "check the competition's name, and that it still accepts submissions";
  if (/\b429\b|limit|per day/i.test(output)) return "today's submissions may be used up: try again tomorrow";
  return "run the command yourself, or upload the CSV on the competition's page";
}
