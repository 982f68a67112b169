/* Sees that TensorFlow is there, and says how it goes. Not having it is no failure here, but has an exit code of its own. */
import { describeAttempt, describeEvent, installTensorflow } from '../src/install/index.ts';

const { library, attempts } = await installTensorflow({
  onEvent: (event) => {
    if (event.type !== 'progress' && event.type !== 'attempt') console.log(describeEvent(event));
  },
});
if (library === undefined) {
  console.log('TensorFlow could not be installed, so the tests that need it are skipped:');
  for (const attempt of attempts) console.log(`  ${describeAttempt(attempt)}`);
  process.exitCode = 4;
}
