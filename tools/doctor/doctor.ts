/** `misfire doctor` at work: the system, its drivers, adapters and browser, a line each. */
import { existsSync, readdirSync } from 'node:fs';
import { table } from '../../src/report/text-table.js';
import type { AdapterReport } from '../setup/probe.js';
import { findOnnxruntime, INSTALL } from '../../src/runtime/onnxruntime.js';
import { version } from '../shared/terminal.js';
import { driverOverride, findChromium, findSwiftShader, howToInstall, linux, probe } from '../setup/system.js';

/** Limits the engine asks for, and what each decides. */
const LIMITS: readonly (readonly [name: string, decides: string])[] = [
  ['maxStorageBufferBindingSize', 'larger tensors are bound in segments'],
  ['maxBufferSize', 'largest single tensor'],
  ['maxStorageBuffersPerShaderStage', 'how much element-wise work one kernel takes in'],
  ['maxComputeInvocationsPerWorkgroup', 'size of a workgroup'],
  ['maxComputeWorkgroupStorageSize', 'size of a shared-memory tile'],
  ['maxComputeWorkgroupsPerDimension', 'size of a grid'],
];

export async function doctor({ adapter: wanted, json }: { readonly adapter?: string; readonly json?: true }): Promise<void> {
  const report = probe({}, wanted);
  const os = linux();
  const swiftShader = findSwiftShader();
  const onnxruntime = (await findOnnxruntime())?.env.versions?.node ?? null;
  if (!report.adapter) process.exitCode = 1;
  if (json) {
    const found = { misfire: version, system: os?.name ?? process.platform, arch: process.arch, node: process.versions.node,
      drivers: drivers(), adapters: report.names, adapter: report.adapter, error: report.error ?? null,
      howToInstall: report.adapter ? [] : howToInstall(), browser: findChromium(), swiftShader, onnxruntime };
    process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
    return;
  }
  const software = swiftShader ? `, with SwiftShader: VK_DRIVER_FILES=${swiftShader} uses it here` : '';
  const lines = [
    `system    ${os?.name ?? process.platform}, ${process.arch}, Node.js ${process.versions.node}`,
    `drivers   ${drivers()}`,
    `adapters  ${report.names.length > 0 ? report.names.join(', ') : 'none'}`,
    ...(report.adapter ? healthy(report.adapter, report.names.length, wanted) : ill(report)),
    `runtime   ${onnxruntime === null ? `no onnxruntime: ${INSTALL}` : `onnxruntime ${onnxruntime}`}${
      report.adapter?.software ? ', many times faster than a software adapter' : ''
    }`,
    `browser   ${findChromium() ?? 'no Chromium found'}${software}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function healthy(adapter: NonNullable<AdapterReport['adapter']>, count: number, wanted: string | undefined): string[] {
  const why = wanted !== undefined
    ? `the first that matches "${wanted}"`
    : count > 1
    ? 'the first that Dawn lists; --adapter chooses another'
    : 'the only one';
  const kind = adapter.software
    ? 'software: it computes on the processor, correctly but slowly; matrix kernels use the register schedule'
    : 'hardware; matrix kernels use the shared-memory tile schedule';
  const timing = adapter.features.includes('timestamp-query')
    ? 'timestamp-query is there: kernels can be timed'
    : 'no timestamp-query: kernels cannot be timed';
  return [
    `used      ${adapter.description} (vendor ${adapter.vendor || 'unknown'}, architecture ${adapter.architecture || 'unknown'}): ${why}`,
    `kind      ${kind}`,
    'limits',
    ...table(LIMITS.map(([name, decides]) => [name, readable(name, adapter.limits[name]), decides]), [1], '  '),
    `features  ${adapter.features.join(', ')}`,
    `          ${timing}`,
  ];
}

function ill(report: AdapterReport): string[] {
  const lines = [`used      none: ${report.error}`];
  if (report.names.length > 0) return lines;
  lines.push('', 'To get an adapter on this system:');
  if (existsSync('/dev/nvidia0') || existsSync('/dev/nvidiactl')) {
    lines.push(
      '  # An NVIDIA GPU is here without its Vulkan driver. In a container, start it with NVIDIA_DRIVER_CAPABILITIES=all; else',
      "  # install the Vulkan part of its driver (Debian: nvidia-vulkan-icd, Ubuntu: libnvidia-gl of the driver's version)."
    );
  }
  return [...lines, ...howToInstall().map((line) => `  ${line}`), ''];
}

/** The Vulkan drivers installed on Linux, or what the environment says to use in their place. */
function drivers(): string {
  const override = driverOverride();
  if (override !== null) return `chosen by ${override}`;
  if (process.platform !== 'linux') return "the system's own";
  const files = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d']
    .filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder)).filter((file) => file.endsWith('.json'));
  return files.length > 0 ? `Vulkan: ${files.map((file) => file.replace(/\.json$/, '')).join(', ')}` : 'no Vulkan driver is installed';
}

function readable(name: string, value: number): string {
  if (!/Size$/.test(name) || !/Buffer|Storage/.test(name)) return String(value);
  return value >= 2 ** 20 ? `${Math.round(value / 2 ** 20)} MiB` : `${Math.round(value / 2 ** 10)} KiB`;
}
