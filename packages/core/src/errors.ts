import { didYouMean } from './suggest.ts';

const MOST_NAMES = 20;

/** Where a problem was found. Every part is optional; the renderer joins those that are there. */
export interface ProblemPath {
  /** A file or folder, as the user wrote it. */
  readonly file?: string;
  /** One-based line or row of the file. */
  readonly line?: number;
  /** One-based column of the line. */
  readonly character?: number;
  /** Name of a table's column. */
  readonly column?: string;
  /** Dotted path of a setting, a module or a parameter: `blocks.0.conv.weight`. */
  readonly key?: string;
}

/** An error as data: what a program can act on and one renderer can print. */
export interface Problem {
  /** Stable, machine-readable name in kebab case: `engine-checksum`. */
  readonly code: string;
  /** One sentence in plain English; needed where `expected`/`got` do not say it all. */
  readonly message?: string;
  readonly path?: ProblemPath;
  /** What would have been right: a description, or the list of allowed names. */
  readonly expected?: string | readonly string[];
  /** What was there instead; rendered as given. */
  readonly got?: string;
  /** What to do about it, as an instruction. */
  readonly fix?: string;
}

/** The one error class of Podium: a {@link Problem} that can be thrown. Its message is the rendered problem. */
export class PodiumError extends Error {
  override readonly name: string = 'PodiumError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(renderProblem(problem), options);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }
}

/**
 * Renders a problem for people:
 * `train.csv:1842 column "label": expected cat|dog, got "dgo" (did you mean "dog"?)`, then the fix on its own line.
 */
export function renderProblem(problem: Problem): string {
  const where = renderPath(problem.path);
  const what = [problem.message, renderExpectation(problem)].filter((part) => part !== undefined).join(': ');
  const head = [where, what].filter((part) => part !== '').join(': ') || problem.code;
  return problem.fix === undefined ? head : `${head}\n  fix: ${problem.fix}`;
}

function renderPath(path: ProblemPath | undefined): string {
  if (path === undefined) return '';
  const position = [path.file, path.line, path.character].filter((part) => part !== undefined).join(':');
  const column = path.column === undefined ? '' : `column "${path.column}"`;
  return [position, column, path.key ?? ''].filter((part) => part !== '').join(' ');
}

function renderExpectation({ expected, got }: Problem): string | undefined {
  if (expected === undefined) return got === undefined ? undefined : `got ${got}`;
  const names = typeof expected === 'string' ? undefined : expected;
  const wanted = `expected ${names === undefined ? expected : renderNames(names)}`;
  if (got === undefined) return wanted;
  const nearest = names === undefined ? undefined : didYouMean(unquote(got), names);
  return `${wanted}, got ${got}${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`;
}

/** A list of hundreds, of models say, would bury the sentence; the problem itself keeps all of it. */
function renderNames(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join('|');
  return `${names.slice(0, MOST_NAMES).join('|')}|... (${names.length} in all)`;
}

function unquote(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
