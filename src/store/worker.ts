/** A worker thread that puts parts of a store in place, for `PartWriter`. */
import { parentPort } from 'node:worker_threads';
import { placeDurably } from '../files/durable.js';
import { encodePart } from './parquet.js';
import { encodeState, statePath } from './checkpoint.js';
import { sumOf } from './seal.js';
import { checkLock } from './lock.js';
import type { PartAnswer, PartRequest } from './part-writer.js';

parentPort!.on('message', async ({ part, form, folder, path, k, state, kept, mark, lock }: PartRequest) => {
  const answer = async (): Promise<PartAnswer> => {
    try {
      // The state first: a part in place is what says that its state counts.
      const allowed = async () => lock ? checkLock(lock) : undefined;
      const bytes = encodePart(part, form);
      const sum = sumOf(bytes);
      await placeDurably(statePath(folder, k), encodeState(state, { ...kept, partSums: [...kept.partSums, sum] }, mark, k), allowed);
      await placeDurably(path, bytes, allowed);
      return { error: null, sum };
    } catch (error) {
      const { code, message, path: file } = error as NodeJS.ErrnoException;
      return { error: { code, message, path: file ?? path }, sum: '' };
    }
  };
  parentPort!.postMessage(await answer());
});
