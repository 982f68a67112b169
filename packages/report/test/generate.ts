import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetsSource } from './build-assets.ts';

writeFileSync(join(import.meta.dirname, '..', 'src', 'page', 'assets.ts'), await assetsSource());
