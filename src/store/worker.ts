/** A worker thread that puts parts of a store in place, for `PartWriter`. */
import { parentPort } from 'node:worker_threads';
import { placeDurably } from '../files/durable.js';
import { encodePart } from './parquet.js';
import { checkLock } from './lock.js';
import type { PartAnswer, PartRequest } from './part-writer.js';

parentPort!.on('message', async ({ part, form, path, state, statePath, lock }: PartRequest) => {
  const answer = async (): Promise<PartAnswer> => {
    try {
      // The state first: a part in place is what says that its state counts.
      const allowed = async () => lock ? checkLock(lock) : undefined;
      await placeDurably(statePath, state, allowed);
      await placeDurably(path, encodePart(part, form), allowed);
      return { error: null };
    } catch (error) {
      const { code, message, path: file } = error as NodeJS.ErrnoException;
      return { error: { code, message, path: file ?? path } };
    }
  };
  parentPort!.postMessage(await answer());
});
