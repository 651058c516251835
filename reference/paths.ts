/** Where things stand, seen from compiled code (OUT/reference/): the repository, and the data held beside it. */
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));
