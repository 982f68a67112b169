import { readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { TableColumns } from '../../tables/columns.ts';
import type { TableRow } from '../../tables/read-table.ts';

/** A row of a table that is used, by its place among the rows. */
export type IsUsed = (table: string, row: number) => boolean;

/** The training rows of one table or several: those that have an image. */
export class LabeledRows {
  readonly #folder: CompetitionFolder;
  readonly #tables: readonly string[];
  readonly #reading: TableReading;
  readonly #isUsed: IsUsed;

  constructor(
    folder: CompetitionFolder,
    tables: readonly string[],
    reading: TableReading,
    isUsed: IsUsed = () => true,
  ) {
    this.#folder = folder;
    this.#tables = tables;
    this.#reading = reading;
    this.#isUsed = isUsed;
  }

  /** Reads all rows, table by table, with their places among the rows of their table. */
  async each(
    begin: (table: {
      readonly file: string;
      readonly columns: TableColumns;
    }) => (row: TableRow, place: number) => void,
  ): Promise<void> {
    for (const file of this.#tables) {
      let place = 0;
      await readFolderTable(
        this.#folder,
        file,
        (columns) => {
          const take = begin({ file, columns });
          return (row) => {
            if (this.#isUsed(file, place)) take(row, place);
            place++;
          };
        },
        this.#reading,
      );
    }
  }
}
