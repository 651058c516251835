/** Every command ends with the next one: it is pasted into a shell as it stands, from the first run to the study. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { misfire as command, type Ended } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { shellWord } from '../../tools/shared/next.js';
import { ok } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-next-'));
const RUN = "Ann's run $1";
const cli = fileURLToPath(new URL('../../tools/cli.js', import.meta.url));

/** The command that is said last, from what is typed to the words of it. */
const nextOf = ({ err }: Ended): string => {
  const found = /\nNext, [^\n]+:\n {2}(npx misfire [^\n]+)\n$/.exec(err);
  assert.ok(found, err);
  return found[1];
};

/** Pastes the line into a shell, where `npx misfire` is this program. */
const paste = (line: string): Promise<Ended> =>
  new Promise((done) => {
    const script = `npx() { shift; "${process.execPath}" "${cli}" "$@"; }\n${line}`;
    execFile('/bin/sh', ['-c', script], { cwd: folder },
      (error, out, err) => done({ code: error ? (error.code as unknown as number) : 0, out, err }));
  });

const nexts = suite('the next command');

nexts.before(() => writeTinyData(folder, 24));

nexts('a word is quoted where the shell would take it apart', () => {
  assert.equal(['run', './a b', "it's", '$HOME', 'a:1,b=2', '', 'a;b', 'ä.png'].map((w) => shellWord(w, false)), ['run', "'./a b'",
    "'it'\\''s'", "'$HOME'", 'a:1,b=2', "''", "'a;b'", "'ä.png'"]);
  assert.equal(['a\\b.png', 'a b'].map((w) => shellWord(w, true)), ['a\\b.png', '"a b"']);
});

if (process.platform !== 'win32') {
  nexts('from profile to a page and neighbours, each pasted', async () => {
    const begun = await ok(command([...TINY.filter((a) => a !== '--quiet'), '--out', RUN], folder));
    let line = nextOf(begun);
    assert.is(line, `npx misfire explain --run 'Ann'\\''s run $1' --worst 3 --off --map`);
    const ended = await ok(paste(line));
    assert.match(ended.out, /sample \d+: x\.npy\[\d+\]\n[^]*filters turned off[^]*pixels covered/);
    assert.is(line = nextOf(ended), `npx misfire explain --run 'Ann'\\''s run $1' --worst 3 --off --map --report report.html`);
    const reported = await ok(paste(`${line} --compare none`));
    assert.ok(readdirSync(folder).includes('report.html'));
    const neighbors = await ok(paste(nextOf(reported)));
    assert.match(nextOf(neighbors), /^npx misfire explain --run 'Ann'\\''s run \$1' --sample \d+ --report sample-\d+\.html$/);
  });

  nexts('nothing where a program listens, or nobody', async () => {
    for (const more of [['--quiet'], ['--json', 's.json'], ['--json', '-']]) {
      assert.not.match((await ok(command(['summary', RUN, ...more], folder))).err, /Next/);
    }
    const summary = await ok(command(['summary', RUN], folder));
    const figures = await ok(paste(nextOf(summary)));
    assert.ok(readdirSync(join(folder, RUN, 'summary')).includes('figure1.svg'), figures.err);
    mkdirSync(join(folder, 'none'));
    assert.not.match((await command(['summary', 'none'], folder)).err, /Next/);
  });
}

nexts.after(() => rmSync(folder, { recursive: true }));
nexts.run();
