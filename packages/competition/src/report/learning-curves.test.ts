import { expect, test } from 'vitest';
import { pointsOf } from './learning-curves.ts';

test('the score of a single head', () => {
  const history = 'epoch,step,learning_rate,train_loss,loss,accuracy\n1,10,0.1,2.5,2.25,0.5\n2,20,0.05,,2,\n';
  expect(pointsOf(history, 'accuracy')).toEqual([
    { epoch: 1, trainLoss: 2.5, valLoss: 2.25, metric: 0.5, learningRate: 0.1 },
    { epoch: 2, trainLoss: undefined, valLoss: 2, metric: undefined, learningRate: 0.05 },
  ]);
});

test('several heads: the mean of their scores', () => {
  const history = 'epoch,loss,age/loss,age/f1-macro,sex/loss,sex/f1-macro\n1,2,1,0.25,1,0.75\n';
  expect(pointsOf(history, 'f1-macro')[0]?.metric).toBe(0.5);
});
