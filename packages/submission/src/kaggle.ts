import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';

const MOST_OUTPUT = 1 << 20;

/** What the `kaggle` command said. */
export interface KaggleAnswer {
  /** Its output, both streams, spaces at its ends removed. */
  readonly output: string;
}

/**
 * Sends a submission by Kaggle's own command, which has to be installed and logged in. Podium neither sees nor stores
 * the login. No shell has a part in it: names and messages are handed over as they are.
 * @param options.competition as in the competition's address, `digit-recognizer`
 * @param options.environment default: this process's
 * @throws PodiumError `kaggle-not-installed`; `kaggle-competition` for what is no name of a competition;
 * `kaggle-failed` with what the command said, where it did not say that the submission was taken
 */
export async function submitToKaggle(options: {
  readonly competition: string;
  readonly file: string;
  readonly message: string;
  readonly command?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}): Promise<KaggleAnswer> {
  const { competition, file, message, command = 'kaggle', environment = process.env, signal } = options;
  if (!/^[a-z0-9][a-z0-9-]*$/i.test(competition)) {
    throw new PodiumError({
      code: 'kaggle-competition',
      message: 'this is no name of a competition on Kaggle',
      expected: "the last part of the competition's address: letters, digits and hyphens",
      got: JSON.stringify(competition),
      fix: 'set it to the part behind kaggle.com/competitions/',
    });
  }
  // `--name=value`: a value that begins with a hyphen stays a value.
  const values = [`--competition=${competition}`, `--file=${resolve(file)}`, `--message=${message}`];
  const { failed, output } = await execute(
    command,
    ['competitions', 'submit', ...values],
    environment,
    signal,
  );
  // The command ends with 0 even where it could not find the competition or the upload was refused.
  if (!failed && /successfully submitted/i.test(output)) return { output };
  throw new PodiumError({
    code: 'kaggle-failed',
    message: 'the kaggle command did not say that the submission was taken',
    path: { file },
    got: output === '' ? 'no output' : JSON.stringify(output.slice(-2000)),
    fix: adviceFor(output),
  });
}

function execute(
  command: string,
  values: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<{ failed: boolean; output: string }> {
  return new Promise((done, refuse) => {
    const options = { env, maxBuffer: MOST_OUTPUT, windowsHide: true, ...(signal && { signal }) };
    execFile(command, [...values], options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') refuse(notInstalled(command, error));
      else if (error !== null && signal?.aborted) refuse(error);
      else done({ failed: error !== null, output: `${stdout}\n${stderr}`.trim() });
    });
  });
}

function notInstalled(command: string, cause: unknown): PodiumError {
  return new PodiumError(
    {
      code: 'kaggle-not-installed',
      message: `there is no "${command}" command on this machine`,
      expected: "Kaggle's own command on the PATH",
      fix: "install it (pip install kaggle) and log in as its documentation says; or upload the CSV on the competition's page",
    },
    { cause },
  );
}

function adviceFor(output: string): string {
  if (/\b401\b|unauthori[sz]ed|authenticat|kaggle\.json|api token/i.test(output)) {
    return 'log in: create an API token on your Kaggle account page and put it where the kaggle command looks for it';
  }
  if (/\b403\b|forbidden|rules/i.test(output))
    return "accept the competition's rules on its page, then try again";
  if (/\b404\b|could not find competition/i.test(output))
    return "check the competition's name, and that it still takes submissions";
  if (/\b429\b|limit|per day/i.test(output))
    return "the day's submissions may be used up: try again tomorrow";
  return "try the command by hand, or upload the CSV on the competition's page";
}
