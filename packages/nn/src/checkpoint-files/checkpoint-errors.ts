import { fileError, PodiumError, type Problem } from '@podium/core';

/** What an error can add: where in the file, what is expected, how to fix it. */
interface Details {
  /** Name of the tensor, the entry or the setting. */
  readonly key?: string | undefined;
  readonly expected?: string | readonly string[];
  readonly got?: string;
  readonly fix?: string;
}

const FETCH_AGAIN = 'download or copy the file again; if the error persists, ask its author for another file';

/** Throws `checkpoint-damaged`: the file is truncated or contradicts itself. */
export function damaged(message: string, details?: Details): never {
  throw checkpointError('checkpoint-damaged', message, { fix: FETCH_AGAIN, ...details });
}

/** Throws `checkpoint-unsupported`: the file may be valid, but Podium does not support its content. */
export function unsupported(message: string, details?: Details): never {
  throw checkpointError('checkpoint-unsupported', message, details);
}

/** Throws `checkpoint-unsafe`: the file would run code, or needs far more memory or time than a real checkpoint. */
export function unsafe(message: string, details?: Details): never {
  throw checkpointError('checkpoint-unsafe', message, details);
}

/** An error about a checkpoint. {@link inFile} adds the name of the file. */
export function checkpointError(code: string, message: string, details: Details = {}): PodiumError {
  const { key, ...rest } = details;
  return new PodiumError({ code, message, ...(key !== undefined && { path: { key } }), ...rest });
}

/** Runs a reader or writer of one file and adds the name of the file to its errors. */
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

/** Untrusted text for a message: quoted, with control characters escaped, shortened if long. */
export function quote(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return JSON.stringify(short);
}
