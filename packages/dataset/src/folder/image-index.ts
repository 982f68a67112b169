import { type Decision, PodiumError, type ProblemPath } from '@podium/core';
import type { Split } from '../layouts/layout.ts';
import { type ImageName, imageName, stem, unsafePath } from './image-name.ts';
import { splitName } from './split-names.ts';

/** The image folder of each split, relative to the root; undefined: recognized by name. */
export interface ImageFolders {
  readonly train: string | undefined;
  readonly test: string | undefined;
}

/** Ways in which a name may mean a file, the surest first. */
const WAYS = [
  { key: 'name', anyCase: false },
  /** The name omits the extension. */
  { key: 'stem', anyCase: false },
  { key: 'name', anyCase: true },
  { key: 'stem', anyCase: true },
  { key: 'other-extension', anyCase: false },
  { key: 'other-extension', anyCase: true },
] as const;
type Way = (typeof WAYS)[number];

/** A name that a table asks for. */
interface Request {
  readonly id: string;
  readonly split: Split;
  readonly name: ImageName;
}

type Outcome =
  | { readonly kind: 'found'; readonly index: number; readonly guesses: readonly Guess[] }
  | { readonly kind: 'several'; readonly indices: readonly number[] }
  /** Another name means the same file just as well. */
  | { readonly kind: 'contested'; readonly index: number; readonly by: string };

type Guess = 'extension' | 'case' | 'encoding' | 'place';

/** In the singular and in the plural. */
const GUESSES: Readonly<Record<Guess, readonly [one: string, many: string]>> = {
  extension: [
    'has another extension than its file, which no other name asks for',
    'have another extension than their files, which no other names ask for',
  ],
  case: ['differs from its file in upper and lower case', 'differ from their files in upper and lower case'],
  encoding: ['is percent-encoded', 'are percent-encoded'],
  place: [
    'is an address or a path of another place; its first folders are dropped',
    'are addresses or paths of another place; their first folders are dropped',
  ],
};

/**
 * Finds the images that tables name. Names may omit the extension or leading folders, or differ from the file in extension,
 * case or Unicode form; they may be addresses, or paths of another machine. Exact names come first: with `reserve`, a guess
 * never takes a file that another name means more exactly, and no file is used for two different names of a split.
 */
export class ImageIndex {
  readonly #images: readonly string[];
  readonly #folders: ImageFolders;
  readonly #fix: string;
  readonly #splits: readonly (Split | undefined)[];
  readonly #used: Uint8Array;
  readonly #lookups = new Map<string, Lookup>();
  readonly #reserved: Record<Split, Map<string, Request>> = { train: new Map(), test: new Map() };
  #settled: Settled | undefined;
  readonly #guessed = new Map<Guess, { count: number; example: string }>();

  /** @param fix what settles that a name means several images */
  constructor(
    images: readonly string[],
    folders: ImageFolders,
    fix: string = 'set data.options.images to the right folder, or write the folder and the extension in the id',
  ) {
    this.#images = images;
    this.#folders = folders;
    this.#fix = fix;
    const guesses = images.map(splitOfFolders());
    // A folder for only one split does not reveal where the other split's images are.
    const hasBoth = guesses.includes('train') && guesses.includes('test');
    this.#splits = guesses.map((guess) => (hasBoth ? guess : undefined));
    this.#used = new Uint8Array(images.length);
  }

  /** Announces all names of a table, before the first of any table is looked up. */
  reserve(ids: Iterable<string>, split: Split): void {
    for (const id of ids) {
      if (id.includes('\0')) continue;
      this.#reserved[split].set(id, { id, split, name: imageName(id, {}) });
    }
    this.#settled = undefined;
  }

  /** Takes back all announcements, for names that turn out to be written in another way. */
  release(): void {
    for (const names of Object.values(this.#reserved)) names.clear();
    this.#settled = undefined;
  }

  /**
   * The path of a name's image, or undefined if there is none.
   * @param peek do not mark the image as listed
   * @throws PodiumError `layout-unsafe-path` for a path of another place if no such path of the split names an image,
   * `layout-ambiguous-image` if several files match, or several names match the file
   */
  find(id: string, split: Split, where: ProblemPath, peek: boolean = false): string | undefined {
    const request = { id, split, name: imageName(id, where) };
    if (request.name.paths.length === 0) return undefined;
    this.#settled ??= this.#settle();
    const { outcomes, owners, outside } = this.#settled;
    const isReserved = this.#reserved[split].has(id);
    const outcome = isReserved
      ? outcomes.get(keyOf(request))
      : this.#matchAlone(request, peek ? undefined : owners);
    if (outcome === undefined) {
      if (request.name.origin !== undefined && !(isReserved && outside.has(split)))
        throw unsafePath(id, where);
      return undefined;
    }
    if (outcome.kind === 'several') return this.#ambiguous(id, outcome.indices, where);
    if (outcome.kind === 'contested') return this.#contested(id, outcome, where);
    const { index, guesses } = outcome;
    const path = this.#images[index]!;
    if (peek) return path;
    this.#used[index] = 1;
    if (!isReserved) owners.set(index, request);
    for (const guess of guesses) {
      const known = this.#guessed.get(guess);
      if (known === undefined) this.#guessed.set(guess, { count: 1, example: `${path} for "${id}"` });
      else known.count++;
    }
    return path;
  }

  /** Images in a split's folder, for test sets without a table. */
  inFolder(split: Split): string[] {
    const folder = this.#folders[split];
    const splitOf = splitOfFolders();
    return this.#images.filter((path, index) => {
      const isInside = folder === undefined ? splitOf(path) === split : path.startsWith(`${folder}/`);
      if (isInside) this.#used[index] = 1;
      return isInside;
    });
  }

