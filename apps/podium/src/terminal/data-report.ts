import type { DatasetDescription, Finding, Recognition, Report } from '@podium/dataset';
import { grouped } from './progress.ts';

/** What was read of a competition folder, as lines for people. */
export function describeRecognition(
  description: DatasetDescription & { readonly recognition?: Recognition },
): string[] {
  const { layout, recognition, heads, train, test, submission } = description;
  const evidence = recognition?.candidates.find((candidate) => candidate.layout === layout)?.evidence ?? [];
  const groups = new Set(train.map(({ group }) => group).filter((group) => group !== undefined)).size;
  const rows: [string, string][] = [
    ['Layout', `${layout}${evidence.length === 0 ? '' : `: ${evidence.join('; ')}`}`],
    ['Train', `${grouped(train.length)} images${groups === 0 ? '' : ` in ${grouped(groups)} groups`}`],
    ['Test', test.length === 0 ? 'none' : `${grouped(test.length)} images`],
    ...heads.map(({ name, task, classes }): [string, string] => [
      'Head',
      `${name}: ${grouped(classes.length)} classes (${shorten(classes)})${task === 'multi-label' ? ', several an image' : ''}`,
    ]),
    ...(submission === undefined ? [] : [['Submission', submission.path] satisfies [string, string]]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}`);
}

const MOST_CLASSES = 6;

function shorten(classes: readonly string[]): string {
  const shown = classes.slice(0, MOST_CLASSES).join(', ');
  return classes.length > MOST_CLASSES ? `${shown}, ...` : shown;
}

/** What the checks found, gravest first, as lines for people. */
export function describeReport({ findings, failures, rows, images }: Report): string[] {
  const listed = rows.train + rows.test + rows.external;
  const lines = ['', `${grouped(listed)} rows, ${grouped(images)} different images.`, ''];
  for (const finding of findings) lines.push(...describeFinding(finding));
  if (findings.length === 0) lines.push('Nothing amiss.');
  else if (failures.length > 0) {
    const names = [...new Set(failures.map(({ check }) => check))].join(' ');
    lines.push(`A run would stop here. To go on all the same: --accept ${names}`);
  }
  return lines;
}

function describeFinding({ severity, check, message, rows, fix }: Finding): string[] {
  const shown = rows.slice(0, 3).join(', ');
  return [
    `${severity.toUpperCase().padEnd(8)} ${check}: ${message}`,
    ...(rows.length === 0
      ? []
      : [`         ${shown}${rows.length > 3 ? `, ... (${grouped(rows.length)})` : ''}`]),
    `         fix: ${fix}`,
    '',
  ];
}
