import { expect, test } from 'vitest';
import { labelImages, makeTeacher } from './use-pseudo-label.ts';

test('use-pseudo-label labels images with the precision that it expects', () => {
  const teacher = makeTeacher();
  const { rows, precision } = labelImages(teacher);
  expect(rows.length).toBeGreaterThan(300);
  expect(rows.length).toBeLessThan(1000);
  const { classes } = teacher.unlabeled;
  const correct = rows.filter(
    ({ id, labels }) => labels.mask === classes[teacher.truth[teacher.unlabeled.indexOf(id)!]!],
  );
  expect(correct.length / rows.length).toBeGreaterThan(precision.low);
  expect(correct.length / rows.length).toBeLessThan(precision.high);
});