  /** Images that were not found for any name. */
  unlisted(): string[] {
    return this.#images.filter((_, index) => this.#used[index] === 0);
  }

  /**
   * How names were understood that do not say exactly which file they mean.
   * @param key the setting that names the images
   */
  decisions(key: string): Decision[] {
    return (Object.keys(GUESSES) as Guess[]).flatMap((guess) => {
      const found = this.#guessed.get(guess);
      if (found === undefined) return [];
      const [one, many] = GUESSES[guess];
      const { count, example } = found;
      const reason = count === 1 ? `1 name of an image ${one}` : `${count} names of images ${many}`;
      return [{ key, value: example, reason }];
    });
  }

  #settle(): Settled {
    const settled: Settled = { outcomes: new Map(), owners: new Map(), outside: new Set() };
    const { outcomes, owners, outside } = settled;
    const isTaken = (index: number) => owners.has(index);
    let open = (['train', 'test'] as const).flatMap((split) =>
      [...this.#reserved[split].values()].filter(({ name }) => name.paths.length > 0),
    );
    const shared = sharedFolders(open);
    for (const way of WAYS) {
      const rest: Request[] = [];
      const claims = new Map<number, [Request, Outcome][]>();
      for (const request of open) {
        const outcome = this.#matchOne(request, way, shared, isTaken);
        if (outcome === undefined) rest.push(request);
        else if (outcome.kind !== 'found') outcomes.set(keyOf(request), outcome);
        else {
          const list = claims.get(outcome.index);
          if (list === undefined) claims.set(outcome.index, [[request, outcome]]);
          else list.push([request, outcome]);
        }
      }
      for (const [index, list] of claims) {
        owners.set(index, list[0]![0]);
        for (const [request, outcome] of list) {
          const other = list.find(([{ id, split }]) => id !== request.id && split === request.split);
          const by = other?.[0].id;
          outcomes.set(keyOf(request), by === undefined ? outcome : { kind: 'contested', index, by });
          if (request.name.origin !== undefined) outside.add(request.split);
        }
      }
      open = rest;
    }
    return settled;
  }

  /** A name that was not announced; without owners, files that belong to other names match, too. */
  #matchAlone(request: Request, owners: ReadonlyMap<number, Request> | undefined): Outcome | undefined {
    const isTaken = (index: number) => {
      const owner = owners?.get(index);
      return owner !== undefined && owner.id !== request.id;
    };
    const shared = sharedFolders(owners === undefined ? [request] : []);
    for (const way of WAYS) {
      const outcome = this.#matchOne(request, way, shared, isTaken);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  /**
   * @param shared how many of the first folders a path of another place may lose, by `originOf`
   * @param isTaken whether another name means a file more exactly
   */
  #matchOne(
    request: Request,
    way: Way,
    shared: ReadonlyMap<string, number>,
    isTaken: (index: number) => boolean,
  ): Outcome | undefined {
    const { paths, origin } = request.name;
    const most = origin === undefined ? 0 : (shared.get(originOf(request)) ?? 0);
    for (const [variant, path] of paths.entries()) {
      const parts = path.split('/');
      for (let dropped = 0; dropped <= Math.min(most, parts.length - 1); dropped++) {
        const tail = dropped === 0 ? path : parts.slice(dropped).join('/');
        const all = this.#candidates(tail, request.split, way);
        const found = all.filter((index) => !isTaken(index));
        if (found.length === 0) continue;
        const best = this.#nearest(found, tail, way);
        if (best.length > 1) return { kind: 'several', indices: best };
        const guesses: Guess[] = [];
        if (way.key === 'other-extension') guesses.push('extension');
        if (way.anyCase) guesses.push('case');
        if (origin !== undefined) guesses.push('place');
        else if (variant > 0) guesses.push('encoding');
        return { kind: 'found', index: best[0]!, guesses };
      }
    }
    return undefined;
  }

