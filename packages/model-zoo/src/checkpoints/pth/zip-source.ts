import { type CheckpointFile, damaged } from '@podium/nn/checkpoint-files';
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';

type Done = (error: Error | null, bytesRead?: number) => void;

/**
 * Lets the zip library read a checkpoint file. The library's own reader passes untrusted positions to the system unchecked; one
 * beyond 2^53 would end the process with an exception in a callback. This one checks every position, and turns exceptions in
 * callbacks into rejections.
 */
class FileReader extends RandomAccessReader {
  readonly #file: CheckpointFile;
  readonly failure: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  constructor(file: CheckpointFile) {
    super();
    this.#file = file;
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Nobody may be waiting when it rejects.
    this.failure.catch(() => {});
  }

  override read(to: Buffer, offset: number, length: number, position: number, done: Done): void {
    this.#file
      .read(position, length, 'the directory of the zip')
      .then(
        (bytes) => {
          to.set(bytes, offset);
          done(null, length);
        },
        (error: Error) => done(error),
      )
      .catch(this.#fail);
  }

  /** The owner closes the file. */
  override close(done: (error: Error | null) => void): void {
    done(null);
  }
}

/** A zip in an open file. */
export class ZipSource {
  readonly zip: ZipFile;
  readonly #reader: FileReader;

  private constructor(zip: ZipFile, reader: FileReader) {
    this.zip = zip;
    this.#reader = reader;
  }

  static async open(file: CheckpointFile): Promise<ZipSource> {
    const reader = new FileReader(file);
    const opening = fromRandomAccessReaderPromise(reader, file.size, {
      autoClose: false,
      strictFileNames: true,
    });
    return new ZipSource(await settle(opening, reader), reader);
  }

  /** Waits for the zip library. Its errors mean a damaged file; those of the system are passed on. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    return await settle(promise, this.#reader);
  }
}

async function settle<T>(promise: Promise<T>, reader: FileReader): Promise<T> {
  try {
    return await Promise.race([promise, reader.failure]);
  } catch (error) {
    if (error instanceof Error && !('syscall' in error) && !('problem' in error)) {
      damaged(`the zip is truncated or damaged: ${error.message.slice(0, 300)}`);
    }
    throw error;
  }
}
