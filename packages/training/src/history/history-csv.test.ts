import { expect, test } from 'vitest';
import { historyCsv } from './history-csv.ts';
import type { HistoryRow } from './history-row.ts';

test('one line per row, with metrics that appear later', () => {
  const history: HistoryRow[] = [
    { epoch: 0, step: 10, learningRate: 0.1, trainLoss: 1, metrics: { 'a,"b"': 0.5 } },
    { epoch: 1, step: 20, learningRate: 0.05, metrics: { loss: 2 } },
  ];
  expect(historyCsv(history)).toBe(
    'epoch,step,learning_rate,train_loss,"a,""b""",loss\n1,10,0.1,1,0.5,\n2,20,0.05,,,2\n',
  );
});
