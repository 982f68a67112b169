import { z } from 'zod';

const item = z.number().min(0);

/** One or more numbers >= 0: a list or a typed array. */
export const numberList = z.union(
  [
    z.array(item).min(1),
    z
      .custom<Float32Array | Float64Array | Int32Array>((value) => ArrayBuffer.isView(value))
      .refine(
        (values) => values.length > 0 && Array.from(values).every((value) => item.safeParse(value).success),
      ),
  ],
  { error: 'a list of one or more numbers >= 0' },
);
