import {
  type DatasetDescription,
  type InspectOptions,
  inspectDataset,
  type Report,
  useJpegDecoder,
} from '@podium/dataset';
import { findJpegDecoder } from '@podium/engine';

/** From this number of rows on, TensorFlow's JPEG decoder saves more than it takes to load it. */
const ENOUGH = 300;

/** `inspectDataset` in a process that does not load the engine, with its JPEG decoder if there are many images. */
export async function inspectImages(
  description: DatasetDescription,
  options: InspectOptions,
): Promise<Report> {
  const { train, test } = description;
  if (train.length + test.length >= ENOUGH) useJpegDecoder(await findJpegDecoder());
  return await inspectDataset(description, options);
}
