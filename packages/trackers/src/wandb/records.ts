import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/*
 * The messages of a `.wandb` file that a training needs: `wandb_internal.Record` of wandb/proto/wandb_internal.proto. Fields
 * are never renumbered there, since newer versions read older files.
 */

/** A run: a training. */
export interface WandbRun {
  readonly id: string;
  readonly project: string;
  readonly group: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Seconds since 1970. */
  readonly startTime: number;
}

type Write = (to: BinaryWriter) => void;

/** Encodes the records of one run, which are numbered. */
export class WandbRecords {
  #count = 0;

  /** Which version of W&B's own software the file looks like. */
  header(): Uint8Array {
    return this.#record(21, (to) =>
      message(to, 1, () => {
        text(to, 1, '0.18.0');
        text(to, 2, '0.7.5');
      }),
    );
  }

  run({ id, project, group, name, config, startTime }: WandbRun): Uint8Array {
    return this.#record(17, (to) => {
      text(to, 1, id);
      text(to, 3, project);
      message(to, 4, () => items(to, 1, config));
      text(to, 6, group);
      text(to, 8, name);
      message(to, 17, () => {
        to.tag(1, WireType.Varint).int64(Math.floor(startTime));
        to.tag(2, WireType.Varint).int32(Math.round((startTime % 1) * 1e9));
      });
    });
  }

  history(step: number, values: Readonly<Record<string, unknown>>): Uint8Array {
    return this.#record(2, (to) => {
      items(to, 1, { ...values, _step: step });
      message(to, 2, () => {
        to.tag(1, WireType.Varint).int64(step);
      });
    });
  }

  /** The latest values. */
  summary(values: Readonly<Record<string, unknown>>): Uint8Array {
    return this.#record(3, (to) => items(to, 1, values));
  }

  /** Media to upload, by their paths below `files`. */
  files(paths: readonly string[]): Uint8Array {
    return this.#record(6, (to) => {
      for (const path of paths)
        message(to, 1, () => {
          text(to, 1, path);
          to.tag(3, WireType.Varint).int32(2);
        });
    });
  }

  exit(code: number, runtime: number): Uint8Array {
    return this.#record(18, (to) => {
      to.tag(1, WireType.Varint).int32(code);
      to.tag(2, WireType.Varint).int32(Math.round(runtime));
    });
  }

  #record(field: number, write: Write): Uint8Array {
    this.#count++;
    const to = new BinaryWriter();
    to.tag(1, WireType.Varint).int64(this.#count);
    message(to, field, () => write(to));
    return to.finish();
  }
}

/** Keys with JSON; a key with a slash stays one key. */
function items(to: BinaryWriter, field: number, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values)) {
    message(to, field, () => {
      text(to, 2, key);
      text(to, 16, jsonText(value));
    });
  }
}

/** JSON in which NaN and Infinity are numbers, as in Python's. */
function jsonText(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'null');
}

function text(to: BinaryWriter, field: number, value: string): void {
  to.tag(field, WireType.LengthDelimited).string(value);
}

function message(to: BinaryWriter, field: number, write: () => void): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write();
  to.join();
}
