/* Downloads in a separate process: prints every event as a line of JSON, then the result. */
import { fetchWeights, parseWeightsSource } from '../../src/hub/index.ts';

const print = (value: unknown): void => console.log(JSON.stringify(value));
print({ result: await fetchWeights(parseWeightsSource(process.argv[2] ?? ''), { onEvent: print }) });
