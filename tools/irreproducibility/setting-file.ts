/** JSON files that say what is to be run. */
import { readText } from '../../src/files/files.js';

/** Throws one sentence where the file cannot be read or is no JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is no JSON (${(error as Error).message})`);
  }
}
