/**
 * A test that cannot run here says so. The runner (tools/test.mjs) counts lines that begin with SKIP and repeats them
 * at the end; call this where the test would be registered, so that a skipped test is not counted as a passed one:
 *
 *     if (skipUnless(existsSync(path), `${path} is absent`)) test('agrees with ...', () => { ... });
 */
export function skipUnless(condition: unknown, reason: string): boolean {
  if (!condition) console.log(`SKIP ${reason}`);
  return Boolean(condition);
}
