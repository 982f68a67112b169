import { fileError, PodiumError, type Problem } from '@podium/core';

/** What can be added to a refusal: where in the file, what would have been right, what to do. */
interface Details {
  /** Name of the tensor, the entry or the setting. */
  readonly key?: string | undefined;
  readonly expected?: string | readonly string[];
  readonly got?: string;
  readonly fix?: string;
}

const FETCH_AGAIN = 'download or copy the file again; if it stays so, ask its maker for another';

/** Throws `checkpoint-damaged`: the file is cut off, or says something about itself that is not so. */
export function damaged(message: string, details?: Details): never {
  throw refusal('checkpoint-damaged', message, { fix: FETCH_AGAIN, ...details });
}

/** Throws `checkpoint-unsupported`: the file may be right, but holds what Podium does not know. */
export function unsupported(message: string, details?: Details): never {
  throw refusal('checkpoint-unsupported', message, details);
}

/** Throws `checkpoint-unsafe`: the file asks for code to be run, or for more than an honest one needs. */
export function unsafe(message: string, details?: Details): never {
  throw refusal('checkpoint-unsafe', message, details);
}

/** A problem of a checkpoint; the file's name is added by {@link inFile}. */
export function refusal(code: string, message: string, details: Details = {}): PodiumError {
  const { key, ...rest } = details;
  return new PodiumError({ code, message, ...(key !== undefined && { path: { key } }), ...rest });
}

/** Runs a reader or writer of one file, and adds the file's name to whatever problem it meets. */
export async function inFile<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const known = fileError(error, file, 'read');
    if (!(known instanceof PodiumError) || known.problem.path?.file !== undefined) throw known;
    const problem: Problem = { ...known.problem, path: { ...known.problem.path, file } };
    throw new PodiumError(problem, { cause: error });
  }
}

/** A stranger's text for a message: quoted, its control characters escaped, cut where it is long. */
export function quote(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return JSON.stringify(short);
}