  #candidates(tail: string, split: Split, way: Way): number[] {
    const lookup = this.#lookup(way);
    const key = this.#keyOf(tail, way);
    if (key === undefined) return [];
    const folder = this.#folders[split];
    return (lookup.byEnd.get(lastTwo(key)) ?? []).filter((index) => {
      const path = this.#images[index]!;
      if (folder !== undefined && !path.startsWith(`${folder}/`)) return false;
      const own = this.#splits[index];
      if (folder === undefined && own !== undefined && own !== split) return false;
      const full = lookup.paths[index]!;
      return full === key || full.endsWith(`/${key}`);
    });
  }

  /** What a path is compared with; undefined if it has no extension to replace. */
  #keyOf(tail: string, { key, anyCase }: Way): string | undefined {
    const wanted = key === 'other-extension' ? stem(tail) : tail;
    if (key === 'other-extension' && wanted === tail) return undefined;
    return anyCase ? wanted.toLowerCase() : wanted;
  }

  #lookup({ key, anyCase }: Way): Lookup {
    const isName = key === 'name';
    const name = `${isName}${anyCase}`;
    const known = this.#lookups.get(name);
    if (known !== undefined) return known;
    const byEnd = new Map<string, number[]>();
    const paths = this.#images.map((image) => {
      const path = image.normalize('NFC');
      const compared = isName ? path : stem(path);
      return anyCase ? compared.toLowerCase() : compared;
    });
    for (const [index, path] of paths.entries()) {
      push(byEnd, lastTwo(path), index);
      if (path.includes('/')) push(byEnd, path.slice(path.lastIndexOf('/') + 1), index);
    }
    const made = { paths, byEnd };
    this.#lookups.set(name, made);
    return made;
  }

  /** Prefers a file whose whole path, below the split's folder or the root, is the name. */
  #nearest(found: readonly number[], tail: string, way: Way): readonly number[] {
    if (found.length === 1) return found;
    const { paths } = this.#lookup(way);
    const key = this.#keyOf(tail, way)!;
    const exact = found.filter((index) =>
      [this.#folders.train, this.#folders.test, undefined].some(
        (folder) => paths[index] === (folder === undefined ? key : `${folder.normalize('NFC')}/${key}`),
      ),
    );
    return exact.length > 0 ? exact : found;
  }

  #ambiguous(id: string, found: readonly number[], where: ProblemPath): never {
    const paths = found.map((index) => this.#images[index]);
    throw new PodiumError({
      code: 'layout-ambiguous-image',
      message: `${paths.length} images match ${JSON.stringify(id)}`,
      path: where,
      got: `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', ...' : ''}`,
      fix: this.#fix,
    });
  }

  #contested(id: string, { index, by }: Extract<Outcome, { kind: 'contested' }>, where: ProblemPath): never {
    throw new PodiumError({
      code: 'layout-ambiguous-image',
      message: `${JSON.stringify(id)} and ${JSON.stringify(by)} match the same image`,
      path: where,
      got: this.#images[index]!,
      fix: 'name each image once, with its folder and extension, or drop one of the rows',
    });
  }
}

interface Lookup {
  /** What names are compared with, by image. */
  readonly paths: readonly string[];
  /** Images by their name, and by the last folder and the name. */
  readonly byEnd: ReadonlyMap<string, readonly number[]>;
}

/** What all announced names mean. */
interface Settled {
  readonly outcomes: Map<string, Outcome>;
  /** By image: the first name that means it. */
  readonly owners: Map<number, Request>;
  /** Splits in which a path of another place names an image. */
  readonly outside: Set<Split>;
}

function keyOf({ id, split }: Request): string {
  return `${split} ${id}`;
}

/** Paths of one split and one place may share their first folders. */
function originOf({ split, name }: Request): string {
  return `${split} ${name.origin}`;
}

/** How many of their first folders all paths of another place share, by place. */
function sharedFolders(requests: readonly Request[]): Map<string, number> {
  const shared = new Map<string, readonly string[]>();
  for (const request of requests) {
    const { origin, paths } = request.name;
    if (origin === undefined) continue;
    const folders = paths[0]!.split('/').slice(0, -1);
    const before = shared.get(originOf(request)) ?? folders;
    const end = before.findIndex((part, i) => part !== folders[i]);
    shared.set(originOf(request), end === -1 ? before : before.slice(0, end));
  }
  return new Map([...shared].map(([origin, folders]) => [origin, folders.length]));
}

function lastTwo(path: string): string {
  return path.split('/').slice(-2).join('/');
}

/** Returns a function: the split of an image by the names of its folders: `train_images`, `seg_test`, `eval`. */
function splitOfFolders(): (path: string) => Split | undefined {
  const known = new Map<string, Split | undefined>();
  return (path) => {
    const folders = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (!known.has(folders)) {
      const roles = folders.split('/').map((part) => splitName(part)?.role);
      known.set(
        folders,
        roles.find((role) => role === 'train' || role === 'test'),
      );
    }
    return known.get(folders);
  };
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
