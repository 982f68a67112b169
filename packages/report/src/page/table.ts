import { type Html, html, type Piece } from './html.ts';
import { scrollBox } from './scroll-box.ts';

export interface Column {
  readonly name: string;
  /** Right-aligned, sorted by number. */
  readonly numeric?: boolean;
  /** Sentences: wide enough to be read, also where the table has to scroll. */
  readonly text?: boolean;
}

/** What a cell shows, and the value it is sorted by if that is not its text. */
export interface Cell {
  readonly show: Piece;
  readonly value?: number | string;
}

export interface TableOptions {
  /** For screen readers; visible with `showCaption`. */
  readonly caption: string;
  readonly showCaption?: boolean;
  readonly sortable?: boolean;
}

/** A table whose first column names its rows. Wide tables scroll in a box that the keyboard can reach. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (Cell | Piece)[])[],
  { caption, showCaption = false, sortable = false }: TableOptions,
): Html {
  const head = columns.map(
    ({ name, numeric }) => html`<th scope="col"${numeric && html` class="number"`}>${name}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr>${row.map((item, c) => {
        const { show, value } = isCell(item) ? item : { show: item, value: undefined };
        const kind = columns[c]?.numeric
          ? html` class="number"`
          : columns[c]?.text && html` class="sentence"`;
        const sort = value !== undefined && html` data-value="${value}"`;
        return c === 0
          ? html`<th scope="row"${kind}${sort}>${show}</th>`
          : html`<td${kind}${sort}>${show}</td>`;
      })}</tr>`,
  );
  return scrollBox(
    caption,
    html`<table${sortable && html` data-sortable`}><caption${!showCaption && html` class="hidden"`}>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`,
  );
}

function isCell(item: Cell | Piece): item is Cell {
  return typeof item === 'object' && item !== null && 'show' in item;
}
