/** examples/slurm and examples/kubernetes: that they parse, and say what a run that is stopped and moved needs. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Job as KubernetesJob, type IJob } from 'kubernetes-models/batch/v1/Job';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseDocument } from 'yaml';
import { root } from '../../reference/paths.js';

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}
interface Job {
  readonly completionMode?: string;
  readonly completions: number;
  readonly backoffLimitPerIndex?: number;
  readonly podReplacementPolicy?: string;
  readonly podFailurePolicy?: {
    readonly rules: readonly { readonly action: string;
      readonly onExitCodes?: { readonly containerName: string; readonly values: readonly number[] } }[];
  };
  readonly template: {
    readonly spec: { readonly restartPolicy: string; readonly terminationGracePeriodSeconds?: number;
      readonly containers: readonly Container[] };
  };
}
interface JobSet {
  readonly kind: string;
  readonly spec: {
    readonly replicatedJobs: readonly { readonly name: string; readonly template: { readonly spec: Job };
      readonly dependsOn?: readonly { readonly name: string; readonly status: string }[] }[];
  };
}

const examples = suite('examples for clusters');

examples('Kubernetes: an Indexed Job and a merge after it', () => {
  const parsed = parseDocument(readFileSync(join(root, 'examples/kubernetes/job.yaml'), 'utf8'), { strict: true, uniqueKeys: true });
  assert.equal([parsed.errors, parsed.warnings], [[], []]);
  const { kind, spec: { replicatedJobs: [profile, merge] } } = parsed.toJS() as JobSet;
  assert.equal([kind, profile.name, merge.name, merge.dependsOn], ['JobSet', 'profile', 'merge', [{ name: 'profile',
    status: 'Complete' }]]);
  const { spec } = profile.template;
  assert.equal([spec.completionMode, spec.backoffLimitPerIndex, spec.podReplacementPolicy], ['Indexed', 3, 'Failed']);
  const [usage] = spec.podFailurePolicy!.rules;
  const pod = spec.template.spec;
  const [container] = pod.containers;
  assert.equal([usage.action, usage.onExitCodes!.values, usage.onExitCodes!.containerName], ['FailIndex', [2], container.name]);
  assert.equal([pod.restartPolicy, pod.terminationGracePeriodSeconds], ['Never', 120]); // a podFailurePolicy allows no other restart
  assert.equal(container.env, [{ name: 'NVIDIA_DRIVER_CAPABILITIES', value: 'all' }]);
  assert.match(container.args.join(), new RegExp(`^exec misfire profile .*--shard \\$JOB_COMPLETION_INDEX/${spec.completions} `));
});

/** Why the API would refuse a Job, by the schemas of kubernetes-models: the values by its validators, unknown keys by its types. */
function faultsOf(jobs: readonly object[]): string[] {
  const faults = jobs.flatMap((job) => {
    try {
      new KubernetesJob(job as IJob).validate();
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  // Below the project, so that its packages are found.
  const file = fileURLToPath(new URL('./manifest.ts', import.meta.url));
  const imports = "import type { IJob } from 'kubernetes-models/batch/v1/Job';\n";
  writeFileSync(file, imports + jobs.map((job, k) => `export const job${k}: IJob = ${JSON.stringify(job)};\n`).join(''));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--types', '',
    '--module', 'nodenext', '--target', 'es2022', file], { encoding: 'utf8' });
  rmSync(file);
  return status === 0 ? faults : [...faults, stdout];
}

examples("Kubernetes: the jobs are what the API's schemas take", () => {
  const { spec: { replicatedJobs } } = parse(readFileSync(join(root, 'examples/kubernetes/job.yaml'), 'utf8')) as JobSet;
  const jobs = replicatedJobs.map(({ name, template }) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, ...template }));
  assert.equal(faultsOf(jobs), []);
  // What it would say of a key that is none, a value of another type, one that is missing, and a word that is none.
  const wrong = (change: (job: Job) => object): string => faultsOf([{ ...jobs[0], spec: change(jobs[0].spec) }]).join('\n');
  assert.match(wrong((spec) => ({ ...spec, backoffLimitPerIndices: 3 })), /backoffLimitPerIndices"' does not exist/);
  assert.match(wrong((spec) => ({ ...spec, completions: '16' })), /completions must be integer/);
  assert.match(wrong(({ template: _, ...spec }) => spec), /must have required property template/);
  assert.match(wrong((spec) => ({ ...spec, podReplacementPolicy: 'Never' })), /podReplacementPolicy must be equal to one of/);
});

examples('Slurm: the scripts are bash', () => {
  for (const name of ['profile', 'merge']) {
    const { status, stderr } = spawnSync('bash', ['-n', join(root, `examples/slurm/${name}.sbatch`)], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
  }
});

examples.run();
