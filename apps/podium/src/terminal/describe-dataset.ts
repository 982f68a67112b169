import { type PodiumError, renderProblem } from '@podium/core';
import type { DatasetDescription, Finding, Recognition, Report } from '@podium/dataset';
import { formatCount, formatTable } from './format.ts';

/** The rows and heads of a competition folder. */
export function describeDataset(
  description: DatasetDescription & { readonly recognition?: Recognition },
): string[] {
  const { layout, recognition, heads, train, test, submission } = description;
  const evidence = recognition?.candidates.find((candidate) => candidate.layout === layout)?.evidence ?? [];
  const groups = new Set(train.map(({ group }) => group).filter((group) => group !== undefined)).size;
  return formatTable(
    [
      ['Layout', `${layout}${evidence.length === 0 ? '' : `: ${evidence.join('; ')}`}`],
      [
        'Train',
        `${formatCount(train.length)} images${groups === 0 ? '' : ` in ${formatCount(groups)} groups`}`,
      ],
      ['Test', test.length === 0 ? 'none' : `${formatCount(test.length)} images`],
      ...heads.map(({ name, task, classes, min, max }): [string, string] => [
        'Head',
        task === 'regression'
          ? `${name}: ${classes.length === 1 ? 'a number' : `${formatCount(classes.length)} numbers (${shorten(classes)})`}${min === undefined ? '' : `, at least ${min}`}${max === undefined ? '' : `, at most ${max}`}`
          : `${name}: ${formatCount(classes.length)} classes (${shorten(classes)})${task === 'multi-label' ? ', multi-label' : ''}`,
      ]),
      ...(submission === undefined ? [] : [['Submission', submission.path] satisfies [string, string]]),
    ],
    10,
  );
}

const MAX_CLASSES = 6;

function shorten(classes: readonly string[]): string {
  const shown = classes.slice(0, MAX_CLASSES).join(', ');
  return classes.length > MAX_CLASSES ? `${shown}, ...` : shown;
}

/**
 * The findings of an inspection, most severe first.
 * @param blocker why a run would stop
 */
export function describeInspection(
  { findings, failures, rows, images }: Report,
  blocker?: PodiumError,
): string[] {
  const rowCount = rows.train + rows.test + rows.external;
  const lines = ['', `${formatCount(rowCount)} rows, ${formatCount(images)} different images.`, ''];
  for (const finding of findings) lines.push(...describeFinding(finding));
  const checks = [...new Set(failures.map(({ check }) => check))];
  if (findings.length === 0) lines.push('No problems found.');
  else if (blocker !== undefined) {
    lines.push(
      'A run would stop here:',
      ...renderProblem(blocker.problem)
        .split('\n')
        .map((line) => `  ${line}`),
    );
    if (checks.length > 0)
      lines.push(
        `To accept these leaks: --accept ${checks.join(' ')} here, data.accept: [${checks.join(', ')}] in settings`,
      );
  } else if (checks.length > 0) lines.push('A run would drop the rows that leak.');
  return lines;
}

function describeFinding({ severity, check, message, rows, fix }: Finding): string[] {
  const shown = rows.slice(0, 3).join(', ');
  return [
    `${severity.toUpperCase().padEnd(8)} ${check}: ${message}`,
    ...(rows.length === 0
      ? []
      : [`         ${shown}${rows.length > 3 ? `, ... (${formatCount(rows.length)})` : ''}`]),
    `         fix: ${fix}`,
    '',
  ];
}
