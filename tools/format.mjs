#!/usr/bin/env node
/**
 * The look of the code: `npm run format` lays every source file out, `npm test` checks that it is (test/format.test.ts).
 *
 *     node tools/format.mjs [--check]
 *
 * dprint's rules are set to what the code is: 140 columns at most, and line breaks that an author chose are kept. Comments,
 * texts and WGSL are an author's to break; a line of them over the limit is named.
 */
import { createFromBuffer } from '@dprint/formatter';
import { getPath } from '@dprint/typescript';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const COLUMNS = 140;
const FOLDERS = ['src', 'tools', 'test', 'bench', 'reference', 'web', 'examples'];

const RULES = {
  quoteStyle: 'preferSingle',
  quoteProps: 'preserve',
  semiColons: 'prefer',
  newLineKind: 'lf',
  trailingCommas: 'onlyMultiLine',
  'arguments.trailingCommas': 'never',
  'parameters.trailingCommas': 'never',
  'arrowFunction.useParentheses': 'force',
  bracePosition: 'sameLine',
  nextControlFlowPosition: 'sameLine',
  singleBodyPosition: 'maintain',
  useBraces: 'whenNotSingleLine',
  operatorPosition: 'maintain',
  preferHanging: true,
  'module.sortImportDeclarations': 'maintain',
  'module.sortExportDeclarations': 'maintain',
  'importDeclaration.sortNamedImports': 'maintain',
  'exportDeclaration.sortNamedExports': 'maintain',
};

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : sources(path);
    return /\.(ts|mjs|tsx)$/.test(entry.name) ? [path] : [];
  });
}

/** Files that are laid out otherwise, and lines over the limit, each as 'file' or 'file:line'. Writes what it may mend unless `check`. */
export function format({ check = true } = {}) {
  const formatter = createFromBuffer(readFileSync(getPath()));
  formatter.setConfig({ lineWidth: COLUMNS, indentWidth: 2 }, RULES);
  const present = readdirSync(root);
  const files = FOLDERS.filter((folder) => present.includes(folder)).flatMap((folder) => sources(join(root, folder)));
  const otherwise = [];
  const long = [];
  for (const path of files) {
    const name = relative(root, path).replaceAll('\\', '/');
    const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    const formatted = formatter.formatText({ filePath: path, fileText: text });
    if (formatted !== text) {
      otherwise.push(name);
      if (!check) writeFileSync(path, formatted);
    }
    (check ? text : formatted).split('\n').forEach((line, k) => {
      if (line.length > COLUMNS) long.push(`${name}:${k + 1}`);
    });
  }
  return { files: files.length, otherwise, long };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const check = process.argv.includes('--check');
  const { files, otherwise, long } = format({ check });
  for (const name of otherwise) console.log(`${check ? 'not laid out' : 'laid out'}: ${name}`);
  for (const place of long) console.log(`over ${COLUMNS} columns: ${place}`);
  const laidOut = check ? 'to lay out (npm run format)' : 'laid out';
  console.log(`${files} files, ${otherwise.length} ${laidOut}, ${long.length} lines over ${COLUMNS} columns`);
  process.exitCode = (check && otherwise.length > 0) || long.length > 0 ? 1 : 0;
}
