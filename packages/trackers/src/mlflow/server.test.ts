import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { image, NOW, points, training } from '../../test/example-training.ts';
import { server } from './server.ts';

/** A server that answers as `answer` says, and remembers what it was asked. */
async function listening(answer: (path: string) => object | number) {
  const requests: { path: string; body: string }[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const path = request.url!.replace('/api/2.0/', '');
      requests.push({ path, body });
      const given = answer(path);
      response.statusCode = typeof given === 'number' ? given : 200;
      response.end(typeof given === 'number' ? '{"error_code":"X"}' : JSON.stringify(given));
    });
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void http.close());
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, requests };
}

test('a training is sent as a run with its metrics and images', async () => {
  const { url, requests } = await listening((path) => {
    if (path.includes('get-by-name')) return 404;
    if (path.endsWith('experiments/create')) return { experiment_id: '7' };
    if (path.endsWith('runs/create'))
      return { run: { info: { run_id: 'r', artifact_uri: 'mlflow-artifacts:/7/r/artifacts' } } };
    return {};
  });
  const tracker = server({ url, experiment: undefined, now: () => NOW });
  const log = await tracker.open(training);
  await log.addPoints(points);
  await log.addImages(20, 'mistakes', [image]);
  await log.close('finished');
  expect(requests.map(({ path }) => path)).toEqual([
    'mlflow/experiments/get-by-name?experiment_name=leaves',
    'mlflow/experiments/create',
    'mlflow/runs/search',
    'mlflow/runs/create',
    'mlflow/runs/log-batch',
    'mlflow/runs/log-batch',
    'mlflow-artifacts/artifacts/7/r/artifacts/mistakes/20-0.png',
    'mlflow-artifacts/artifacts/7/r/artifacts/mistakes/20.json',
    'mlflow/runs/update',
  ]);
  const metrics = (JSON.parse(requests[5]!.body) as { metrics: object[] }).metrics;
  expect(metrics[0]).toEqual({
    key: 'train/loss',
    value: 0.1 + 0.2,
    timestamp: Math.round(NOW * 1000),
    step: 5,
  });
  expect(metrics).toContainEqual(expect.objectContaining({ key: 'validation/loss', value: 'NaN' }));
});

test('an error names the address and what the server answered', async () => {
  const { url } = await listening(() => 500);
  await expect(server({ url, experiment: 'x', now: () => NOW }).open(training)).rejects.toThrow(
    /mlflow\/experiments\/get-by-name.*500/s,
  );
  const closed = server({ url: 'http://127.0.0.1:9', experiment: 'x', now: () => NOW });
  await expect(closed.open(training)).rejects.toMatchObject({ code: 'mlflow-failed' });
});
