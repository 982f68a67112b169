/* Sees that TensorFlow is there, and says how it goes. Not having it is no failure here: tests that need it say so. */
import { describeAttempt, describeEvent, installTensorflow } from '../src/install/index.ts';

const { library, attempts } = await installTensorflow({
  onEvent: (event) => {
    if (event.type !== 'progress' && event.type !== 'attempt') console.log(describeEvent(event));
  },
});
if (library === undefined) {
  console.log('TensorFlow could not be had:');
  for (const attempt of attempts) console.log(`  ${describeAttempt(attempt)}`);
}
