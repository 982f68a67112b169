import { fixed, type Value } from '../trace/graph.ts';
import { type Converter, defineConverters } from './converter.ts';

/** Resampling of images inside a network. */
export const resizeKernels: Converter[] = defineConverters({
  ResizeBilinear: (node, emitter) => {
    const images = node.inputs.images as Value;
    const { alignCorners, halfPixelCenters } = node.attributes as {
      alignCorners: boolean;
      halfPixelCenters: boolean;
    };
    const { graph } = emitter;
    const [, height, width] = node.outputs[0]!.shape;
    const [, fromHeight, fromWidth] = images.shape;
    const what = 'the size of an image';
    // As factors, so that the batch need not be known.
    const scales = Float32Array.of(
      1,
      1,
      fixed(height!, what) / fixed(fromHeight!, what),
      fixed(width!, what) / fixed(fromWidth!, what),
    );
    const inputs = [emitter.read(images, 'channelsFirst'), '', graph.initializer(scales, [4])];
    const coordinate_transformation_mode = alignCorners
      ? 'align_corners'
      : halfPixelCenters
        ? 'half_pixel'
        : 'asymmetric';
    const output = graph.node('Resize', inputs, { mode: 'linear', coordinate_transformation_mode });
    emitter.define(node.outputs[0]!, output, 'channelsFirst');
  },
});
