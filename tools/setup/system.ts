/**
 * What this machine has for WebGPU, and what to install where it has nothing: shared by the set-up script and by
 * `misfire doctor`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AdapterReport } from './probe.js';

export interface Os {
  readonly id: string;
  readonly version: number;
  readonly codename: string;
  readonly name: string;
}

/** The Linux distribution, from /etc/os-release; null elsewhere. */
export function linux(): Os | null {
  if (process.platform !== 'linux' || !existsSync('/etc/os-release')) return null;
  const fields: Record<string, string> = Object.fromEntries(readFileSync('/etc/os-release', 'utf8').split('\n')
    .map((line) => /^(\w+)="?([^"]*)"?$/.exec(line)).filter((m) => m !== null).map((m) => [m[1], m[2]]));
  return {
    id: fields.ID ?? 'linux',
    version: Number(fields.VERSION_ID ?? Infinity),
    codename: fields.VERSION_CODENAME ?? '',
    name: fields.PRETTY_NAME ?? fields.NAME ?? 'Linux',
  };
}

/**
 * Asks for an adapter and a device in a process of its own, where a driver that crashes hurts nobody. `wanted` is as in
 * openDawnDevice.
 */
export function probe(env: Readonly<Record<string, string>> = {}, wanted?: string): AdapterReport {
  const script = fileURLToPath(new URL('./probe.js', import.meta.url));
  const run = spawnSync(process.execPath, [script, ...(wanted === undefined ? [] : [wanted])], { env: { ...process.env, ...env },
    encoding: 'utf8', timeout: 120_000 });
  try {
    return JSON.parse(run.stdout.trim().split('\n').pop() ?? '') as AdapterReport;
  } catch {
    const why = run.signal ? `it was ended by ${run.signal}` : run.stderr.trim().split('\n').pop() || `it ended with code ${run.status}`;
    return { names: [], adapter: null, error: `the process that asked for an adapter failed: ${why}` };
  }
}

/** How a software Vulkan driver gets onto a machine: packages, and for Debian 12 the suite they come from. */
export interface DriverPlan {
  readonly packages: readonly string[];
  readonly suite: string | null;
}

/** What set-up installs here by itself, or null where it does not know how. */
export function driverPlan(os: Os | null): DriverPlan | null {
  const packages = ['mesa-vulkan-drivers', 'libvulkan1'];
  if (os?.id === 'debian' && os.version >= 12) return { packages, suite: os.version === 12 ? `${os.codename}-backports` : null };
  if (os?.id === 'ubuntu' && os.version >= 24) return { packages, suite: null };
  return null;
}

/** The variable that makes the Vulkan loader use other drivers than the installed ones, where it is set. */
export function driverOverride(): string | null {
  const name = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'].find((n) => process.env[n]);
  return name === undefined ? null : `${name}=${process.env[name]}`;
}

/** Exactly what to run on this system to get an adapter, a line each; what is no command begins with '#'. */
export function howToInstall(os: Os | null = linux()): string[] {
  const override = driverOverride();
  if (override !== null) return [`unset ${override.split('=')[0]}`, `# ${override} keeps the installed drivers out; then ask again.`];
  const plan = driverPlan(os);
  if (plan) {
    const source = plan.suite === null ? null : backportsSource(plan.suite);
    return [
      "# A GPU needs its maker's Vulkan driver; without a GPU, Mesa's software driver does:",
      ...(source === null ? [] : [`printf '${source.trim().replace(/\n/g, '\\n')}\\n' | sudo tee ${BACKPORTS_FILE}`]),
      'sudo apt-get update',
      `sudo apt-get install -y ${plan.suite === null ? '' : `-t ${plan.suite} `}${plan.packages.join(' ')}`,
    ];
  }
  switch (os?.id ?? process.platform) {
    case 'fedora':
      return ['sudo dnf install mesa-vulkan-drivers vulkan-loader'];
    case 'arch':
      return ['sudo pacman -S vulkan-swrast vulkan-icd-loader'];
    case 'darwin':
      return ['# macOS always has Metal: update macOS, and use the Node.js made for this processor.'];
    case 'win32':
      return ['# Windows always has Direct3D 12: update Windows and the graphics driver.'];
    default:
      return [
        "# Install a Vulkan driver: the one of your GPU's maker or, without a GPU, Mesa 24 or newer with its software",
        '# driver (often called mesa-vulkan-drivers or vulkan-swrast), and the Vulkan loader (libvulkan1 or vulkan-icd-loader).',
      ];
  }
}

export const BACKPORTS_FILE = '/etc/apt/sources.list.d/misfire-backports.sources';

/**
 * A deb822 source for a suite, with the address and key the machine's own Debian source has; null where the suite is
 * there already or no source of the base suite is found.
 */
export function backportsSource(suite: string, sources: readonly AptSource[] = aptSources()): string | null {
  const base = suite.replace(/-backports$/, '');
  if (sources.some((s) => s.suites.includes(suite))) return null;
  const own = sources.find((s) => s.suites.includes(base));
  if (!own) return null;
  return `Types: deb\nURIs: ${own.uris}\nSuites: ${suite}\nComponents: main\n${own.signedBy ? `Signed-By: ${own.signedBy}\n` : ''}`;
}

export interface AptSource {
  readonly uris: string;
  readonly suites: readonly string[];
  readonly signedBy: string | null;
}

function aptSources(): AptSource[] {
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(existsSync(folder) ? readdirSync(folder).map((f) => join(folder, f)) : [])].filter((f) =>
    existsSync(f)
  );
  return files.flatMap((file) => parseAptSources(readFileSync(file, 'utf8'), file.endsWith('.sources') ? 'deb822' : 'one-line'));
}

/** Sources of binary packages that are not switched off. */
export function parseAptSources(text: string, form: 'deb822' | 'one-line'): AptSource[] {
  const plain = text.replace(/^#.*\n?/gm, '');
  if (form === 'deb822') {
    return plain.split(/\n\s*\n/).flatMap((stanza) => {
      const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.+)$`, 'mi').exec(stanza)?.[1].trim();
      const uris = field('URIs'), suites = field('Suites');
      const off = /^no$/i.test(field('Enabled') ?? '') || !(field('Types') ?? '').split(/\s+/).includes('deb');
      return uris && suites && !off ? [{ uris, suites: suites.split(/\s+/), signedBy: field('Signed-By') ?? null }] : [];
    });
  }
  return plain.split('\n').flatMap((line) => {
    const m = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s/.exec(`${line} `);
    return m ? [{ uris: m[2], suites: [m[3]], signedBy: /signed-by=(\S+)/.exec(m[1] ?? '')?.[1] ?? null }] : [];
  });
}

/** A Chromium or Chrome that can be run, or null. */
export function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return found ?? (existsSync(mac) ? mac : null);
}

/** The SwiftShader driver that comes with a Chromium: a second, independent Vulkan driver. */
export function findSwiftShader(): string | null {
  const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser', '/opt/google/chrome'];
  return folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((path) => existsSync(path)) ?? null;
}
