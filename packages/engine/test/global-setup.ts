import { describeAttempt, describeEvent, installTensorflow } from '../src/install/index.ts';

/** Sees that TensorFlow is there before the engine's tests; those that need it say so where it cannot be had. */
export async function setup(): Promise<void> {
  const { library, attempts } = await installTensorflow({
    onEvent: (event) => {
      if (event.type !== 'progress' && event.type !== 'attempt') console.log(describeEvent(event));
    },
  });
  if (library !== undefined) return;
  console.log('TensorFlow could not be had:');
  for (const attempt of attempts) console.log(`  ${describeAttempt(attempt)}`);
}
