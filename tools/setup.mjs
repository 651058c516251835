#!/usr/bin/env node
/**
 * Everything a fresh clone needs before the demo or the tests: packages, the build, and a WebGPU adapter. Plain
 * JavaScript without dependencies, because it runs before any of them are there; silent when all is in place.
 *
 *     node tools/setup.mjs [--with-browser] [--with-slurm] [--with-onnxruntime]     CI=true implies all three
 *
 * --or-onnxruntime: where there is no adapter and none may be installed, onnxruntime serves as well.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => console.error(`set-up: ${line}`);

class SetupError extends Error {}

// ---------------------------------------------------------------- packages

/** Whether node_modules holds what package-lock.json asks for; optional packages may be missing (other platforms'). */
function packagesInstalled() {
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
    const installed = read('node_modules/.package-lock.json');
    return Object.entries(read('package-lock.json')).every(([path, wanted]) =>
      path === '' || (installed[path] ? installed[path].version === wanted.version : wanted.optional === true)
    );
  } catch {
    return false;
  }
}

function installPackages() {
  if (packagesInstalled()) return;
  say('installing the packages (npm ci)');
  npm(['ci'], 'npm ci failed');
}

function npm(args, failure) {
  const command = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  run([...command, ...args, '--no-audit', '--no-fund'], failure, { shell: command.length === 1 && process.platform === 'win32' });
}

/**
 * onnxruntime beside the project's packages, which don't name it: a few hundred megabytes that not everybody wants. Its processor
 * binary is in the package; its install script fetches CUDA's part alone, and is not run.
 */
async function installRuntime() {
  const { findOnnxruntime, ONNXRUNTIME } = await import(pathToFileURL(join(root, 'dist/src/runtime/onnxruntime.js')).href);
  if (await findOnnxruntime()) return;
  say(`installing onnxruntime-node@${ONNXRUNTIME}`);
  // As what a package needs: an optional peer that is named alone is passed over by npm, without a word.
  const how = ['--no-save', '--save-prod', '--ignore-scripts'];
  npm(['install', ...how, `onnxruntime-node@${ONNXRUNTIME}`], 'installing onnxruntime-node failed');
  if (!existsSync(join(root, 'node_modules/onnxruntime-node'))) throw new SetupError('npm did not install onnxruntime-node');
}

// ---------------------------------------------------------------- build

/** Every source with its time: a changed, new or deleted one makes the build stale. */
function sources() {
  const list = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? list(path) : path.endsWith('.ts') ? [path] : [];
    });
  const files = [...['src', 'tools', 'test', 'bench', 'reference'].filter((f) => existsSync(join(root, f))).flatMap(list), 'tsconfig.json',
    'package-lock.json'];
  return files.sort().map((file) => `${file} ${statSync(join(root, file)).mtimeMs}`).join('\n');
}

function build() {
  const stamp = join(root, 'dist/.built');
  const now = sources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  say('compiling (tsc)');
  run([process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', root], 'the sources do not compile');
  writeFileSync(stamp, now);
}

// ---------------------------------------------------------------- adapter and browser

/** The prefix that makes a command run as root: none for root, sudo where it asks for no password, else null. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : null;
}

function aptInstall(prefix, packages, suite = null) {
  const apt = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q'];
  // A source that is out of reach fails the update though the one needed may be fine: the install decides.
  spawnSync(apt[0], [...apt.slice(1), 'update'], { stdio: 'ignore' });
  run([...apt, 'install', '-y', ...(suite ? ['-t', suite] : []), ...packages], `installing ${packages.join(' ')} failed`);
}

function installAdapter(system) {
  const before = system.probe();
  if (before.adapter) return;
  const os = system.linux();
  const plan = system.driverPlan(os);
  const prefix = plan && system.driverOverride() === null ? rootPrefix() : null;
  const byHand = `run:\n${system.howToInstall(os).map((line) => `    ${line}`).join('\n')}`;
  if (!plan || !prefix) {
    throw new SetupError(`there is no WebGPU adapter (${before.error}), and set-up may not install one here; ${byHand}`);
  }
  say(`no WebGPU adapter: installing ${plan.packages.join(' ')}${plan.suite ? ` from ${plan.suite}` : ''}`);
  const source = plan.suite && system.backportsSource(plan.suite);
  if (source) run([...prefix, 'tee', system.BACKPORTS_FILE], `${system.BACKPORTS_FILE} cannot be written`, { input: source });
  aptInstall(prefix, plan.packages, plan.suite);
  const after = system.probe();
  if (!after.adapter) throw new SetupError(`the driver is installed, but there is still no WebGPU adapter (${after.error}).`);
  say(`the adapter is ${after.adapter.description}`);
}

/** The browser is for one test, which skips without it: what goes wrong here is told and no error. */
function installBrowser(system) {
  if (system.findChromium()) return;
  const prefix = system.linux()?.id === 'debian' ? rootPrefix() : null;
  if (!prefix) return say('no Chromium, and set-up installs it only as root on Debian: the browser test will be skipped');
  say('installing chromium for the browser test');
  try {
    aptInstall(prefix, ['chromium']);
  } catch (error) {
    say(`${error.message}; the browser test will be skipped`);
  }
}

/** As the browser: for one test, which skips without it. */
function installSlurm(system) {
  if (['slurmctld', 'slurmd', 'munged'].every((name) => existsSync(`/usr/sbin/${name}`))) return;
  const prefix = system.linux()?.id === 'debian' ? rootPrefix() : null;
  if (!prefix) return say('no Slurm, and set-up installs it only as root on Debian: its test will be skipped');
  say('installing slurm-wlm and munge for the test on a cluster');
  try {
    aptInstall(prefix, ['slurm-wlm', 'munge']);
  } catch (error) {
    say(`${error.message}; the test on a cluster will be skipped`);
  }
}

// ----------------------------------------------------------------

/** Runs a command quietly; its output is shown where it fails. */
function run([command, ...args], failure, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  throw new SetupError(`${failure}${error ? ` (${error.message})` : ''}; the lines above say why.`);
}

try {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 9)) {
    throw new SetupError(`Node.js ${process.versions.node} is too old; misfire needs 20.9 or newer.`);
  }
  installPackages();
  build();
  const system = await import(pathToFileURL(join(root, 'dist/tools/setup/system.js')).href);
  const wants = (flag) => process.argv.includes(flag) || process.env.CI === 'true';
  try {
    installAdapter(system);
  } catch (error) {
    if (!(error instanceof SetupError) || !process.argv.includes('--or-onnxruntime')) throw error;
    say('there is no WebGPU adapter, and set-up may not install one here: onnxruntime serves as well');
    await installRuntime();
  }
  if (wants('--with-browser')) installBrowser(system);
  if (wants('--with-slurm')) installSlurm(system);
  if (wants('--with-onnxruntime')) {
    await installRuntime().catch((error) => say(`${error.message}; what compares with it will be skipped`));
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
