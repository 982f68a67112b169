import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { MissingImage, Split } from '../layout.ts';
import type { Notes } from '../notes.ts';
import type { ChosenColumns } from './choose-columns.ts';
import type { CsvSources } from './csv-settings.ts';
import { type ImageNameSettings, tellNames } from './image-names.ts';
import { type ListedRow, namesNothing } from './list-rows.ts';
import type { TestRow } from './test-rows.ts';

/** The images of all rows. */
export interface FoundImages {
  /** By place and table. */
  readonly train: ReadonlyMap<string, { readonly row: ListedRow; readonly image: string }>;
  readonly test: readonly { readonly row: TestRow; readonly image: string }[];
  /** Rows without an image; they are also taken down as left out. */
  readonly missing: readonly MissingImage[];
}

/**
 * Finds the images of all rows at once, so that no guess takes an image that another row names exactly.
 * @throws PodiumError as `ImageIndex.find`, naming the row
 */
export function findImages(
  folder: CompetitionFolder,
  { index }: CsvSources,
  settings: ImageNameSettings,
  chosen: ChosenColumns,
  rows: { readonly train: readonly ListedRow[]; readonly test: readonly TestRow[] },
  notes: Notes,
): FoundImages {
  const missing: MissingImage[] = [];
  const reserve = (nameOf: Readonly<Record<Split, (cell: string) => string>>) => {
    for (const split of ['train', 'test'] as const) {
      index.reserve(
        rows[split].map(({ cell }) => nameOf[split](cell)),
        split,
      );
    }
  };
  const namesOf = (split: Split) => {
    const cells = rows[split].map(({ cell }) => cell);
    return tellNames(cells, { index, images: folder.images, split }, settings, notes);
  };
  const asWritten = (cell: string) => cell;
  reserve({ train: asWritten, test: asWritten });
  const names = { train: namesOf('train'), test: namesOf('test') };
  const [trainName, testName] = [names.train.nameOf, names.test.nameOf];
  if (names.train.differ || names.test.differ) {
    index.release();
    reserve({ train: trainName, test: testName });
  }
  const train = new Map<string, { row: ListedRow; image: string }>();
  for (const row of rows.train) {
    const { id, table, line, place, cell } = row;
    const image = index.find(trainName(cell), 'train', { file: table, line, column: chosen.path });
    if (image !== undefined) {
      train.set(`${place} ${table}`, { row, image });
      continue;
    }
    const isNamed = !namesNothing(cell);
    if (isNamed) missing.push({ id, split: 'train', table, line });
    const reason = isNamed ? 'the folder does not have their image' : 'they name no image';
    notes.omit('training rows', reason, `${table}:${line}${id === '' ? '' : ` "${id}"`}`);
  }
  const test = rows.test.flatMap((row) => {
    const { id, table, line, cell } = row;
    const image = index.find(testName(cell), 'test', { file: table, line });
    if (image !== undefined) return [{ row, image }];
    missing.push({ id, split: 'test', table, line });
    notes.omit('test rows', 'the folder does not have their image', `${table}:${line} "${id}"`);
    return [];
  });
  return { train, test, missing };
}
