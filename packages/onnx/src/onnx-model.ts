import { PodiumError } from '@podium/core';
import { withPrecision } from '@podium/engine';
import type { HeadSizes, ImageModel } from '@podium/model-zoo';
import { Buffer, fuse, Parameter } from '@podium/nn';
import { Emitter } from './graph/emitter.ts';
import { GraphBuilder, type WeightFormat } from './graph/graph-builder.ts';
import { converters } from './kernels/index.ts';
import { patterns } from './patterns/index.ts';
import { simplify } from './patterns/pattern.ts';
import { type Extent, fixed, type Trace, type TraceNode } from './trace/graph.ts';
import { traceModel } from './trace/trace-model.ts';
import { encodeModel, type Port } from './write-model.ts';

/** Versions of ONNX's operators that files can be written for. */
const OPSETS = { lowest: 17, highest: 22 } as const;
const IMAGES = 'images';

/** Options of {@link onnxModel}. */
export interface OnnxOptions {
  /** Size of the images, which is fixed in the file. Default: that of `model.input`. */
  readonly imageSize?: readonly [height: number, width: number];
  /** Default: 3. */
  readonly channels?: number;
  /** Number of images per call. Default: any. */
  readonly batch?: number;
  /** Version of ONNX's operators, from 17 to 22. Default: 17. */
  readonly opset?: number;
  /** Format of the weights in the file; float16 halves it. Nodes compute in float32 either way. Default: `float32`. */
  readonly weights?: WeightFormat;
  /**
   * - `normalized` (default): float32 `[B,C,H,W]`, with mean and standard deviation applied, as PyTorch's models take it;
   * - `pixels`: uint8 `[B,H,W,C]`, normalized inside by `model.input`.
   */
  readonly input?: 'normalized' | 'pixels';
  /** What the file computes: the model's logits, or probabilities by one of the two functions. Default: `logits`. */
  readonly output?: 'logits' | 'softmax' | 'sigmoid';
  /** Classes per head of a model with several, in order: each becomes an output with its name. */
  readonly heads?: HeadSizes;
  /** Names of the classes, in order; of several heads one after the other. */
  readonly labels?: readonly string[];
  /** Name of the graph. Default: the name of the model's class. */
  readonly name?: string;
  /** More entries for the file's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An ONNX file in memory. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Number of nodes. */
  readonly nodes: number;
}

/**
 * A network of the zoo as an ONNX file: `images -> logits`, in its inference form, with batch norms folded into convolutions. The
 * model stays as it is.
 *
 * The network is run on shapes, and every kernel that depends on the images is written as nodes of ONNX. Convolutions, pooling and
 * what lies between them work on `[B,C,H,W]`, as ONNX Runtime does.
 *
 * @throws PodiumError `onnx-option` for a value out of range, `onnx-unsupported` for a network with a kernel that has no
 * counterpart, `onnx-control-flow` or `onnx-batch` for one that depends on the number of images, `onnx-too-large` for more than 2 GB
 *
 * @example
 * const { bytes } = onnxModel(model, { output: 'softmax', labels: ['cat', 'dog'] });
 */
export function onnxModel(model: ImageModel, options: OnnxOptions = {}): OnnxModel {
  const settings = resolve(model, options);
  const { imageSize, channels, batch, opset, weights } = settings;
  const fused = fuse(model, [1, ...imageSize, channels]);
  const names = allocate(fused);
  const { trace, dispose } = withPrecision('float32', () =>
    traceModel((images) => fused.call(images), {
      imageShape: [...imageSize, channels],
      batch,
      nameOf: ({ dataId }) => names.get(dataId),
    }),
  );
  try {
    const graph = new GraphBuilder(opset, weights);
    const images = graph.unique(IMAGES);
    const emitter = new Emitter(graph, images);
    const input = defineImages(trace, emitter, images, settings);
    const simple = simplify(trace, patterns);
    for (const node of simple.nodes) convert(node, emitter);
    const outputs = defineOutputs(simple, emitter, settings);
    const bytes = encodeModel(graph, { inputs: [input], outputs }, settings);
    return { bytes, inputs: [input], outputs, nodes: graph.nodes.length };
  } finally {
    dispose();
    fused.dispose();
  }
}

