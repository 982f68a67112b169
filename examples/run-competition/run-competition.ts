import { runCompetition, scoreInterval } from '@podium/competition';

const { score, paths } = await runCompetition(
  {
    competition: 'masks',
    data: { folder: 'data/masks' },
    preset: 'fast',
    folds: { count: 3 },
    models: [{ model: 'small-net', imageSize: 32, epochs: 4 }],
  },
  { onEvent: (event) => event.type === 'phase' && console.error(event.phase) },
);
const { low, high } = scoreInterval(score);
console.log(`${score.metric} ${score.score.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`);
console.log(paths === undefined ? 'The linter found errors.' : paths.csv);
