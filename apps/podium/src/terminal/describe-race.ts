import type { RaceReport, RaceRow } from '@podium/competition';
import { formatDuration, formatInterval, formatTable } from './format.ts';

/** `round 1: tf_efficientnet_lite0-fine-tune 0.8123 (0.77 to 0.85), 6 epochs of 734 images in 31 s: kept, the best` */
export function describeRaceRow({
  round,
  name,
  score,
  seconds,
  epochs,
  images,
  kept,
  reason,
}: RaceRow): string {
  const scored = score === undefined ? '' : ` ${score.estimate.toFixed(4)}, ${formatInterval(score)}`;
  const work = epochs === undefined ? '' : `, ${epochs} epochs of ${images} images`;
  const time = seconds === undefined ? '' : ` in ${formatDuration(Math.ceil(seconds))}`;
  const outcome = kept ? 'kept' : score === undefined ? 'not tried' : 'stopped';
  return `round ${round}: ${name}${scored}${work}${time}: ${outcome}, ${reason}`;
}

/** What a race tried and decided. */
export function describeRace({ rows, finals, fold, limitSeconds, usedSeconds, ended }: RaceReport): string[] {
  const time = `${formatDuration(Math.round(usedSeconds))} of ${formatDuration(limitSeconds)} until the last training`;
  const trained = finals.map(({ name, epochs }) =>
    epochs === undefined ? name : `${name}, ${epochs} epochs`,
  );
  return formatTable(
    [
      ...rows.map((row): [string, string] => ['Race', describeRaceRow(row)]),
      ['Race', `compared on fold ${fold}; ${time}; ${ended}`],
      ['Finals', `${trained.join('; ')}; folds ${finals[0]?.folds.join(', ') ?? 'none'}`],
    ],
    11,
  );
}
