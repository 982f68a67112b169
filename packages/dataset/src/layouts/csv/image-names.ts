import { PodiumError } from '@podium/core';
import type { ImageIndex } from '../../folder/image-index.ts';
import { stem } from '../../folder/image-name.ts';
import type { Split } from '../layout.ts';
import type { Notes } from '../notes.ts';
import { UnclearSetting } from '../unclear-setting.ts';

const SAMPLED_CELLS = 200;
/** A number, which a program may have written as `7.0`. */
const DIGITS = /^(.*\/)?(\d+)(?:\.0+)?(\.[a-z]+)?$/i;

/** Settings of how cells name images. */
export interface ImageNameSettings {
  /** Digits that numbers are padded to. */
  readonly pad?: number | false | undefined;
  /** Leading folders of paths that the folder does not have. */
  readonly dropFolders?: number | undefined;
}

/** How cells of a column become the names of images: what was lost or added when the table was written is mended. */
export interface ImageNames {
  readonly nameOf: (cell: string) => string;
  /** Whether some names are not the cells themselves. */
  readonly differ: boolean;
  /** Cells that name an image. */
  readonly found: number;
  /** What was mended although no setting says it: the setting, its value, and why. */
  readonly mended: { readonly option: string; readonly value: string; readonly reason: string } | undefined;
}

/**
 * Recognizes how cells name images: as they are; as numbers that lost their leading zeros; or below folders that the folder
 * does not have.
 * @param cells different ones, trimmed
 * @throws UnclearSetting `layout-lost-zeros` if numbers padded to several lengths name images
 */
export function recognizeNames(
  cells: readonly string[],
  { index, images, split }: { index: ImageIndex; images: readonly string[]; split: Split },
  settings: ImageNameSettings,
): ImageNames {
  const { pad, dropFolders } = settings;
  const has = (name: string) => namesImage(index, name, split);
  const padded = (cell: string, digits: number) =>
    cell.replace(
      DIGITS,
      (_, folder = '', number, extension = '') => `${folder}${number.padStart(digits, '0')}${extension}`,
    );
  const dropped = (cell: string, folders: number) =>
    cell.replaceAll('\\', '/').split('/').slice(folders).join('/');
  const base =
    dropFolders === undefined ? (cell: string) => cell : (cell: string) => dropped(cell, dropFolders);
  if (typeof pad === 'number') {
    const nameOf = (cell: string) => (has(base(cell)) ? base(cell) : padded(base(cell), pad));
    return {
      nameOf,
      differ: true,
      found: cells.filter((cell) => has(nameOf(cell))).length,
      mended: undefined,
    };
  }
  const lost = cells.filter((cell) => cell !== '' && !has(base(cell)));
  const found = cells.filter((cell) => cell !== '').length - lost.length;
  const plain: ImageNames = { nameOf: base, differ: dropFolders !== undefined, found, mended: undefined };
  if (lost.length === 0) return plain;
  const numbers = pad === false ? [] : lost.filter((cell) => DIGITS.test(base(cell)));
  // "7.0" may be "7".
  const plainLengths = numbers.some((cell) => /\d\.0+(\.[a-z]+)?$/i.test(cell)) ? [1] : [];
  const lengths = numbers.length === 0 ? [] : [...plainLengths, ...zeroPaddedLengths(images)];
  const fitting = lengths
    .map((digits) => ({ digits, cells: numbers.filter((cell) => has(padded(base(cell), digits))) }))
    .filter((item) => item.cells.length > 0);
  if (fitting.length > 1) {
    throw new UnclearSetting(
      'pad',
      fitting.map(({ digits, cells: [first] }) => ({
        value: digits,
        label: `"${first}" is "${padded(first!, digits)}"`,
      })),
      {
        code: 'layout-lost-zeros',
        message: 'numbers in the table lost the leading zeros of the images, whose numbers differ in length',
        expected: 'as many digits as the name of the image has',
        got: JSON.stringify(fitting[0]!.cells[0]),
      },
    );
  }
  const [zeros] = fitting;
  if (zeros !== undefined) {
    const { digits } = zeros;
    const mendedCells = new Set(zeros.cells);
    const [first] = zeros.cells;
    return {
      nameOf: (cell) => (mendedCells.has(cell) ? padded(base(cell), digits) : base(cell)),
      differ: true,
      found: found + zeros.cells.length,
      mended: {
        option: 'pad',
        value: String(digits),
        reason: `${zeros.cells.length} numbers lost their leading zeros: "${first}" is ${padded(base(first!), digits)}`,
      },
    };
  }
  if (found > 0 || dropFolders !== undefined) return plain;
  const looked = cells.filter((cell) => cell !== '').slice(0, SAMPLED_CELLS);
  for (let folders = 1; folders <= sharedFolders(cells); folders++) {
    const [first] = looked.filter((cell) => has(dropped(cell, folders)));
    if (first === undefined) continue;
    const nameOf = (cell: string) => dropped(cell, folders);
    return {
      nameOf,
      differ: true,
      found: cells.filter((cell) => has(nameOf(cell))).length,
      mended: {
        option: 'dropFolders',
        value: String(folders),
        reason: `no path names an image with its first ${folders === 1 ? 'folder' : `${folders} folders`}, and "${first}" does without`,
      },
    };
  }
  return plain;
}

/** {@link recognizeNames}, of cells that may repeat; what is mended is told. @throws as it does */
export function tellNames(
  cells: readonly string[],
  where: Parameters<typeof recognizeNames>[1],
  settings: ImageNameSettings,
  notes: Notes,
): ImageNames {
  const names = recognizeNames([...new Set(cells)], where, settings);
  if (names.mended !== undefined) {
    const { option, value, reason } = names.mended;
    notes.decide(option, value, reason);
  }
  return names;
}

/** Whether a name means an image; several that match count, since reading them is an error of its own. */
export function namesImage(index: ImageIndex, name: string, split: Split): boolean {
  if (name === '') return false;
  try {
    return index.find(name, split, {}, true) !== undefined;
  } catch (error) {
    if (error instanceof PodiumError) return error.code === 'layout-ambiguous-image';
    throw error;
  }
}

/** The lengths of the images' names that are numbers with leading zeros. */
function zeroPaddedLengths(images: readonly string[]): number[] {
  const lengths = new Set<number>();
  for (const image of images) {
    const name = stem(image.slice(image.lastIndexOf('/') + 1));
    if (/^0\d+$/.test(name)) lengths.add(name.length);
  }
  return [...lengths].sort((a, b) => a - b);
}

/** How many leading folders all relative paths share. */
function sharedFolders(cells: readonly string[]): number {
  let shared: string[] | undefined;
  for (const cell of cells) {
    if (cell === '') continue;
    const folders = cell.replaceAll('\\', '/').split('/').slice(0, -1);
    if (shared === undefined) shared = folders;
    else {
      const end = shared.findIndex((part, i) => part !== folders[i]);
      if (end !== -1) shared = shared.slice(0, end);
    }
  }
  return shared?.length ?? 0;
}
