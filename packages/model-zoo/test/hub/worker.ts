/* One download in a process of its own: prints every event as a line of JSON, then the result. */
import { fetchWeights, parseWeightsSource } from '../../src/hub/index.ts';

const say = (value: unknown): void => console.log(JSON.stringify(value));
say({ result: await fetchWeights(parseWeightsSource(process.argv[2] ?? ''), { onEvent: say }) });