interface Settings extends Pick<OnnxOptions, 'batch' | 'heads' | 'labels'> {
  readonly imageSize: readonly [number, number];
  readonly channels: number;
  readonly opset: number;
  readonly weights: WeightFormat;
  readonly input: NonNullable<OnnxOptions['input']>;
  readonly output: NonNullable<OnnxOptions['output']>;
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

function resolve(model: ImageModel, options: OnnxOptions): Settings {
  const { input: config } = model;
  const { opset = OPSETS.lowest, channels = 3, weights = 'float32', input = 'normalized' } = options;
  const { imageSize = config?.imageSize, output = 'logits', batch, heads, labels } = options;
  const { name = model.constructor.name } = options;
  if (imageSize === undefined)
    throw invalid('imageSize', '[height, width], as the model has no input settings', 'nothing');
  if (!Number.isInteger(opset) || opset < OPSETS.lowest || opset > OPSETS.highest) {
    throw invalid('opset', `a whole number from ${OPSETS.lowest} to ${OPSETS.highest}`, String(opset));
  }
  if (batch !== undefined && !(Number.isInteger(batch) && batch > 0)) {
    throw invalid('batch', 'a whole number > 0', String(batch));
  }
  const { mean, std } = config ?? {};
  if (input === 'pixels' && (mean?.length !== channels || std?.length !== channels)) {
    throw invalid(
      'input',
      `"normalized", or a model with mean and standard deviation of ${channels} channels`,
      '"pixels"',
    );
  }
  const metadata = {
    input,
    output,
    image_size: JSON.stringify(imageSize),
    ...(config !== undefined && {
      mean: JSON.stringify(config.mean),
      std: JSON.stringify(config.std),
      crop_fraction: String(config.cropFraction),
      interpolation: config.interpolation,
    }),
    ...(labels !== undefined && { labels: JSON.stringify(labels) }),
    ...options.metadata,
  };
  return {
    imageSize,
    channels,
    batch,
    opset,
    weights,
    input,
    output,
    heads,
    labels,
    mean,
    std,
    name,
    metadata,
  };
}

function invalid(key: string, expected: string, got: string): PodiumError {
  return new PodiumError({ code: 'onnx-option', path: { key }, expected, got });
}

/** Makes all values, and returns the path of each tensor by its data. */
function allocate(model: ImageModel): Map<object, string> {
  const names = new Map<object, string>();
  for (const [path, entry] of model.namedEntries()) {
    if (entry instanceof Parameter || entry instanceof Buffer) names.set(entry.variable.dataId, path);
  }
  return names;
}

function defineImages({ input: value }: Trace, emitter: Emitter, name: string, settings: Settings): Port {
  const { imageSize, channels, input, mean, std, batch = 'batch' } = settings;
  if (input === 'normalized') {
    emitter.define(value, name, 'channelsFirst');
    return { name, type: 'float32', shape: [batch, channels, ...imageSize] };
  }
  const { graph } = emitter;
  const vector = (values: readonly number[]) => graph.initializer(Float32Array.from(values), [channels]);
  // 1 is float32.
  const shifted = graph.node('Sub', [
    graph.node('Cast', [name], { to: 1 }),
    vector(mean!.map((m) => m * 255)),
  ]);
  emitter.define(value, graph.node('Div', [shifted, vector(std!.map((s) => s * 255))]));
  return { name, type: 'uint8', shape: [batch, ...imageSize, channels] };
}

function convert(node: TraceNode, emitter: Emitter): void {
  if (!converters.has(node.kernel)) {
    throw new PodiumError({
      code: 'onnx-unsupported',
      message: `the network runs TensorFlow.js's kernel ${node.kernel}, which has no counterpart in the ONNX export`,
      fix: 'add a converter to packages/onnx/src/kernels',
    });
  }
  converters.get(node.kernel).convert(node, emitter);
}

function defineOutputs({ output }: Trace, emitter: Emitter, settings: Settings): Port[] {
  const { heads, output: kind, batch = 'batch', labels } = settings;
  const { graph } = emitter;
  const logits = emitter.read(output);
  const classes = output.shape.at(-1) as number;
  const ports: Port[] = [];
  const finish = (name: string, computed: string, shape: Port['shape']) => {
    const activated =
      kind === 'logits'
        ? computed
        : graph.node(
            kind === 'softmax' ? 'Softmax' : 'Sigmoid',
            [computed],
            kind === 'softmax' ? { axis: -1 } : {},
          );
    const final = graph.unique(name);
    graph.rename(activated, final);
    ports.push({ name: final, type: 'float32', shape });
  };
  if (labels !== undefined && labels.length !== classes) {
    throw invalid('labels', `${classes} names, one per output`, String(labels.length));
  }
  if (heads === undefined) {
    const shape = output.shape.map((extent: Extent, axis) =>
      axis === 0 ? batch : fixed(extent, 'the output'),
    );
    finish(kind === 'logits' ? 'logits' : 'probabilities', logits, shape);
    return ports;
  }
  const sizes = heads instanceof Map ? [...heads] : Object.entries(heads as Readonly<Record<string, number>>);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  if (total !== classes) throw invalid('heads', `${classes} classes in total`, String(total));
  const parts = graph.nodeWithOutputs(
    'Split',
    [logits, graph.integers(sizes.map(([, size]) => size))],
    sizes.length,
    { axis: -1 },
  );
  for (const [i, [name, size]] of sizes.entries()) finish(name, parts[i]!, [batch, size]);
  return ports;
}
