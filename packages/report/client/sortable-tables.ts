const numbers = new Intl.Collator('en', { numeric: true });

/** Makes the column headers of `data-sortable` tables sort by clicking. */
export function sortableTables(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) {
    for (const head of table.tHead?.rows[0]?.cells ?? []) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'sort';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => sort(table, head));
    }
  }
}

function sort(table: HTMLTableElement, head: HTMLTableCellElement): void {
  const body = table.tBodies[0];
  if (!body) return;
  const direction = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
  for (const other of head.parentElement?.children ?? []) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', direction);
  const sign = direction === 'ascending' ? 1 : -1;
  const column = head.cellIndex;
  const rows = [...body.rows].map((row) => {
    const cell = row.cells[column];
    return { row, key: cell?.dataset.value ?? cell?.textContent ?? '' };
  });
  rows.sort((a, b) => {
    const difference = Number.parseFloat(a.key) - Number.parseFloat(b.key);
    return sign * (Number.isNaN(difference) ? numbers.compare(a.key, b.key) : difference);
  });
  body.append(...rows.map(({ row }) => row));
}
