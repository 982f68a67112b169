/* Installs TensorFlow if necessary, and prints progress. If that is not possible, the exit code tells so. */
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
