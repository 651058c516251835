/** A compiled file of the tests as a browser's bundle. */
import { builtinModules } from 'node:module';
import { build, type Metafile } from 'esbuild';

export interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
}

/** `entry` is the compiled file, relative to test/browser. The build fails where it cannot find a module, as it finds none of Node's. */
export async function bundle(entry: string): Promise<Bundle> {
  const { outputFiles: [{ text }], metafile } = await build({
    entryPoints: [new URL(entry, import.meta.url).pathname],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return { text, metafile };
}

/** What of a bundle a browser does not have: native packages, and modules of Node, left out or replaced by nothing. */
export const native = ({ metafile }: Bundle): string[] => [
  ...Object.keys(metafile.inputs).filter((path) => /node_modules\/(webgpu|sharp)\/|^\(disabled\)/.test(path)),
  ...Object.values(metafile.inputs).flatMap(({ imports }) => imports).map(({ path }) => path).filter((path) =>
    builtinModules.includes(path)
  ),
];
