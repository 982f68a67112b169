import type { Patch } from '@podium/dataset';
import type { Finding } from '@podium/report';
import type { Findings } from '../artifacts/json.ts';

/** Checks of images that show the same thing; the folds keep each set of them together. */
const KEPT_TOGETHER = new Set(['exact-duplicates', 'near-duplicates', 'conflicting-labels']);

/**
 * What the checks of the data found, with what the run did about it: what is done already is no advice.
 * @param patch what the run changed; its reasons begin with the name of a check
 * @param hasImage whether a row's image is in the report
 */
export function dataFindings(
  { findings }: Pick<Findings, 'findings'>,
  { entries }: Patch,
  hasImage: (id: string) => boolean,
): Finding[] {
  return findings.map(({ severity, check, message, fix, rows }): Finding => {
    const own = entries.filter(({ reason }) => reason.startsWith(`${check}:`));
    const count = (action: (typeof entries)[number]['action']) =>
      own.filter((entry) => entry.action === action).length;
    const [dropped, regrouped] = [count('drop'), count('regroup')];
    const others = own.length - dropped - regrouped;
    const done = [
      ...(dropped > 0 ? [`left out ${rowsText(dropped)}`] : []),
      ...(regrouped > 0 ? [`put ${rowsText(regrouped)} into the groups of their copies`] : []),
      ...(others > 0 ? [`changed the labels of ${rowsText(others)}`] : []),
    ];
    const settled = done.length > 0;
    const together = KEPT_TOGETHER.has(check) ? '. Each set is kept in one fold' : '';
    return {
      severity: severity === 'note' || settled ? 'info' : severity === 'warning' ? 'warning' : 'error',
      message: `${check}: ${message}${together}${settled ? `. This run ${done.join(', and ')}` : ''}`,
      ...(!settled && { fix: KEPT_TOGETHER.has(check) ? ungrouped(fix) : fix }),
      count: rows.length,
      images: rows.filter(hasImage).slice(0, 6),
    };
  });
}

/** Advice without the part that folds follow already. */
function ungrouped(fix: string): string | undefined {
  const parts = fix.split(/, or |; /).filter((part) => !/\bone fold\b|\bgroup\b/.test(part));
  return parts.length === 0 ? undefined : parts.join(', or ');
}

function rowsText(count: number): string {
  return `${count} ${count === 1 ? 'row' : 'rows'}`;
}
