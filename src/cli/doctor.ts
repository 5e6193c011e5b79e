import { version } from '../base/version.js';
import { listClusters } from '../cluster/cluster-list.js';
import { findSnapshot } from '../compiler/snapshot-file.js';
import { exitCodes } from './exit-codes.js';
import * as judge from './doctor/findings.js';
import type { Finding } from './doctor/findings.js';
import { type JupyterFacts, lookAtJupyter } from './doctor/jupyter-facts.js';
import {
  lookAtOpenFiles,
  lookAtSecurityFolder,
  lookAtSharedMemory,
  lookAtSockets,
  lookAtZeromq,
} from './doctor/machine-facts.js';
import { tryCluster, tryKernel } from './doctor/trials.js';
import { kernelCommand } from './kernel-command.js';
import { print, printJson } from './output.js';
import { type ProfileOptions, profileDirOf } from './place.js';

export interface DoctorOptions extends ProfileOptions {
  readonly prefix?: string;
  readonly quick?: boolean;
  readonly json?: boolean;
}

/** Looks at all that pxlab needs of this machine. The exit code is 1 when something is bad. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const findings = await examine(options);
  if (options.json === true) printJson({ version, checks: findings });
  else print(`\n${judge.summaryOf(findings)}`);
  if (findings.some(({ verdict }) => verdict === 'bad')) process.exitCode = exitCodes.failed;
}

async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const found = (check: string, finding: Omit<Finding, 'check'> | undefined): void => {
    if (finding === undefined) return;
    findings.push({ check, ...finding });
    if (options.json !== true) print(judge.lineOf({ check, ...finding }));
  };
  const profileDir = profileDirOf(options);
  found('node', judge.judgeNode({ version: process.versions.node, path: process.execPath }));
  const jupyter = await lookAtJupyter(options.prefix);
  for (const [check, finding] of findingsOn(jupyter)) found(check, finding);
  found('compiler', judge.judgeSnapshot(findSnapshot()));
  const zeromq = await lookAtZeromq();
  found('zeromq', judge.judgeZeromq(zeromq));
  if (zeromq === undefined) found('sockets', judge.judgeSockets(await lookAtSockets()));
  found('shared memory', judge.judgeSharedMemory(await lookAtSharedMemory()));
  found('open files', judge.judgeOpenFiles(await lookAtOpenFiles()));
  found('connection files', judge.judgeSecurityFolder(await lookAtSecurityFolder(profileDir)));
  found('clusters', judge.judgeClusters(await listClusters(profileDir)));
  if (options.quick === true || zeromq !== undefined) return findings;
  const command = jupyter.kernelCommand ?? kernelCommand;
  found('kernel trial', judge.judgeKernelTrial(await tryKernel(command)));
  found('cluster trial', judge.judgeClusterTrial(await tryCluster()));
  return findings;
}

function findingsOn(facts: JupyterFacts): [string, Omit<Finding, 'check'>][] {
  const { python, jupyter, dataFolders, kernel, panel } = facts;
  const hasJupyter = jupyter !== undefined;
  return [
    ['python', judge.judgePython(python)],
    ['jupyter', judge.judgeJupyter(jupyter)],
    [
      'kernel',
      judge.judgeKernel({ kernel, searched: dataFolders, hasJupyter, ownVersion: version }),
    ],
    ['panel', judge.judgePanel({ panel, ownVersion: version })],
  ];
}
