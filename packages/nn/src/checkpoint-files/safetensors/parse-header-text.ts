import { damaged, quote, unsafe } from '../checkpoint-errors.ts';

/*
 * A parser for the subset of JSON that a safetensors header may use. `JSON.parse` would hide duplicate keys (the last one
 * wins), and would build any other untrusted value before it could be checked.
 */

/** Most tensors, and most keys of metadata. The largest image models have a few thousand. */
const MAX_ENTRIES = 100_000;
/** PyTorch's limit for the dimensions of a tensor. */
const MAX_INTEGERS = 64;

/** A tensor's entry in the header, unchecked. */
export interface TensorText {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

/** Content of a well-formed header without duplicate keys. */
export interface HeaderText {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorText>;
}

/**
 * Parses a header: an object of tensors, and `__metadata__`, an object of strings. Spaces may follow it.
 * @throws PodiumError `checkpoint-damaged` with the name of the tensor; `checkpoint-unsafe` for too many entries
 */
export function parseHeaderText(text: string): HeaderText {
  const reader = new Reader(text);
  const metadata = new Map<string, string>();
  const tensors = new Map<string, TensorText>();
  let sawMetadata = false;
  reader.object(undefined, (name) => {
    if (name === '__metadata__') {
      if (sawMetadata) damaged('the header has "__metadata__" twice');
      sawMetadata = true;
      reader.object(name, (key) => {
        if (metadata.has(key)) damaged(`the metadata has the key ${quote(key)} twice`);
        metadata.set(key, reader.string(name));
        assertCount('keys of metadata', metadata.size);
      });
    } else {
      if (tensors.has(name)) damaged('the header has this tensor twice', { key: name });
      tensors.set(name, readTensor(reader, name));
      assertCount('tensors', tensors.size);
    }
  });
  reader.end();
  return { metadata, tensors };
}

function assertCount(what: string, count: number): void {
  if (count <= MAX_ENTRIES) return;
  unsafe(`the header has too many ${what} for a checkpoint`, {
    expected: `at most ${MAX_ENTRIES}`,
    got: 'more',
    fix: 'split the file into several',
  });
}

function readTensor(reader: Reader, name: string): TensorText {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  reader.object(name, (key) => {
    if (key === 'dtype' && dtype === undefined) dtype = reader.string(name);
    else if (key === 'shape' && shape === undefined) shape = reader.integers(name);
    else if (key === 'data_offsets' && offsets === undefined) offsets = reader.integers(name);
    else {
      damaged('the header has an unknown or repeated key for this tensor', {
        key: name,
        expected: 'dtype, shape and data_offsets, once each',
        got: quote(key),
      });
    }
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    damaged('the header lacks a key of this tensor', {
      key: name,
      expected: 'dtype, shape and data_offsets',
    });
  }
  return { dtype, shape, data_offsets: offsets };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `{"key": ..., ...}`; `readValue` reads the value of each key. */
  object(of: string | undefined, readValue: (key: string) => void): void {
    this.#take('{', of);
    if (this.#accept('}')) return;
    do {
      const key = this.string(of);
      this.#take(':', of);
      readValue(key);
    } while (this.#accept(','));
    this.#take('}', of);
  }

  integers(of: string): number[] {
    const values: number[] = [];
    this.#take('[', of);
    if (this.#accept(']')) return values;
    do {
      values.push(this.#integer(of));
      if (values.length > MAX_INTEGERS)
        damaged('the header has too long a list for this tensor', {
          key: of,
          expected: `at most ${MAX_INTEGERS} numbers`,
          got: 'more',
        });
    } while (this.#accept(','));
    this.#take(']', of);
    return values;
  }

  string(of: string | undefined): string {
    this.#take('"', of);
    const start = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) break;
      // Skip an escaped character. At the end of the text the code is NaN, which is an error.
      if (code === 0x5c) this.#at++;
      else if (!(code >= 0x20)) this.#fail('a string', of);
      this.#at++;
    }
    const source = this.#text.slice(start - 1, ++this.#at);
    let value: string;
    try {
      value = JSON.parse(source);
    } catch {
      return damaged('the header is not JSON', { key: of, expected: 'a string', got: quote(source) });
    }
    if (/\p{Surrogate}/u.test(value))
      damaged('the header has a string with an unpaired surrogate', { key: of });
    return value;
  }

  /** Only spaces may be left, which the format pads headers with. */
  end(): void {
    const rest = this.#text.slice(this.#at);
    if (/[^ ]/.test(rest)) {
      damaged('the header has text after its end', { expected: 'spaces', got: quote(rest.trimStart()) });
    }
  }

  #integer(of: string): number {
    this.#skipSpace();
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    const digits = this.#text.slice(start, this.#at);
    const next = this.#text.charAt(this.#at);
    // 16 digits hold every safe integer.
    const good = digits !== '' && digits.length <= 16 && (digits === '0' || !digits.startsWith('0'));
    if (!good || '.eE'.includes(next || ' ') || !Number.isSafeInteger(Number(digits))) {
      this.#at = start;
      this.#fail('an integer from 0 to 2^53-1', of);
    }
    return Number(digits);
  }

  #accept(mark: string): boolean {
    this.#skipSpace();
    if (this.#text.charAt(this.#at) !== mark) return false;
    this.#at++;
    return true;
  }

  #take(mark: string, of: string | undefined): void {
    if (!this.#accept(mark)) this.#fail(`"${mark}"`, of);
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text.charAt(this.#at) || '-')) this.#at++;
  }

  #fail(expected: string, of: string | undefined): never {
    const got = this.#text.slice(this.#at, this.#at + 20);
    damaged(`the header is malformed at character ${this.#at + 1}`, {
      key: of,
      expected,
      got: got === '' ? 'the end of the header' : quote(got),
    });
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
