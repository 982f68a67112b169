/** How several labels are written in one cell. */
export interface ListStyle {
  /** `cat dog`, `["cat", "dog"]` or `['cat', 'dog']`. */
  readonly list: 'plain' | 'json' | 'python';
  readonly separator: string;
}

/** Longer ones first: `, ` also contains a comma. */
const SEPARATORS = [' | ', ', ', '; ', '|', ',', ';', '/', '\t', ' '];
const PYTHON_TEXT = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g;

/** The labels in a cell; undefined if the cell is not a list of this style. */
export function splitCell(cell: string, { list, separator }: ListStyle): string[] | undefined {
  const text = cell.trim();
  if (text === '') return [];
  if (list === 'plain') return text.split(separator === ' ' ? / +/ : separator).map((part) => part.trim());
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined;
  if (list === 'json') {
    try {
      const parts: unknown = JSON.parse(text);
      return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : undefined;
    } catch {
      return undefined;
    }
  }
  const between = text.slice(1, -1).replaceAll(PYTHON_TEXT, '');
  if (!/^[\s,]*$/.test(between)) return undefined;
  return [...text.slice(1, -1).matchAll(PYTHON_TEXT)].map(([, single, double]) =>
    (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'),
  );
}

/** The cell of these labels. */
export function joinLabels(labels: readonly string[], { list, separator }: ListStyle): string {
  if (list === 'plain') return labels.join(separator);
  const quoted = labels.map((label) =>
    list === 'json' ? JSON.stringify(label) : `'${label.replaceAll(/['\\]/g, '\\$&')}'`,
  );
  return `[${quoted.join(separator)}]`;
}

/** What is found out about the lists in a column. */
export interface FoundLists {
  readonly style: ListStyle;
  /** Whether a cell shows it: a single label in every cell fits many styles. */
  readonly isShown: boolean;
  /** Labels in the cell with the most. */
  readonly maxLabels: number;
  /** Different parts of cells that are not among the labels. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * How labels are listed in the cells of a column: the style by which the fewest parts are unknown, and of those the one that
 * splits most.
 * @param usual the separator to assume where no cell shows one; default: a space
 */
export function findLists(
  values: ReadonlySet<string>,
  labels: ReadonlySet<string>,
  usual: string | undefined,
): FoundLists {
  const candidates = [
    ...(['json', 'python'] as const).map((list) => ({ list, separator: listSeparator(values) })),
    ...[...(usual === undefined ? [] : [usual]), ...SEPARATORS].map((separator) => ({
      list: 'plain' as const,
      separator,
    })),
  ];
  let best: FoundLists = {
    style: { list: 'plain', separator: usual ?? ' ' },
    isShown: false,
    maxLabels: values.size === 0 ? 0 : 1,
    unknown: new Set([...values].filter((value) => !labels.has(value))),
  };
  for (const style of candidates) {
    const cells = [...values].map((value) => splitCell(value, style));
    if (cells.includes(undefined)) continue;
    const maxLabels = Math.max(0, ...cells.map((parts) => parts!.length));
    const isShown = style.list !== 'plain' || maxLabels > 1;
    if (!isShown) continue;
    const unknown = new Set(cells.flatMap((parts) => parts!.filter((part) => !labels.has(part))));
    // A cell that is a label as a whole is not a list of others.
    const isBetter =
      unknown.size < best.unknown.size ||
      (unknown.size === best.unknown.size &&
        unknown.size > 0 &&
        (maxLabels > best.maxLabels || !best.isShown));
    if (isBetter) best = { style, isShown, maxLabels, unknown };
  }
  return best;
}

function listSeparator(values: ReadonlySet<string>): string {
  const isTight = [...values].some((value) => /["'],["']/.test(value));
  return isTight ? ',' : ', ';
}
