/** examples/slurm and examples/kubernetes: that they parse, and say what a run that is stopped and moved needs. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDocument } from 'yaml';
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

examples('Slurm: the scripts are bash', () => {
  for (const name of ['profile', 'merge']) {
    const { status, stderr } = spawnSync('bash', ['-n', join(root, `examples/slurm/${name}.sbatch`)], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
  }
});

examples.run();
