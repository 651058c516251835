/** A worker thread that puts parts of a store in place: encoding one would hold up the GPU for a tenth of a second. */
import { parentPort } from 'node:worker_threads';
import { encodePart } from './parquet.js';
import { placeDurably } from '../files/durable.js';
import type { PartAnswer, PartRequest } from './writer.js';

parentPort!.on('message', async ({ part, form, path, state, statePath }: PartRequest) => {
  const answer = async (): Promise<PartAnswer> => {
    try {
      // The state first: a part in place is what says that its state counts.
      await placeDurably(statePath, state);
      await placeDurably(path, encodePart(part, form));
      return { error: null };
    } catch (error) {
      const { code, message, path: file } = error as NodeJS.ErrnoException;
      return { error: { code, message, path: file ?? path } };
    }
  };
  parentPort!.postMessage(await answer());
});
