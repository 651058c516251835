/**
 * Run as a process of its own, with the wanted adapter as argument: asks Dawn for its adapters and for a device, and prints
 * what it got as one line of JSON.
 */
import { dawnFor, listAdapters, openDawnDevice } from '../../src/dawn.js';
import { describeAdapter, type AdapterDescription } from '../../src/engine/device.js';

export interface AdapterReport {
  /** Every adapter Dawn lists, as "name (backend)". */
  readonly names: readonly string[];
  /** The one it uses unless told otherwise. */
  readonly adapter: (AdapterDescription & { readonly limits: Record<string, number>; readonly features: readonly string[] }) | null;
  /** Why there is none. */
  readonly error: string | null;
}

async function report(wanted: string | undefined): Promise<AdapterReport> {
  const names = (await listAdapters()).map(({ name, backend }) => `${name} (${backend})`);
  try {
    const adapter = await (await dawnFor(wanted)).requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return { names, adapter: null, error: 'Dawn finds no adapter' };
    const limits: Record<string, number> = {};
    for (const name in adapter.limits) limits[name] = adapter.limits[name as keyof GPUSupportedLimits] as number;
    const about = { ...describeAdapter(adapter.info), limits, features: [...adapter.features].sort() };
    (await openDawnDevice({ adapter: wanted })).destroy();
    return { names, adapter: about, error: null };
  } catch (error) {
    return { names, adapter: null, error: (error as Error).message };
  }
}

try {
  console.log(JSON.stringify(await report(process.argv[2])));
} catch (error) {
  console.log(JSON.stringify({ names: [], adapter: null, error: (error as Error).message }));
}
