/** What source files import, read from the disk: enough of a parser to pass over comments, templates and texts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Comments, templates, and what names a module; other texts, so that nothing inside them is taken for an import. */
const TOKENS =
  /\/\/.*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;

/** The modules a text names: static imports and exports, those of types included, and dynamic ones whose name is written out. */
export const importsOf = (text: string): string[] => [...text.matchAll(TOKENS)].flatMap(([, , name]) => (name === undefined ? [] : [name]));

/** 'sharp' of 'sharp/lib', '@scope/name' of '@scope/name/lib'; 'node:fs' stays. */
export const packageOf = (name: string): string => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');

export interface Import {
  readonly from: string;
  /** A path beside the root where it is a file of the project (null where there is none), else the module's name. */
  readonly to: string | null;
  /** As it is written. */
  readonly name: string;
  readonly external: boolean;
}

/** Every source file under folders of the root, as paths with slashes. */
export function sourceFiles(root: string, folders: readonly string[]): string[] {
  return folders.filter((folder) => existsSync(`${root}/${folder}`)).flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? sourceFiles(root, [path]) : /\.(ts|mts|mjs)$/.test(entry.name) ? [path] : [];
    })
  );
}

/** The imports of a file, each once. A '.js' that is written stands for the '.ts' that becomes it. */
export function importsOfFile(root: string, from: string): Import[] {
  return [...new Set(importsOf(readFileSync(`${root}/${from}`, 'utf8')))].map((name) => {
    if (!name.startsWith('.')) return { from, to: name, name, external: true };
    const path = posix.join(posix.dirname(from), name);
    const to = [path.replace(/\.js$/, '.ts'), path].find((file) => existsSync(`${root}/${file}`)) ?? null;
    return { from, to, name, external: false };
  });
}
